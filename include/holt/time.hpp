// A point in time, as file systems keep it: seconds and nanoseconds apart, so that every time that
// a file can have is kept exactly. Thread rule: a value.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>

namespace holt {

struct Time {
    std::int64_t seconds = 0;       ///< since 1970-01-01 UTC, rounded down
    std::uint32_t nanoseconds = 0;  ///< 0 to 999,999,999, also before 1970

    auto operator<=>(const Time&) const = default;
};

inline constexpr std::int64_t kNanosecondsPerSecond = 1'000'000'000;

/// From nanoseconds since 1970 UTC, which reach from the year 1677 to 2262.
constexpr Time time_of_ns(std::int64_t ns) noexcept {
    const std::int64_t rest = ns % kNanosecondsPerSecond;
    const bool below = rest < 0;
    return {.seconds = ns / kNanosecondsPerSecond - (below ? 1 : 0),
            .nanoseconds = static_cast<std::uint32_t>(below ? rest + kNanosecondsPerSecond : rest)};
}

/// The reverse; nothing for a time outside of those years.
constexpr std::optional<std::int64_t> ns_since_1970(Time time) noexcept {
    // Of the earliest times the seconds alone, rounded down, are out of range: hence seconds + 1.
    const bool below = time.seconds < 0;
    std::int64_t ns = 0;
    const std::int64_t rest = std::int64_t{time.nanoseconds} - (below ? kNanosecondsPerSecond : 0);
    if (__builtin_mul_overflow(time.seconds + (below ? 1 : 0), kNanosecondsPerSecond, &ns) ||
        __builtin_add_overflow(ns, rest, &ns))
        return std::nullopt;
    return ns;
}

/// All of it as nanoseconds since 1970, modulo 2^64: equal times give equal numbers, and two that
/// differ do so too unless they are 584 years apart. To recognise a time, not to compute with it.
constexpr std::uint64_t wrapped_ns(Time time) noexcept {
    return static_cast<std::uint64_t>(time.seconds) *
               static_cast<std::uint64_t>(kNanosecondsPerSecond) +
           time.nanoseconds;
}

/// `later` - `earlier` in nanoseconds; the nearest 64-bit number when it is out of their range.
constexpr std::int64_t nanoseconds_between(Time earlier, Time later) noexcept {
    std::int64_t seconds = 0, ns = 0;
    const std::int64_t rest = std::int64_t{later.nanoseconds} - earlier.nanoseconds;
    const bool overflow = __builtin_sub_overflow(later.seconds, earlier.seconds, &seconds) ||
                          __builtin_mul_overflow(seconds, kNanosecondsPerSecond, &ns) ||
                          __builtin_add_overflow(ns, rest, &ns);
    if (overflow) return later < earlier ? INT64_MIN : INT64_MAX;
    return ns;
}

}  // namespace holt
