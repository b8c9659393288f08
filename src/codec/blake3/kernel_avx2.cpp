// BLAKE3 in 8 lanes of AVX2.
#include <immintrin.h>

#include "codec/blake3/lanes.h"

namespace holt::blake3 {
namespace {

struct Eight {
    using Word = __m256i;
    static constexpr std::size_t kLanes = 8;
    static constexpr std::size_t kSets = 1;
    static constexpr std::size_t kWorth = 3;

    HOLT_BLAKE3_INLINE static Word broadcast(std::uint32_t x) noexcept {
        return _mm256_set1_epi32(static_cast<int>(x));
    }
    HOLT_BLAKE3_INLINE static Word load(const std::uint32_t* p) noexcept {
        return _mm256_load_si256(reinterpret_cast<const __m256i*>(p));
    }
    HOLT_BLAKE3_INLINE static Word add(Word a, Word b) noexcept { return _mm256_add_epi32(a, b); }
    HOLT_BLAKE3_INLINE static Word exclusive_or(Word a, Word b) noexcept {
        return _mm256_xor_si256(a, b);
    }
    template <int N>
    HOLT_BLAKE3_INLINE static Word rotate_right(Word a) noexcept {
        if constexpr (N == 16) {
            return _mm256_shuffle_epi8(
                a, _mm256_setr_epi8(2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13,  //
                                    2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13));
        } else if constexpr (N == 8) {
            return _mm256_shuffle_epi8(
                a, _mm256_setr_epi8(1, 2, 3, 0, 5, 6, 7, 4, 9, 10, 11, 8, 13, 14, 15, 12,  //
                                    1, 2, 3, 0, 5, 6, 7, 4, 9, 10, 11, 8, 13, 14, 15, 12));
        } else {
            return _mm256_or_si256(_mm256_srli_epi32(a, N), _mm256_slli_epi32(a, 32 - N));
        }
    }
    HOLT_BLAKE3_INLINE static void pin(Word& a) noexcept { asm volatile("" : "+x"(a)); }
    HOLT_BLAKE3_INLINE static void load_blocks(const std::uint8_t* const* blocks,
                                               std::size_t offset,
                                               Word (&words)[kStateWords]) noexcept;
    HOLT_BLAKE3_INLINE static void store_values(const Word (&words)[kValueWords],
                                                std::uint8_t* const* outs) noexcept;
};

// Transposes the 4 x 4 words in each half of four vectors.
HOLT_BLAKE3_INLINE void transpose(const __m256i (&rows)[4], __m256i* words) noexcept {
    const __m256i a = _mm256_unpacklo_epi32(rows[0], rows[1]);
    const __m256i b = _mm256_unpackhi_epi32(rows[0], rows[1]);
    const __m256i c = _mm256_unpacklo_epi32(rows[2], rows[3]);
    const __m256i d = _mm256_unpackhi_epi32(rows[2], rows[3]);
    words[0] = _mm256_unpacklo_epi64(a, c);
    words[1] = _mm256_unpackhi_epi64(a, c);
    words[2] = _mm256_unpacklo_epi64(b, d);
    words[3] = _mm256_unpackhi_epi64(b, d);
}

// A vector takes 16 bytes of lane l and 16 of lane l + 4, so that transposing its halves is all
// that remains.
void Eight::load_blocks(const std::uint8_t* const* blocks, std::size_t offset,
                        Word (&words)[kStateWords]) noexcept {
#pragma GCC unroll 4
    for (std::size_t quarter = 0; quarter < 4; ++quarter) {
        const auto part = [&](std::size_t lane) __attribute__((always_inline)) {
            return _mm_loadu_si128(
                reinterpret_cast<const __m128i*>(blocks[lane] + offset + 16 * quarter));
        };
        Word rows[4];
#pragma GCC unroll 4
        for (std::size_t i = 0; i < 4; ++i) rows[i] = _mm256_set_m128i(part(4 + i), part(i));
        transpose(rows, words + 4 * quarter);
    }
}

void Eight::store_values(const Word (&words)[kValueWords], std::uint8_t* const* outs) noexcept {
#pragma GCC unroll 2
    for (std::size_t half = 0; half < 2; ++half) {
        Word rows[4];
        transpose({words[4 * half], words[4 * half + 1], words[4 * half + 2], words[4 * half + 3]},
                  rows);
#pragma GCC unroll 4
        for (std::size_t i = 0; i < 4; ++i) {
            _mm_storeu_si128(reinterpret_cast<__m128i*>(outs[i] + 16 * half),
                             _mm256_castsi256_si128(rows[i]));
            _mm_storeu_si128(reinterpret_cast<__m128i*>(outs[4 + i] + 16 * half),
                             _mm256_extracti128_si256(rows[i], 1));
        }
    }
}

}  // namespace

void run_jobs_avx2(const Job* jobs, std::size_t count) noexcept {
    run_all<Eight>(jobs, count);
}

}  // namespace holt::blake3
