// How staging folders are named: ".NAME.holt-partial-XXXXXXXX", NAME cut so that it fits.
// Thread rule: pure.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

namespace holt::fs {

inline constexpr std::size_t kStagingDigits = 8;

/// All but the random digits.
inline std::string staging_prefix(std::string_view destination_name) {
    constexpr std::string_view kMark = ".holt-partial-";
    constexpr std::size_t kNameMax = 255;
    const std::size_t room = kNameMax - 1 - kMark.size() - kStagingDigits;
    return "." + std::string(destination_name.substr(0, room)) + std::string(kMark);
}

inline bool is_staging_name(std::string_view name, std::string_view destination_name) {
    const std::string prefix = staging_prefix(destination_name);
    return name.size() == prefix.size() + kStagingDigits && name.starts_with(prefix) &&
           name.find_first_not_of("0123456789abcdef", prefix.size()) == std::string_view::npos;
}

}  // namespace holt::fs
