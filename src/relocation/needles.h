// The inner loop of Finder: the next place where the first and the last byte of a prefix fit.
// Each instruction set has its own; the plain one is the reference.
// Thread rule: pure functions.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace holt::relocation {

/// Two prefixes; the same one twice when there is one. Each begins with '/'.
struct Needles {
    std::array<std::size_t, 2> length{};
    std::array<std::uint8_t, 2> last{};
};

/// The least place from `at` on where data has a '/' and, where a prefix would end, its last byte;
/// `size` when there is none. Reads nothing outside of data[0, size).
using NextCandidate = std::size_t (*)(const std::uint8_t* data, std::size_t at, std::size_t size,
                                      const Needles& needles);

std::size_t next_candidate_plain(const std::uint8_t* data, std::size_t at, std::size_t size,
                                 const Needles& needles) noexcept;
std::size_t next_candidate_sse2(const std::uint8_t* data, std::size_t at, std::size_t size,
                                const Needles& needles) noexcept;
std::size_t next_candidate_avx2(const std::uint8_t* data, std::size_t at, std::size_t size,
                                const Needles& needles) noexcept;

}  // namespace holt::relocation
