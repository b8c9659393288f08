// Times for people and programs: UTC as RFC 3339 (section 5.6) writes it. Thread rule: pure
// functions.
#pragma once

#include <cstdint>
#include <ctime>
#include <string>

namespace holt {

/// A time in nanoseconds since 1970 UTC, split as clocks have it.
struct SplitTime {
    std::time_t seconds;
    std::int64_t ns;  ///< 0 to 999,999,999, also before 1970
};
SplitTime split_time(std::int64_t ns) noexcept;

/// "2026-11-20T23:10:05.123456789Z"
std::string rfc3339(std::int64_t ns);

}  // namespace holt
