#include "cli/output/text.h"

#include <fmt/format.h>

#include <array>
#include <ctime>

namespace holt::cli {
namespace {

struct Unit {
    double scale;
    std::string_view name;
};

/// The largest unit of which there is one at least.
Unit unit_for(std::uint64_t bytes) noexcept {
    static constexpr std::array kNames = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    std::size_t unit = 0;
    double scale = 1;
    // 1023.95 would be printed as 1024.0: that is the next unit's 1.0.
    while (static_cast<double>(bytes) / scale >= (unit == 0 ? 1024 : 1023.95)) {
        scale *= 1024;
        ++unit;
    }
    return {scale, kNames[unit]};
}

}  // namespace

std::string count_text(std::uint64_t count) {
    std::string text = std::to_string(count);
    for (std::size_t at = text.size(); at > 3;) text.insert(at -= 3, ",");
    return text;
}

std::string count_text(std::uint64_t count, std::string_view word) {
    return fmt::format("{} {}{}", count_text(count), word, count == 1 ? "" : "s");
}

std::string size_text(std::uint64_t bytes) {
    const Unit unit = unit_for(bytes);
    if (unit.scale == 1) return fmt::format("{} B", bytes);
    return fmt::format("{:.1f} {}", static_cast<double>(bytes) / unit.scale, unit.name);
}

std::string size_of_text(std::uint64_t part, std::uint64_t whole) {
    const Unit unit = unit_for(whole);
    if (unit.scale == 1) return fmt::format("{}/{} B", part, whole);
    return fmt::format("{:.1f}/{:.1f} {}", static_cast<double>(part) / unit.scale,
                       static_cast<double>(whole) / unit.scale, unit.name);
}

std::string rate_text(std::uint64_t bytes, std::chrono::nanoseconds time) {
    if (time < std::chrono::milliseconds(100)) return {};
    const double seconds = std::chrono::duration<double>(time).count();
    return size_text(static_cast<std::uint64_t>(static_cast<double>(bytes) / seconds)) + "/s";
}

std::string duration_text(std::chrono::nanoseconds time) {
    const double seconds = std::chrono::duration<double>(time).count();
    if (seconds < 1) return fmt::format("{:.2f} s", seconds);
    if (seconds < 59.95) return fmt::format("{:.1f} s", seconds);
    const auto whole = static_cast<std::uint64_t>(seconds + 0.5);
    if (whole < 3600) return fmt::format("{} min {:02} s", whole / 60, whole % 60);
    return fmt::format("{} h {:02} min", whole / 3600, whole / 60 % 60);
}

std::string time_text(Time time) {
    const std::time_t seconds = time.seconds;
    std::tm tm{};
    if (::localtime_r(&seconds, &tm) == nullptr) return std::to_string(time.seconds);
    std::array<char, 64> text{};
    return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S", &tm)};
}

std::string percent_text(std::uint64_t part, std::uint64_t whole) {
    if (whole == 0) return "-";
    return fmt::format("{:.1f}%", 100.0 * static_cast<double>(part) / static_cast<double>(whole));
}

}  // namespace holt::cli
