// The three recent offsets (RFC 8878 3.1.1.5), included by sequences_kernel.h; in an anonymous
// namespace.
//
// Whether an offset repeats, and which one, is hard to predict, so there is no branch on it. With
// AVX2 the offsets lie in one vector with the new one behind them; a shuffle brings the chosen one
// to the front, an addition makes "the first, less one". Without, they are selected one by one.
#pragma once

#include <cstdint>

#if defined(__AVX2__)
#include <immintrin.h>
#endif

namespace holt::zstd {
namespace {

#if defined(__AVX2__)

/// Indexed by 2 x Offset_Value - (literals != 0), at most 7: what becomes of the four offsets.
struct RepeatMoves {
    alignas(16) std::uint8_t order[8][16];
    alignas(16) std::int32_t change[8][4];
};
#define HOLT_OFFSETS(a, b, c)                                                                   \
    {                                                                                           \
        0, 1, 2, 3, 12 - 4 * (c), 13 - 4 * (c), 14 - 4 * (c), 15 - 4 * (c), 12 - 4 * (b),       \
            13 - 4 * (b), 14 - 4 * (b), 15 - 4 * (b), 12 - 4 * (a), 13 - 4 * (a), 14 - 4 * (a), \
            15 - 4 * (a)                                                                        \
    }
alignas(64) constexpr RepeatMoves kRepeatMoves = {
    {HOLT_OFFSETS(0, 1, 2),   // not used
     HOLT_OFFSETS(0, 1, 2),   // 1, after literals: the first
     HOLT_OFFSETS(1, 0, 2),   // 1, without: the second
     HOLT_OFFSETS(1, 0, 2),   // 2, after literals: the second
     HOLT_OFFSETS(2, 0, 1),   // 2, without: the third
     HOLT_OFFSETS(2, 0, 1),   // 3, after literals: the third
     HOLT_OFFSETS(0, 0, 1),   // 3, without: the first, less one
     HOLT_OFFSETS(3, 0, 1)},  // more: a new one
    {{}, {}, {}, {}, {}, {}, {0, 0, 0, -1}, {}}};
#undef HOLT_OFFSETS

class RepeatOffsets {
  public:
    explicit RepeatOffsets(const std::uint32_t (&offsets)[3])
        : recent_(_mm_setr_epi32(0, static_cast<int>(offsets[2]), static_cast<int>(offsets[1]),
                                 static_cast<int>(offsets[0]))) {}
    void store(std::uint32_t (&offsets)[3]) const {
        offsets[0] = static_cast<std::uint32_t>(_mm_extract_epi32(recent_, 3));
        offsets[1] = static_cast<std::uint32_t>(_mm_extract_epi32(recent_, 2));
        offsets[2] = static_cast<std::uint32_t>(_mm_extract_epi32(recent_, 1));
    }

    /// Offset_Value - 1 to offset, 0 where it is a repeated 1, less one: not valid.
    std::uint64_t resolve(std::uint64_t less_1, std::uint64_t literals) {
        std::uint64_t offset = less_1 - 2;
        if (less_1 < 3) [[unlikely]] {
            const std::uint64_t exact = 2 * less_1 + 1 + (literals == 0);
            recent_ = _mm_shuffle_epi8(recent_, at(kRepeatMoves.order[exact]));
            recent_ = _mm_add_epi32(recent_, at(kRepeatMoves.change[exact]));
            offset = static_cast<std::uint32_t>(_mm_extract_epi32(recent_, 3));
        } else {
            recent_ = _mm_alignr_epi8(_mm_cvtsi32_si128(static_cast<int>(offset)), recent_, 4);
        }
        return offset;
    }
    /// What resolve() gave last.
    std::uint32_t latest() const {
        return static_cast<std::uint32_t>(_mm_extract_epi32(recent_, 3));
    }

  private:
    static __m128i at(const void* place) {
        return _mm_load_si128(static_cast<const __m128i*>(place));
    }
    __m128i recent_;
};

#else

class RepeatOffsets {
  public:
    explicit RepeatOffsets(const std::uint32_t (&offsets)[3])
        : first_(offsets[0]), second_(offsets[1]), third_(offsets[2]) {}
    void store(std::uint32_t (&offsets)[3]) const {
        offsets[0] = first_, offsets[1] = second_, offsets[2] = third_;
    }

    /// Offset_Value - 1 to offset, 0 where it is a repeated 1, less one: not valid.
    std::uint64_t resolve(std::uint64_t less_1, std::uint64_t literals) {
        std::uint32_t front = static_cast<std::uint32_t>(less_1) - 2;
        std::uint64_t choice = less_1 + (literals == 0);  // of the recent ones, if it is one
        if (less_1 >= 3) [[likely]]
            choice = 3;
        else
            front = choice == 0   ? first_
                    : choice == 1 ? second_
                    : choice == 2 ? third_
                                  : first_ - 1;
        third_ = choice > 1 ? second_ : third_;
        second_ = choice > 0 ? first_ : second_;
        first_ = front;
        return front;
    }
    std::uint32_t latest() const { return first_; }

  private:
    std::uint32_t first_, second_, third_;
};

#endif

}  // namespace
}  // namespace holt::zstd
