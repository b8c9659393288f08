// How the folders are named that a restore makes in or beside its destination:
// ".NAME.holt-partial-XXXXXXXX" and the like, NAME cut so that it fits. Thread rule: pure.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

namespace holt::fs {

inline constexpr std::size_t kStagingDigits = 8;
inline constexpr std::string_view kPartialMark = ".holt-partial-";
/// Of a staging folder whose content is being moved up into the folder around it, which was empty.
inline constexpr std::string_view kMovingMark = ".holt-moving-";
/// Of a complete new tree that replaces a folder by two renames (staging_replace.cpp).
inline constexpr std::string_view kReadyMark = ".holt-ready-";
/// Of a folder in which something else is prepared than the tree itself (an archive's content).
inline constexpr std::string_view kSourceMark = ".holt-source-";

/// All but the random digits.
inline std::string staging_prefix(std::string_view destination_name,
                                  std::string_view mark = kPartialMark) {
    constexpr std::size_t kNameMax = 255;
    const std::size_t room = kNameMax - 1 - kPartialMark.size() - kStagingDigits;
    return "." + std::string(destination_name.substr(0, room)) + std::string(mark);
}

inline bool is_staging_name(std::string_view name, std::string_view destination_name,
                            std::string_view mark) {
    if (!name.starts_with('.')) return false;  // nearly every name, also of very many
    const std::string prefix = staging_prefix(destination_name, mark);
    return name.size() == prefix.size() + kStagingDigits && name.starts_with(prefix) &&
           name.find_first_not_of("0123456789abcdef", prefix.size()) == std::string_view::npos;
}

/// Of a tree on its way to the destination: in it, it marks it as incomplete.
inline bool is_tree_name(std::string_view name, std::string_view destination_name) {
    return is_staging_name(name, destination_name, kPartialMark) ||
           is_staging_name(name, destination_name, kMovingMark) ||
           is_staging_name(name, destination_name, kReadyMark);
}

inline bool is_staging_name(std::string_view name, std::string_view destination_name) {
    return is_tree_name(name, destination_name) ||
           is_staging_name(name, destination_name, kSourceMark);
}

/// The staging folder that a restore to a new destination makes: one name, so that the next one
/// finds it taken, and waits.
inline std::string first_staging_name(std::string_view destination_name) {
    return staging_prefix(destination_name) + std::string(kStagingDigits, '0');
}

}  // namespace holt::fs
