// Wide copies for executing sequences, included by sequences_kernel.h; in an anonymous namespace.
//
// Both functions may read and write up to kCopyMargin bytes past what they copy.
#pragma once

#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "codec/zstd/decode_kernels.h"

namespace holt::zstd {
namespace {

inline void copy16(std::uint8_t* to, const std::uint8_t* from) {
    std::uint8_t block[16];
    std::memcpy(block, from, 16);
    std::memcpy(to, block, 16);
}

inline void copy_literals(std::uint8_t* to, const std::uint8_t* from, std::uint64_t size) {
    copy16(to, from);
    if (size > 16) [[unlikely]] {
        const std::uint8_t* const end = to + size;
        do {
            to += 16;
            from += 16;
            copy16(to, from);
            to += 16;
            from += 16;
            copy16(to, from);
        } while (to + 16 < end);
    }
}

/// Offsets under 16: the first 16 bytes are made one pattern long enough to be copied from afar.
inline void copy_match_near(std::uint8_t* to, std::uint64_t offset, std::uint64_t size) {
    const std::uint8_t* const from = to - offset;
    std::uint8_t* const end = to + size;
    // After `offset` times 2, 4, 8 or 16 bytes the pattern repeats at a distance of 16 or more.
    std::uint64_t distance = offset;
    std::uint8_t* at = to;
    while (distance < 16) {
        for (std::uint64_t i = 0; i < distance; ++i) at[i] = from[i];
        at += distance;
        distance *= 2;
    }
    for (; at < end; at += 16) copy16(at, at - distance);
}

inline void copy_match(std::uint8_t* to, std::uint64_t offset, std::uint64_t size) {
    if (offset < 16) [[unlikely]] {
        copy_match_near(to, offset, size);
        return;
    }
    const std::uint8_t* from = to - offset;
    copy16(to, from);
    if (size > 16) {
        const std::uint8_t* const end = to + size;
        do {
            to += 16;
            from += 16;
            copy16(to, from);
        } while (to + 16 < end);
    }
}

}  // namespace
}  // namespace holt::zstd
