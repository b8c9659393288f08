// Match finder "double fast": one table for 8 bytes, one for a few, one candidate in each.
//
// A long match is taken at once. For a short one, the long table is asked one byte further on,
// where a better match often begins. The last distance is tried one byte ahead before either. Steps
// widen as in match_fast.h, more slowly. Inputs up to 1 MiB have a variant of their own,
// match_double_fast_near.h. Compiled once for each instruction set inside the namespace
// HOLT_ZSTD_ISA; see compress_kernels.h.
#pragma once

#include "codec/zstd/match_double_fast_near.h"

namespace holt::zstd::HOLT_ZSTD_ISA {

template <unsigned kBytes>
static void find_double_fast(MatchState& state, SequenceStore& store, RecentOffsets& repeats,
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
            if (candidate >= low && load64(state.at(candidate)) == word) {
                from = state.at(candidate);
                length = 8 + count_equal(at + 8, from + 8, end);
                value = 0;
                if (step < kInsertAheadBelow) longs[ahead_hash] = state.index_of(ahead);
                break;
            }
            candidate = longs[ahead_hash];
            if (short_candidate >= low &&
                load32(state.at(short_candidate)) == static_cast<std::uint32_t>(word)) {
                from = state.at(short_candidate);
                length = 4 + count_equal(at + 4, from + 4, end);
                value = 0;
                if (step < kInsertAheadBelow) longs[ahead_hash] = state.index_of(ahead);
                if (candidate >= low && load64(state.at(candidate)) == ahead_word &&
                    ahead < search_end) {
                    const std::uint8_t* const far_from = state.at(candidate);
                    const std::size_t far = 8 + count_equal(ahead + 8, far_from + 8, end);
                    if (far > length) {
                        at = ahead;
                        from = far_from;
                        length = far;
                    }
                }
                break;
            }
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

/// Indexes the history before the first block.
template <unsigned kBytes>
static void index_double_fast(MatchState& state, const std::uint8_t* from,
                              const std::uint8_t* end) noexcept {
    for (; end - from >= static_cast<std::ptrdiff_t>(kHashRead); ++from) {
        const std::uint64_t word = load64(from);
        state.hash[hash_of<8>(word, state.params.hash_log)] = state.index_of(from);
        state.chain[hash_of<kBytes>(word, state.params.chain_log)] = state.index_of(from);
    }
}

template <unsigned kBytes>
static void restore_double_fast(MatchState& state, const TablesView& before,
                                const std::uint8_t* from, const std::uint8_t* end) noexcept {
    for (; end - from >= static_cast<std::ptrdiff_t>(kHashRead); ++from) {
        const std::uint64_t word = load64(from);
        const std::uint32_t long_hash = hash_of<8>(word, state.params.hash_log);
        const std::uint32_t short_hash = hash_of<kBytes>(word, state.params.chain_log);
        state.hash[long_hash] = before.hash[long_hash];
        state.chain[short_hash] = before.chain[short_hash];
    }
}

static RestoreIndex double_fast_restorer(unsigned bytes) noexcept {
    switch (bytes) {
        case 4:
            return restore_double_fast<4>;
        case 5:
            return restore_double_fast<5>;
        case 6:
            return restore_double_fast<6>;
        default:
            return restore_double_fast<7>;
    }
}

static IndexHistory double_fast_indexer(unsigned bytes) noexcept {
    switch (bytes) {
        case 4:
            return index_double_fast<4>;
        case 5:
            return index_double_fast<5>;
        case 6:
            return index_double_fast<6>;
        default:
            return index_double_fast<7>;
    }
}

template <unsigned kBytes>
static FindMatches double_fast_finder_of(unsigned window_log) noexcept {
    return window_log <= kNearWindowLogDoubleFast ? find_double_fast_near<kBytes>
                                                  : find_double_fast<kBytes>;
}

static FindMatches double_fast_finder(const MatchParams& params) noexcept {
    switch (params.min_match) {
        case 4:
            return double_fast_finder_of<4>(params.window_log);
        case 5:
            return double_fast_finder_of<5>(params.window_log);
        case 6:
            return double_fast_finder_of<6>(params.window_log);
        default:
            return double_fast_finder_of<7>(params.window_log);
    }
}

}  // namespace holt::zstd::HOLT_ZSTD_ISA
