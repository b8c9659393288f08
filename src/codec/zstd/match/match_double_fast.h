// Match finder "double fast": one table for 8 bytes, one for a few, one candidate in each.
//
// A long match is taken at once. For a short one, the long table is asked one byte further on,
// where a better match often begins. The last distance is tried one byte ahead before either. Steps
// widen as in match_fast.h, more slowly. How candidates are compared depends on the size of the
// input: see match_double_fast_choose.h. Compiled once for each instruction set inside the
// namespace HOLT_ZSTD_ISA; see compress_kernels.h.
#pragma once

#include "codec/zstd/match/match_double_fast_choose.h"

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

template <unsigned kBytes, class Candidates>
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
        std::uint32_t* long_slot = longs + hash_of<8>(word, long_log);
        std::uint32_t candidate = *long_slot;
        const std::uint8_t* from;
        std::size_t length;
        std::uint32_t value;
        for (;;) {
            const std::uint32_t index = state.index_of(at);
            const std::uint8_t* const ahead = at + step;
            const std::uint32_t short_hash = hash_of<kBytes>(word, short_log);
            const std::uint32_t short_candidate = shorts[short_hash];
            *long_slot = index;
            shorts[short_hash] = index;

            if (load32(at + 1 - rep0) == static_cast<std::uint32_t>(word >> 8)) {
                ++at;
                from = at - rep0;
                length = 4 + count_equal(at + 4, from + 4, end);
                value = 1;
                break;
            }
            const std::uint64_t ahead_word = ahead < search_end ? load64(ahead) : 0;
            std::uint32_t* const ahead_slot = longs + hash_of<8>(ahead_word, long_log);
            const std::uint32_t ahead_candidate = *ahead_slot;
            const DoubleFastMatch match =
                Candidates::choose(state, low,
                                   {at, ahead, word, ahead_word, candidate, short_candidate,
                                    ahead_candidate, search_end, end});
            if (match.length != 0) {
                if (step < kInsertAheadBelow) *ahead_slot = state.index_of(ahead);
                at = match.at;
                from = match.from;
                length = match.length;
                value = 0;
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
            long_slot = ahead_slot;
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

static RestoreIndex double_fast_restorer(unsigned min_match) noexcept {
    return for_min_match(
        min_match, [](auto bytes) -> RestoreIndex { return restore_double_fast<bytes.value>; });
}

static IndexHistory double_fast_indexer(unsigned min_match) noexcept {
    return for_min_match(min_match,
                         [](auto bytes) -> IndexHistory { return index_double_fast<bytes.value>; });
}

static FindMatches double_fast_finder(const MatchParams& params) noexcept {
    const bool is_near = params.window_log <= kNearWindowLogDoubleFast;
    return for_min_match(params.min_match, [is_near](auto bytes) -> FindMatches {
        return is_near ? find_double_fast<bytes.value, DoubleFastCompute>
                       : find_double_fast<bytes.value, DoubleFastGuess>;
    });
}

}  // namespace holt::zstd::HOLT_ZSTD_ISA
