// Times for people and programs: UTC as RFC 3339 (section 5.6) writes it. Thread rule: pure
// functions.
#pragma once

#include <holt/time.hpp>

#include <string>

namespace holt {

/// "2026-11-20T23:10:05.123456789Z". A year of more than four digits has as many as it needs; a
/// time whose year no calendar of this machine has is its seconds since 1970, as a number.
std::string rfc3339(Time time);

}  // namespace holt
