#include "base/rfc3339.h"

#include <array>
#include <cstdio>

namespace holt {

SplitTime split_time(std::int64_t ns) noexcept {
    constexpr std::int64_t kSecond = 1'000'000'000;
    std::int64_t seconds = ns / kSecond, rest = ns % kSecond;
    if (rest < 0) {
        rest += kSecond;
        --seconds;
    }
    return {static_cast<std::time_t>(seconds), rest};
}

std::string rfc3339(std::int64_t ns) {
    const SplitTime time = split_time(ns);
    std::tm tm{};
    if (::gmtime_r(&time.seconds, &tm) == nullptr) return std::to_string(time.seconds);
    // 64 bits of nanoseconds end in the years 1677 and 2262: four digits.
    std::array<char, 40> text{};
    const std::size_t length = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &tm);
    const int rest = std::snprintf(text.data() + length, text.size() - length, ".%09ldZ",
                                   static_cast<long>(time.ns));
    return {text.data(), length + static_cast<std::size_t>(rest)};
}

}  // namespace holt
