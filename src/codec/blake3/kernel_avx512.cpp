// BLAKE3 in 16 lanes of AVX-512, two sets of them interleaved where there are jobs enough: the 32
// vectors of state fill the register file exactly, as every operation works in place and takes its
// message word from memory.
#include <immintrin.h>

#include "codec/blake3/lanes.h"

// GCC 12 warns of its own headers: they build "undefined" operands as `x = x` (its bug 105593).
#if !defined(__clang__)
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

namespace holt::blake3 {
namespace {

struct Sixteen {
    using Word = __m512i;
    static constexpr std::size_t kLanes = 16;
    static constexpr std::size_t kSets = 2;
    static constexpr std::size_t kWorth = 3;

    HOLT_BLAKE3_INLINE static Word broadcast(std::uint32_t x) noexcept {
        return _mm512_set1_epi32(static_cast<int>(x));
    }
    HOLT_BLAKE3_INLINE static Word load(const std::uint32_t* p) noexcept {
        return _mm512_load_si512(p);
    }
    HOLT_BLAKE3_INLINE static Word add(Word a, Word b) noexcept { return _mm512_add_epi32(a, b); }
    HOLT_BLAKE3_INLINE static Word exclusive_or(Word a, Word b) noexcept {
        return _mm512_xor_si512(a, b);
    }
    template <int N>
    HOLT_BLAKE3_INLINE static Word rotate_right(Word a) noexcept {
        return _mm512_ror_epi32(a, N);
    }
    HOLT_BLAKE3_INLINE static void pin(Word& a) noexcept { asm volatile("" : "+v"(a)); }
    HOLT_BLAKE3_INLINE static void load_blocks(const std::uint8_t* const* blocks,
                                               std::size_t offset,
                                               Word (&words)[kStateWords]) noexcept;
    HOLT_BLAKE3_INLINE static void store_values(const Word (&words)[kValueWords],
                                                std::uint8_t* const* outs) noexcept;
};

// Half a block at a time: one vector holds 32 bytes of lane l and 32 of lane l + 8, so that the
// first 48 of 64 shuffles of a full transposition suffice. Loads of 64 bytes would save the
// insertions, but cross a cache line wherever the input is not aligned to one (33 against 36
// cycles; four loads of 16 bytes: 48).
void Sixteen::load_blocks(const std::uint8_t* const* blocks, std::size_t offset,
                          Word (&words)[kStateWords]) noexcept {
    const Word low = _mm512_set_epi64(13, 12, 5, 4, 9, 8, 1, 0);
    const Word high = _mm512_set_epi64(15, 14, 7, 6, 11, 10, 3, 2);
#pragma GCC unroll 2
    for (std::size_t half = 0; half < 2; ++half) {
        Word w[8];
#pragma GCC unroll 2
        for (std::size_t four = 0; four < 8; four += 4) {
            Word row[4];
#pragma GCC unroll 4
            for (std::size_t i = 0; i < 4; ++i) {
                const auto part = [&](std::size_t lane) __attribute__((always_inline)) {
                    return _mm256_loadu_si256(
                        reinterpret_cast<const __m256i*>(blocks[lane] + offset + 32 * half));
                };
                row[i] = _mm512_inserti64x4(_mm512_castsi256_si512(part(four + i)),
                                            part(8 + four + i), 1);
            }
            const Word a = _mm512_unpacklo_epi32(row[0], row[1]);
            const Word b = _mm512_unpackhi_epi32(row[0], row[1]);
            const Word c = _mm512_unpacklo_epi32(row[2], row[3]);
            const Word d = _mm512_unpackhi_epi32(row[2], row[3]);
            w[four + 0] = _mm512_unpacklo_epi64(a, c);
            w[four + 1] = _mm512_unpackhi_epi64(a, c);
            w[four + 2] = _mm512_unpacklo_epi64(b, d);
            w[four + 3] = _mm512_unpackhi_epi64(b, d);
        }
#pragma GCC unroll 4
        for (std::size_t i = 0; i < 4; ++i) {
            words[8 * half + i] = _mm512_permutex2var_epi64(w[i], low, w[4 + i]);
            words[8 * half + 4 + i] = _mm512_permutex2var_epi64(w[i], high, w[4 + i]);
        }
    }
}

void Sixteen::store_values(const Word (&words)[kValueWords], std::uint8_t* const* outs) noexcept {
#pragma GCC unroll 2
    for (std::size_t half = 0; half < 2; ++half) {
        const Word* const w = words + 4 * half;
        const Word a = _mm512_unpacklo_epi32(w[0], w[1]);
        const Word b = _mm512_unpackhi_epi32(w[0], w[1]);
        const Word c = _mm512_unpacklo_epi32(w[2], w[3]);
        const Word d = _mm512_unpackhi_epi32(w[2], w[3]);
        const Word row[4] = {_mm512_unpacklo_epi64(a, c), _mm512_unpackhi_epi64(a, c),
                             _mm512_unpacklo_epi64(b, d), _mm512_unpackhi_epi64(b, d)};
        const auto put = [&](std::size_t lane, __m128i part) __attribute__((always_inline)) {
            _mm_storeu_si128(reinterpret_cast<__m128i*>(outs[lane] + 16 * half), part);
        };
#pragma GCC unroll 4
        for (std::size_t r = 0; r < 4; ++r) {
            put(r, _mm512_castsi512_si128(row[r]));
            put(r + 4, _mm512_extracti32x4_epi32(row[r], 1));
            put(r + 8, _mm512_extracti32x4_epi32(row[r], 2));
            put(r + 12, _mm512_extracti32x4_epi32(row[r], 3));
        }
    }
}

}  // namespace

void run_jobs_avx512(const Job* jobs, std::size_t count) noexcept {
    run_all<Sixteen>(jobs, count);
}

}  // namespace holt::blake3
