// What the double-fast search takes when it compares the candidates of one position, in two ways
// that find nearly the same (match_double_fast.h).
//
// DoubleFastGuess tries one after the other and leaves it to the processor to guess which will
// match. DoubleFastCompute computes which one matches, as match_fast_near.h does, and leaves only
// whether one does to a branch: 15 to 40% faster up to 256 KiB, 6% on 1 MiB, and slower where
// tables and history have outgrown the second cache. Compiled once for each instruction set inside
// the namespace HOLT_ZSTD_ISA; see compress_kernels.h.
#pragma once

#include "codec/zstd/match/match_common.h"

namespace holt::zstd::HOLT_ZSTD_ISA {

/// A position and the next one that would be tried, with what the tables have for them: indices,
/// which may lie below the lowest that a match may refer to.
struct DoubleFastPlace {
    const std::uint8_t* at;
    const std::uint8_t* ahead;
    std::uint64_t word, ahead_word;  ///< the 8 bytes there; ahead_word: 0 behind search_end
    std::uint32_t far_index;         ///< for the 8 bytes at `at`
    std::uint32_t short_index;       ///< for the first few of them
    std::uint32_t ahead_index;       ///< for the 8 bytes at `ahead`
    const std::uint8_t* search_end;  ///< no match begins here or behind it
    const std::uint8_t* end;         ///< of the block
};

/// `length` bytes at `at` are also at `from`; a length of 0: nothing was found.
struct DoubleFastMatch {
    const std::uint8_t* at = nullptr;
    const std::uint8_t* from = nullptr;
    std::size_t length = 0;
};

struct DoubleFastGuess {
    HOLT_ZSTD_INLINE static DoubleFastMatch choose(const MatchState& state, std::uint32_t low,
                                                   const DoubleFastPlace& place) noexcept {
        const std::uint8_t* const at = place.at;
        if (place.far_index >= low && load64(state.at(place.far_index)) == place.word) {
            const std::uint8_t* const from = state.at(place.far_index);
            return {at, from, 8 + count_equal(at + 8, from + 8, place.end)};
        }
        if (place.short_index < low ||
            load32(state.at(place.short_index)) != static_cast<std::uint32_t>(place.word)) {
            return {};
        }
        const std::uint8_t* const from = state.at(place.short_index);
        const DoubleFastMatch found{at, from, 4 + count_equal(at + 4, from + 4, place.end)};
        const std::uint8_t* const ahead = place.ahead;
        if (place.ahead_index < low || load64(state.at(place.ahead_index)) != place.ahead_word ||
            ahead >= place.search_end) {
            return found;
        }
        const std::uint8_t* const ahead_from = state.at(place.ahead_index);
        const std::size_t length = 8 + count_equal(ahead + 8, ahead_from + 8, place.end);
        return length > found.length ? DoubleFastMatch{ahead, ahead_from, length} : found;
    }
};

struct DoubleFastCompute {
    HOLT_ZSTD_INLINE static DoubleFastMatch choose(const MatchState& state, std::uint32_t low,
                                                   const DoubleFastPlace& place) noexcept {
        // Loads from what lies before the window are led to its beginning.
        const auto inside = [&](std::uint32_t index) {
            return state.at(index > low ? index : low);
        };
        const std::uint8_t* const at = place.at;
        const std::uint8_t* const far_from = inside(place.far_index);
        const std::uint8_t* const short_from = inside(place.short_index);
        const unsigned is_far =
            (load64(far_from) == place.word ? 1u : 0u) & (place.far_index >= low ? 1u : 0u);
        const unsigned is_short =
            (load32(short_from) == static_cast<std::uint32_t>(place.word) ? 1u : 0u) &
            (place.short_index >= low ? 1u : 0u);
        if ((is_far | is_short) == 0) return {};
        const std::uint8_t* const from = is_far != 0 ? far_from : short_from;
        const DoubleFastMatch found{at, from, 4 + count_equal(at + 4, from + 4, place.end)};
        const std::uint8_t* const ahead = place.ahead;
        const std::uint8_t* const ahead_from = inside(place.ahead_index);
        const unsigned is_ahead = (load64(ahead_from) == place.ahead_word ? 1u : 0u) &
                                  (place.ahead_index >= low ? 1u : 0u) & (is_far ^ 1) &
                                  (ahead < place.search_end ? 1u : 0u);
        if (is_ahead == 0) return found;
        const std::size_t length = 8 + count_equal(ahead + 8, ahead_from + 8, place.end);
        return length > found.length ? DoubleFastMatch{ahead, ahead_from, length} : found;
    }
};

}  // namespace holt::zstd::HOLT_ZSTD_ISA
