// Match finder "double fast" for inputs up to 1 MiB, whose tables lie in the nearer caches.
//
// The algorithm is that of match_double_fast.h and finds nearly the same. What differs is what is
// guessed: whether the long or the short candidate matches is computed, as in match_fast_near.h,
// and only whether one does is left to a branch. It is 15 to 40% faster up to 256 KiB, 6% on 1 MiB,
// and slower where tables and history have outgrown the second cache. Compiled once for each
// instruction set inside the namespace HOLT_ZSTD_ISA; see compress_kernels.h.
#pragma once

#include "codec/zstd/match_common.h"

namespace holt::zstd::HOLT_ZSTD_ISA {

/// After a match whose search began at `searched` and which ends at `at`: indexes positions of both
/// ends, and takes the matches of the second distance that follow without literals; the value 1
/// then means that distance (RFC 8878 3.1.1.5). Returns where they end.
template <unsigned kBytes>
HOLT_ZSTD_INLINE const std::uint8_t* after_double_fast(MatchState& state, SequenceStore& store,
                                                       const std::uint8_t* searched,
                                                       const std::uint8_t* at,
                                                       const std::uint8_t* end, std::uint32_t& rep0,
                                                       std::uint32_t& rep1) noexcept {
    std::uint32_t* const longs = state.hash;
    std::uint32_t* const shorts = state.chain;
    const unsigned long_log = state.params.hash_log;
    const unsigned short_log = state.params.chain_log;
    const std::uint8_t* const inside = searched + 2;
    const std::uint64_t inside_word = load64(inside);
    longs[hash_of<8>(inside_word, long_log)] = state.index_of(inside);
    shorts[hash_of<kBytes>(inside_word, short_log)] = state.index_of(inside);
    longs[hash_of<8>(load64(at - 2), long_log)] = state.index_of(at - 2);
    shorts[hash_of<kBytes>(load64(at - 1), short_log)] = state.index_of(at - 1);
    while (at <= end - kHashRead && load32(at) == load32(at - rep1)) {
        const std::size_t length = 4 + count_equal(at + 4, at + 4 - rep1, end);
        const std::uint32_t swapped = rep1;
        rep1 = rep0;
        rep0 = swapped;
        const std::uint64_t word = load64(at);
        longs[hash_of<8>(word, long_log)] = state.index_of(at);
        shorts[hash_of<kBytes>(word, short_log)] = state.index_of(at);
        add_sequence(store, at, 0, length, 1, end);
        at += length;
    }
    return at;
}

template <unsigned kBytes>
static void find_double_fast_near(MatchState& state, SequenceStore& store, RecentOffsets& repeats,
                                  const std::uint8_t* block, std::size_t size) noexcept {
    const std::uint8_t* const end = block + size;
    const std::uint8_t* anchor = block;  // literals from here on are not yet in a sequence
    if (size < kHashRead + 4) {
        add_literals(store, anchor, size, end);
        return;
    }
    const std::uint8_t* const search_end = end - kHashRead;
    const std::uint32_t low = state.lowest_match(state.index_of(end));
    const std::uint8_t* const low_at = state.at(low);
    std::uint32_t* const longs = state.hash;
    std::uint32_t* const shorts = state.chain;
    const unsigned long_log = state.params.hash_log;
    const unsigned short_log = state.params.chain_log;
    constexpr std::uint32_t kStepEvery = 256;
    // A match is at least 4 bytes: a position closer than that is behind its end.
    constexpr std::uint32_t kInsertAheadBelow = 4;
    std::uint32_t rep0 = repeats.distance[0];
    std::uint32_t rep1 = repeats.distance[1];
    std::uint32_t rep2 = repeats.distance[2];

    const std::uint8_t* at = block + (block == low_at ? 1 : 0);
    while (at < search_end) {
        std::uint32_t step = 1;
        const std::uint8_t* step_up = at + kStepEvery;
        std::uint64_t word = load64(at);
        std::uint32_t long_hash = hash_of<8>(word, long_log);
        std::uint32_t candidate = longs[long_hash];
        const std::uint8_t* from;
        std::size_t length;
        std::uint32_t value;
        for (;;) {
            const std::uint32_t index = state.index_of(at);
            const std::uint8_t* const ahead = at + step;
            const std::uint32_t short_hash = hash_of<kBytes>(word, short_log);
            const std::uint32_t short_candidate = shorts[short_hash];
            longs[long_hash] = index;
            shorts[short_hash] = index;

            if (load32(at + 1 - rep0) == static_cast<std::uint32_t>(word >> 8)) {
                ++at;
                from = at - rep0;
                length = 4 + count_equal(at + 4, from + 4, end);
                value = 1;
                break;
            }
            const std::uint64_t ahead_word = ahead < search_end ? load64(ahead) : 0;
            const std::uint32_t ahead_hash = hash_of<8>(ahead_word, long_log);
            const std::uint32_t ahead_candidate = longs[ahead_hash];
            // Loads from what lies before the window are led to its beginning.
            const std::uint8_t* const far_from = state.at(candidate > low ? candidate : low);
            const std::uint8_t* const short_from =
                state.at(short_candidate > low ? short_candidate : low);
            const unsigned is_long =
                (load64(far_from) == word ? 1u : 0u) & (candidate >= low ? 1u : 0u);
            const unsigned is_short =
                (load32(short_from) == static_cast<std::uint32_t>(word) ? 1u : 0u) &
                (short_candidate >= low ? 1u : 0u);
            if ((is_long | is_short) != 0) {
                from = is_long != 0 ? far_from : short_from;
                length = 4 + count_equal(at + 4, from + 4, end);
                value = 0;
                if (step < kInsertAheadBelow) longs[ahead_hash] = state.index_of(ahead);
                const std::uint8_t* const ahead_from =
                    state.at(ahead_candidate > low ? ahead_candidate : low);
                const unsigned is_ahead = (load64(ahead_from) == ahead_word ? 1u : 0u) &
                                          (ahead_candidate >= low ? 1u : 0u) & (is_long ^ 1) &
                                          (ahead < search_end ? 1u : 0u);
                if (is_ahead != 0) {
                    const std::size_t longer = 8 + count_equal(ahead + 8, ahead_from + 8, end);
                    if (longer > length) {
                        at = ahead;
                        from = ahead_from;
                        length = longer;
                    }
                }
                break;
            }
            candidate = ahead_candidate;
            if (ahead >= step_up) {
                ++step;
                step_up += kStepEvery;
            }
            at = ahead;
            if (at >= search_end) goto done;
            word = ahead_word;
            long_hash = ahead_hash;
        }
        {
            const std::uint8_t* const searched = value == 1 ? at - 1 : at;
            if (value == 0) {
                rep2 = rep1;
                rep1 = rep0;
                rep0 = static_cast<std::uint32_t>(at - from);
                value = rep0 + 3;
                while (at > anchor && from > low_at && at[-1] == from[-1]) {
                    --at;
                    --from;
                    ++length;
                }
            }
            add_sequence(store, anchor, static_cast<std::size_t>(at - anchor), length, value, end);
            at += length;
            anchor = at;
            if (at > search_end) break;
            at = after_double_fast<kBytes>(state, store, searched, at, end, rep0, rep1);
            anchor = at;
        }
    }
done:
    add_last_literals(store, block, anchor, end);
    repeats = {{rep0, rep1, rep2}};
}

}  // namespace holt::zstd::HOLT_ZSTD_ISA
