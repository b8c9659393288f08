// Where an output is to appear: a path as its folder, opened, and the last component. Thread rule:
// a value.
#pragma once

#include <string>

#include "base/error.h"
#include "base/unique_fd.h"

namespace holt::api {

struct Place {
    UniqueFd folder;
    std::string folder_shown, name;
};

Result<Place> place_of(const std::string& path);

}  // namespace holt::api
