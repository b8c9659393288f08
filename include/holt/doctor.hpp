// Whether a store lies where it should, and what can be done there: asked before anything goes
// wrong. Thread rule: a free function.
#pragma once

#include <holt/export.h>
#include <holt/error.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace holt {

/// One thing that was looked at.
struct Finding {
    enum class Level : std::uint8_t {
        good,
        notice,  ///< works, but not as well as it could, or not everywhere
        trouble  ///< something will fail, or is not safe
    };
    Level level = Level::good;
    std::string subject;   ///< "file system", "locks", "free space", "links": stable names
    std::string object{};  ///< the folder that it is about, if any
    std::string state{};   ///< what was found, in words
    std::string advice{};  ///< what to do; empty when nothing is to be done
};
HOLT_API std::string_view name(Finding::Level level) noexcept;

/// Looks at the store at `path`, and at folders that snapshots are to be restored to. Files without
/// names are made and removed in them, and one with a name where links are tried; nothing stays.
/// A store that is not there, or not a store, is a finding.
HOLT_API Result<std::vector<Finding>> examine(const std::string& path,
                                              const std::vector<std::string>& folders);

}  // namespace holt
