// What the programs that this one stands in for say of a command line that makes no sense: scripts
// look for it. Thread rule: pure functions.
#pragma once

#include <holt/error.hpp>

#include <string>
#include <string_view>

namespace holt::cli {

/// Several lines, the last without its end. `command`: "gzip" or "zstd"; `called`: by which of its
/// names.
std::string stand_in_usage(std::string_view command, std::string_view called, const Error& error);

/// zstd's, for an option or its value.
std::string incorrect_parameter(std::string_view called, std::string_view parameter);

}  // namespace holt::cli
