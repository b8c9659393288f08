// Where a store's log lines go. Off unless asked for: the library never prints.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

namespace holt {

enum class LogLevel : std::uint8_t { off, warning, info, debug };

/// Part of OpenOptions. The sink gets one line at a time, without its end of line, from any thread
/// but never from two at once; it must not call back into the store.
struct LogOptions {
    LogLevel level = LogLevel::off;
    std::function<void(LogLevel, std::string_view line)> sink{};
};

}  // namespace holt
