// btrfs subvolumes below a folder: each is a file system of its own to everyone who walks into it,
// with a device number of its own, but no mount tells of it. The kernel is asked for those of the
// subvolume that the folder lies in, which costs no walk. Thread rule: pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace holt::fs {

/// Their paths from the folder; not those in other subvolumes, nor those in folders that this user
/// may not enter. Empty where there are none, and before Linux 4.18, which cannot tell.
Result<std::vector<std::string>> find_subvolumes_below(int folder, std::string_view shown);

}  // namespace holt::fs
