// Match finder "fast" for small inputs, whose table lies in the nearest cache.
//
// The algorithm is that of match_fast.h. What differs is what is guessed: which of two candidates
// matches cannot be predicted, and with short waits for the table computing the choice costs less
// than guessing it wrong. It is 5 to 20% faster up to 64 KiB, and slower on 1 MiB. The last
// distance is tried one and two bytes ahead by one comparison, as three bytes are in both. Compiled
// once for each instruction set inside the namespace HOLT_ZSTD_ISA; see compress_kernels.h.
#pragma once

#include "codec/zstd/match/match_common.h"

namespace holt::zstd::HOLT_ZSTD_ISA {

/// Matches of the second distance that follow each other without literals from `at`, which is not
/// beyond where searches end; the value 1 then means that distance (RFC 8878 3.1.1.5). Returns
/// where they end.
template <unsigned kBytes>
HOLT_ZSTD_INLINE const std::uint8_t* take_second(std::uint32_t* table, unsigned log,
                                                 std::uintptr_t base, SequenceStore& store,
                                                 const std::uint8_t* at, const std::uint8_t* end,
                                                 std::uint32_t& rep0,
                                                 std::uint32_t& rep1) noexcept {
    while (at <= end - kHashRead && load32(at) == load32(at - rep1)) {
        const std::size_t length = 4 + count_equal(at + 4, at + 4 - rep1, end);
        const std::uint32_t swapped = rep1;
        rep1 = rep0;
        rep0 = swapped;
        table[hash_of<kBytes>(load64(at), log)] =
            static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(at) - base);
        add_sequence(store, at, 0, length, 1, end);
        at += length;
    }
    return at;
}

template <unsigned kBytes>
static void find_fast_near(MatchState& state, SequenceStore& store, RecentOffsets& repeats,
                           const std::uint8_t* block, std::size_t size) noexcept {
    const std::uint8_t* const end = block + size;
    const std::uint8_t* anchor = block;  // literals from here on are not yet in a sequence
    if (size < kHashRead + 4) {
        add_literals(store, anchor, size, end);
        return;
    }
    const std::uint8_t* const search_end = end - kHashRead;
    const std::uintptr_t base = state.base;
    const auto at_index = [base](std::uint32_t index) {
        return reinterpret_cast<const std::uint8_t*>(base + index);
    };
    const auto index_of = [base](const std::uint8_t* p) {
        return static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(p) - base);
    };
    const std::uint32_t low = state.lowest_match(index_of(end));
    const std::uint8_t* const low_at = at_index(low);
    std::uint32_t* const table = state.hash;
    const unsigned log = state.params.hash_log;
    const std::ptrdiff_t first_step =
        state.params.target_length > 1 ? state.params.target_length + 1 : 2;
    constexpr std::ptrdiff_t kStepEvery = 128;
    std::uint32_t rep0 = repeats.distance[0];
    std::uint32_t rep1 = repeats.distance[1];
    std::uint32_t rep2 = repeats.distance[2];

    // Nothing precedes the first byte of a frame.
    const std::uint8_t* at = block + (block == low_at ? 1 : 0);
    for (;;) {
        std::ptrdiff_t step = first_step;
        const std::uint8_t* step_up = at + kStepEvery;
        if (search_end - at <= step) break;
        // Where the step grows or the search ends, whichever comes first.
        const std::uint8_t* pause = step_up < search_end - step ? step_up : search_end - step;
        std::uint64_t word0 = load64(at);
        std::uint32_t distance;
        bool repeated = false;
        for (;;) {
            const std::uint32_t index = index_of(at);
            const std::uint64_t word1 = load64(at + 1);
            std::uint32_t* const slot0 = table + hash_of<kBytes>(word0, log);
            std::uint32_t* const slot1 = table + hash_of<kBytes>(word1, log);
            const std::uint32_t candidate0 = *slot0;
            const std::uint32_t candidate1 = *slot1;
            *slot0 = index;
            *slot1 = index + 1;

            const std::uint64_t unlike_last = load64(at + 1 - rep0) ^ word1;
            if ((unlike_last & 0xFFFFFF00u) == 0) {
                const bool is_next = (unlike_last & 0xFF) == 0;
                const bool is_ahead = (unlike_last >> 32 & 0xFF) == 0;
                // Four bytes and no more are worth less than what the table has.
                if (is_ahead ||
                    (is_next && (candidate0 < low || load32(at_index(candidate0)) !=
                                                         static_cast<std::uint32_t>(word0)))) {
                    at += is_next ? 1 : 2;
                    distance = rep0;
                    repeated = true;
                    break;
                }
            }
            // Loads from what lies before the window are led to its beginning.
            const std::uint8_t* const from0 = at_index(candidate0 > low ? candidate0 : low);
            const std::uint8_t* const from1 = at_index(candidate1 > low ? candidate1 : low);
            const unsigned is0 = (load32(from0) == static_cast<std::uint32_t>(word0) ? 1u : 0u) &
                                 (candidate0 >= low ? 1u : 0u);
            const unsigned is1 = (load32(from1) == static_cast<std::uint32_t>(word1) ? 1u : 0u) &
                                 (candidate1 >= low ? 1u : 0u);
            if ((is0 | is1) != 0) {
                distance = is0 != 0 ? index - candidate0 : index + 1 - candidate1;
                at += is0 ^ 1;
                break;
            }
            at += step;
            if (at >= pause) [[unlikely]] {
                if (at >= step_up) {
                    ++step;
                    step_up += kStepEvery;
                }
                if (search_end - at <= step) goto done;
                pause = step_up < search_end - step ? step_up : search_end - step;
            }
            word0 = load64(at);
        }
        const std::uint8_t* inside = at;  // to be indexed besides the positions searched
        std::size_t length = 4 + count_equal(at + 4, at + 4 - distance, end);
        std::uint32_t value = 1;
        const std::ptrdiff_t back = -static_cast<std::ptrdiff_t>(distance);
        if (repeated) {
            // A literal has to stay: without one, the value 1 would mean another distance.
            if (at - 1 > anchor && at + back > low_at && at[-1] == at[back - 1]) {
                --at;
                ++length;
            }
        } else {
            inside += 2;
            rep2 = rep1;
            rep1 = rep0;
            rep0 = distance;
            value = distance + 3;
            while (at > anchor && at + back > low_at && at[-1] == at[back - 1]) {
                --at;
                ++length;
            }
        }
        add_sequence(store, anchor, static_cast<std::size_t>(at - anchor), length, value, end);
        at += length;
        anchor = at;
        if (at > search_end) break;
        table[hash_of<kBytes>(load64(inside), log)] = index_of(inside);
        table[hash_of<kBytes>(load64(at - 2), log)] = index_of(at - 2);
        at = take_second<kBytes>(table, log, base, store, at, end, rep0, rep1);
        anchor = at;
    }
done:
    add_last_literals(store, block, anchor, end);
    repeats = {{rep0, rep1, rep2}};
}

}  // namespace holt::zstd::HOLT_ZSTD_ISA
