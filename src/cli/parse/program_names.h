// The other names that the program may be called by, as symlinks: each stands for a command and
// some options. Thread rule: pure functions.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace holt::cli {

/// The arguments that the name in argv[0] stands for; empty for `holt` and every unknown name.
std::vector<std::string> arguments_of_name(std::string_view argv0);

/// Every such name that `holt link-filters` makes a link of.
std::span<const std::string_view> filter_names() noexcept;

/// The versions of the programs that these stand in for.
inline constexpr char kZstdStoodInFor[] = "1.5.4";
inline constexpr char kGzipStoodInFor[] = "1.12";

/// The last component of a path.
std::string_view base_name(std::string_view path) noexcept;

}  // namespace holt::cli
