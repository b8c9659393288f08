// Wide copies for executing sequences, included by sequences_kernel.h; in an anonymous namespace.
//
// Lengths are short and unpredictable: 32 bytes are copied whatever the length, and what is longer
// is the exception. Both functions may read and write up to kCopyMargin bytes past what they copy.
#pragma once

#include <cstring>

#include "codec/zstd/decode_kernels.h"

namespace holt::zstd {
namespace {

constexpr std::size_t kWide = 32;
static_assert(2 * kWide <= kCopyMargin);

inline void copy16(std::uint8_t* to, const std::uint8_t* from) {
    std::uint8_t block[16];
    std::memcpy(block, from, sizeof block);
    std::memcpy(to, block, sizeof block);
}
inline void copy_wide(std::uint8_t* to, const std::uint8_t* from) {
    std::uint8_t block[kWide];
    std::memcpy(block, from, kWide);
    std::memcpy(to, block, kWide);
}

inline void copy_literals(std::uint8_t* to, const std::uint8_t* from, const std::uint8_t* end) {
    copy_wide(to, from);
    while (end - to > std::ptrdiff_t{kWide}) [[unlikely]] {
            to += kWide;
            from += kWide;
            copy_wide(to, from);
        }
}

/// Offsets under kWide: the pattern is made long enough to be copied from afar.
inline void copy_match_near(std::uint8_t* to, std::uint64_t offset, const std::uint8_t* end) {
    const std::uint8_t* const from = to - offset;
    // After `offset` times 2, 4, 8 or 16 bytes the pattern repeats at a distance of 16 or more.
    std::uint64_t distance = offset;
    while (distance < 16) {
        for (std::uint64_t i = 0; i < distance; ++i) to[i] = from[i];
        to += distance;
        distance *= 2;
    }
    for (; to < end; to += 16) copy16(to, to - distance);
}

/// Copies from `from`, `offset` bytes before `to`, until `end`.
inline void copy_match(std::uint8_t* to, const std::uint8_t* from, std::uint64_t offset,
                       const std::uint8_t* end) {
    if (offset < kWide) [[unlikely]] {
        copy_match_near(to, offset, end);
        return;
    }
    copy_wide(to, from);
    while (end - to > std::ptrdiff_t{kWide}) {
        to += kWide;
        from += kWide;
        copy_wide(to, from);
    }
}

}  // namespace
}  // namespace holt::zstd
