// Wide copies for executing sequences, included by sequences_kernel.h; in an anonymous namespace.
//
// Lengths are short and unpredictable: 32 bytes are copied whatever the length, and what is longer
// is the exception. All functions may read and write up to kCopyMargin bytes past what they copy.
// Vector types, not memcpy through an array: GCC 12 would store the array as well.
#pragma once

#include <cstdint>

#if defined(__AVX2__)
#include <immintrin.h>
#endif

#include "codec/zstd/decode/decode_kernels.h"

namespace holt::zstd {
namespace {

constexpr std::ptrdiff_t kWide = 32;
static_assert(kWide <= kCopyMargin);

typedef std::uint8_t Block16 __attribute__((vector_size(16), aligned(1), may_alias));

inline void copy16(std::uint8_t* to, const std::uint8_t* from) {
    const Block16 block = *reinterpret_cast<const Block16*>(from);
    *reinterpret_cast<Block16*>(to) = block;
}

inline void copy_wide(std::uint8_t* to, const std::uint8_t* from) {
#if defined(__AVX2__)
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to),
                        _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from)));
#else
    const Block16 first = *reinterpret_cast<const Block16*>(from);
    const Block16 second = *reinterpret_cast<const Block16*>(from + 16);
    *reinterpret_cast<Block16*>(to) = first;
    *reinterpret_cast<Block16*>(to + 16) = second;
#endif
}

/// Goes on until `end` where the first kWide bytes are copied.
inline void copy_rest(std::uint8_t* to, const std::uint8_t* from, const std::uint8_t* end) {
    while (end - to > kWide) {
        to += kWide;
        from += kWide;
        copy_wide(to, from);
    }
}

#if defined(__AVX2__)

/// kPattern[n][i] is i modulo n: a shuffle that repeats n bytes over 16.
struct Patterns {
    alignas(16) std::uint8_t of[16][16];
};
constexpr Patterns make_patterns() {
    Patterns patterns{};
    for (unsigned n = 1; n < 16; ++n)
        for (unsigned i = 0; i < 16; ++i) patterns.of[n][i] = static_cast<std::uint8_t>(i % n);
    return patterns;
}
constexpr Patterns kPatterns = make_patterns();

/// Offsets under 16: one pattern of 16 bytes, stored again and again, whole periods apart.
inline void copy_match_near(std::uint8_t* to, const std::uint8_t* from, std::uint64_t offset,
                            const std::uint8_t* end) {
    const __m128i order = _mm_load_si128(reinterpret_cast<const __m128i*>(kPatterns.of[offset]));
    const __m128i pattern =
        _mm_shuffle_epi8(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from)), order);
    const std::uint64_t step =
        16 - static_cast<std::uint32_t>(16) % static_cast<std::uint32_t>(offset);
    do {
        _mm_storeu_si128(reinterpret_cast<__m128i*>(to), pattern);
        to += step;
    } while (to < end);
}

#else

/// Offsets under 16: after `offset` times 2, 4, 8 or 16 bytes the pattern repeats at a distance of
/// 16 or more.
inline void copy_match_near(std::uint8_t* to, const std::uint8_t* from, std::uint64_t offset,
                            const std::uint8_t* end) {
    std::uint64_t distance = offset;
    while (distance < 16) {
        for (std::uint64_t i = 0; i < distance; ++i) to[i] = from[i];
        to += distance;
        distance *= 2;
    }
    for (; to < end; to += 16) copy16(to, to - distance);
}

#endif

/// Copies from `from`, `offset` bytes before `to`, until `end`.
inline void copy_match(std::uint8_t* to, const std::uint8_t* from, std::uint64_t offset,
                       const std::uint8_t* end) {
    if (offset >= kWide) [[likely]] {
        copy_wide(to, from);
        copy_rest(to, from, end);
    } else if (offset >= 16) {
        do {
            copy16(to, from);
            to += 16;
            from += 16;
        } while (to < end);
    } else {
        copy_match_near(to, from, offset, end);
    }
}

}  // namespace
}  // namespace holt::zstd
