#include "base/rfc3339.h"

#include <array>
#include <cstdio>
#include <ctime>

namespace holt {

std::string rfc3339(Time time) {
    const std::time_t seconds = time.seconds;
    std::tm tm{};
    if (::gmtime_r(&seconds, &tm) == nullptr) return std::to_string(time.seconds);
    std::array<char, 40> text{};
    const std::size_t length = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &tm);
    const int rest = std::snprintf(text.data() + length, text.size() - length, ".%09ldZ",
                                   static_cast<long>(time.nanoseconds));
    return {text.data(), length + static_cast<std::size_t>(rest)};
}

}  // namespace holt
