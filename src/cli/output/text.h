// Numbers, sizes and times as a person reads them. Thread rule: pure functions.
#pragma once

#include <holt/time.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace holt::cli {

/// "46,526"
std::string count_text(std::uint64_t count);
/// count_text and the word, in the plural when it is not one: "1 file", "46,526 files".
std::string count_text(std::uint64_t count, std::string_view word);
/// Bytes in binary units: "0 B", "17 B", "1.4 KiB", "594.9 MiB".
std::string size_text(std::uint64_t bytes);
/// Both in the unit of the whole: "152.6/381.5 MiB".
std::string size_of_text(std::uint64_t part, std::uint64_t whole);
/// "183.0 MiB/s"; empty when the time is too short to tell.
std::string rate_text(std::uint64_t bytes, std::chrono::nanoseconds time);
/// "0.04 s", "3.2 s", "1 min 05 s", "2 h 03 min"
std::string duration_text(std::chrono::nanoseconds time);
/// Local time, "2026-11-20 23:10:05", from nanoseconds since 1970 UTC.
std::string time_text(Time time);
/// part/whole: "26.7%"; "-" when the whole is 0.
std::string percent_text(std::uint64_t part, std::uint64_t whole);

}  // namespace holt::cli
