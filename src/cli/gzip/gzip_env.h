// $GZIP, as gzip 1.12 reads it: options that do not change what is done, only how. Thread rule:
// pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace holt::cli {

/// The options in it, one by one: "-9", "-v", "--best". An error names what is not allowed there.
Result<std::vector<std::string>> gzip_env_options(std::string_view text);

}  // namespace holt::cli
