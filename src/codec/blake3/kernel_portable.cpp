// BLAKE3 in 4 lanes of whatever 128-bit vectors the target has (SSE2, NEON), or of plain integers
// where it has none: the compiler's vector extension leaves that to it.
#include "codec/blake3/lanes.h"

namespace holt::blake3 {
namespace {

struct Four {
    using Word [[gnu::vector_size(16)]] = std::uint32_t;
    static constexpr std::size_t kLanes = 4;
    static constexpr std::size_t kSets = 1;
    static constexpr std::size_t kWorth = 3;

    HOLT_BLAKE3_INLINE static Word broadcast(std::uint32_t x) noexcept { return Word{x, x, x, x}; }
    HOLT_BLAKE3_INLINE static Word load(const std::uint32_t* p) noexcept {
        Word a;
        std::memcpy(&a, p, sizeof a);
        return a;
    }
    HOLT_BLAKE3_INLINE static Word add(Word a, Word b) noexcept { return a + b; }
    HOLT_BLAKE3_INLINE static Word exclusive_or(Word a, Word b) noexcept { return a ^ b; }
    template <int N>
    HOLT_BLAKE3_INLINE static Word rotate_right(Word a) noexcept {
        return a >> N | a << (32 - N);
    }
    HOLT_BLAKE3_INLINE static void pin([[maybe_unused]] Word& a) noexcept {
#if defined(__x86_64__)
        asm volatile("" : "+x"(a));
#elif defined(__aarch64__)
        asm volatile("" : "+w"(a));
#endif
    }
    HOLT_BLAKE3_INLINE static Word swap_if_big(Word a) noexcept {
        if constexpr (std::endian::native == std::endian::big) {
            a = (a & 0x00ff00ff) << 8 | (a >> 8 & 0x00ff00ff);
            a = a << 16 | a >> 16;
        }
        return a;
    }
    HOLT_BLAKE3_INLINE static void transpose(const Word (&rows)[4], Word* words) noexcept {
        const Word a = __builtin_shufflevector(rows[0], rows[1], 0, 4, 1, 5);
        const Word b = __builtin_shufflevector(rows[0], rows[1], 2, 6, 3, 7);
        const Word c = __builtin_shufflevector(rows[2], rows[3], 0, 4, 1, 5);
        const Word d = __builtin_shufflevector(rows[2], rows[3], 2, 6, 3, 7);
        words[0] = __builtin_shufflevector(a, c, 0, 1, 4, 5);
        words[1] = __builtin_shufflevector(a, c, 2, 3, 6, 7);
        words[2] = __builtin_shufflevector(b, d, 0, 1, 4, 5);
        words[3] = __builtin_shufflevector(b, d, 2, 3, 6, 7);
    }
    HOLT_BLAKE3_INLINE static void load_blocks(const std::uint8_t* const* blocks,
                                               std::size_t offset,
                                               Word (&words)[kStateWords]) noexcept {
#pragma GCC unroll 4
        for (std::size_t quarter = 0; quarter < 4; ++quarter) {
            Word rows[4];
#pragma GCC unroll 4
            for (std::size_t i = 0; i < 4; ++i) {
                std::memcpy(&rows[i], blocks[i] + offset + 16 * quarter, sizeof rows[i]);
                rows[i] = swap_if_big(rows[i]);
            }
            transpose(rows, words + 4 * quarter);
        }
    }
    HOLT_BLAKE3_INLINE static void store_values(const Word (&words)[kValueWords],
                                                std::uint8_t* const* outs) noexcept {
#pragma GCC unroll 2
        for (std::size_t half = 0; half < 2; ++half) {
            Word rows[4];
            const Word* const w = words + 4 * half;
            transpose({w[0], w[1], w[2], w[3]}, rows);
#pragma GCC unroll 4
            for (std::size_t i = 0; i < 4; ++i) {
                rows[i] = swap_if_big(rows[i]);
                std::memcpy(outs[i] + 16 * half, &rows[i], sizeof rows[i]);
            }
        }
    }
};

}  // namespace

void run_jobs_portable(const Job* jobs, std::size_t count) noexcept {
    run_all<Four>(jobs, count);
}

}  // namespace holt::blake3
