// Random letters for temporary names. Thread rule: pure.
#pragma once

#include <cstddef>
#include <string>

namespace holt::fs {

/// `digits` random hex digits (at most 64). Names made of them are created with O_EXCL or mkdir: a
/// clash is noticed, and tried again.
std::string random_hex(std::size_t digits);

/// How often a clash of random names is tried again before it is an error.
inline constexpr int kNameAttempts = 16;

}  // namespace holt::fs
