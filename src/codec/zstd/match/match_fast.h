// Match finder "fast": one hash table with one candidate for each position.
//
// Two neighbouring positions are tried at a time, then `step` bytes are skipped; the step grows by
// one for each 128 bytes without a match, so that incompressible data is passed quickly. The last
// distance is the cheapest to write: it is tried `step` bytes ahead before anything else, which
// gains 1% on text. After a match, the distance before it is tried at once, without literals.
// Small inputs have a variant of their own, match_fast_near.h. Compiled once for each instruction
// set inside the namespace HOLT_ZSTD_ISA; see compress_kernels.h.
#pragma once

#include "codec/zstd/match/match_fast_near.h"

namespace holt::zstd::HOLT_ZSTD_ISA {

template <unsigned kBytes>
static void find_fast(MatchState& state, SequenceStore& store, RecentOffsets& repeats,
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
    std::uint32_t* const table = state.hash;
    const unsigned log = state.params.hash_log;
    const std::uint32_t first_step =
        state.params.target_length > 1 ? state.params.target_length + 1u : 2u;
    constexpr std::uint32_t kStepEvery = 128;
    std::uint32_t rep0 = repeats.distance[0];
    std::uint32_t rep1 = repeats.distance[1];
    std::uint32_t rep2 = repeats.distance[2];

    // Nothing precedes the first byte of a frame.
    const std::uint8_t* at = block + (block == low_at ? 1 : 0);
    std::uint32_t step = first_step;
    const std::uint8_t* step_up = at + kStepEvery;
    while (search_end - at > static_cast<std::ptrdiff_t>(step)) {
        const std::uint32_t index = state.index_of(at);
        const std::uint64_t word0 = load64(at);
        const std::uint64_t word1 = load64(at + 1);
        const std::uint32_t hash0 = hash_of<kBytes>(word0, log);
        const std::uint32_t hash1 = hash_of<kBytes>(word1, log);
        const std::uint32_t candidate0 = table[hash0];
        const std::uint32_t candidate1 = table[hash1];
        table[hash0] = index;
        table[hash1] = index + 1;

        const std::uint8_t* from;
        bool repeated = false;
        if (load32(at + step - rep0) == load32(at + step)) {
            at += step;
            from = at - rep0;
            repeated = true;
        } else if (candidate0 >= low &&
                   load32(state.at(candidate0)) == static_cast<std::uint32_t>(word0)) {
            from = state.at(candidate0);
        } else if (candidate1 >= low &&
                   load32(state.at(candidate1)) == static_cast<std::uint32_t>(word1)) {
            ++at;
            from = state.at(candidate1);
        } else {
            at += step;
            if (at >= step_up) {
                ++step;
                step_up += kStepEvery;
            }
            continue;
        }
        std::size_t length = 4 + count_equal(at + 4, from + 4, end);
        const std::uint8_t* inside = at;  // to be indexed besides the positions searched
        std::uint32_t value = 1;
        if (repeated) {
            // A literal has to stay: without one, the value 1 would mean another distance.
            if (at - 1 > anchor && from > low_at && at[-1] == from[-1]) {
                --at;
                ++length;
            }
        } else {
            inside += 2;
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
        if (at <= search_end) {
            table[hash_of<kBytes>(load64(inside), log)] = state.index_of(inside);
            table[hash_of<kBytes>(load64(at - 2), log)] = state.index_of(at - 2);
            at = take_second<kBytes>(table, log, state.base, store, at, end, rep0, rep1);
            anchor = at;
        }
        step = first_step;
        step_up = at + kStepEvery;
    }
    add_last_literals(store, block, anchor, end);
    repeats = {{rep0, rep1, rep2}};
}

/// Indexes the history before the first block.
template <unsigned kBytes>
static void index_fast(MatchState& state, const std::uint8_t* from,
                       const std::uint8_t* end) noexcept {
    for (; end - from >= static_cast<std::ptrdiff_t>(kHashRead); ++from) {
        state.hash[hash_of<kBytes>(load64(from), state.params.hash_log)] = state.index_of(from);
    }
}

template <unsigned kBytes>
static void restore_fast(MatchState& state, const TablesView& before, const std::uint8_t* from,
                         const std::uint8_t* end) noexcept {
    for (; end - from >= static_cast<std::ptrdiff_t>(kHashRead); ++from) {
        const std::uint32_t hash = hash_of<kBytes>(load64(from), state.params.hash_log);
        state.hash[hash] = before.hash[hash];
    }
}

static RestoreIndex fast_restorer(unsigned min_match) noexcept {
    return for_min_match(min_match,
                         [](auto bytes) -> RestoreIndex { return restore_fast<bytes.value>; });
}

static IndexHistory fast_indexer(unsigned min_match) noexcept {
    return for_min_match(min_match,
                         [](auto bytes) -> IndexHistory { return index_fast<bytes.value>; });
}

static FindMatches fast_finder(const MatchParams& params) noexcept {
    const bool is_near = params.window_log <= kNearWindowLogFast;
    return for_min_match(params.min_match, [is_near](auto bytes) -> FindMatches {
        return is_near ? find_fast_near<bytes.value> : find_fast<bytes.value>;
    });
}

}  // namespace holt::zstd::HOLT_ZSTD_ISA
