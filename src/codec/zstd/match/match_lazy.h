// Match finders "greedy", "lazy" and "lazy2": the best match at a position is taken at
// once, or only when none of the next one or two positions offers a better one.
//
// Matches are weighed in bits: a byte that is matched saves about kByteGain, an offset costs about
// its logarithm, and a match that begins later has to be better by what the literals before it
// cost. Compiled once for each instruction set inside the namespace HOLT_ZSTD_ISA; see
// compress_kernels.h.
#pragma once

#include "codec/zstd/match/match_chain.h"
#include "codec/zstd/match/match_row.h"

namespace holt::zstd::HOLT_ZSTD_ISA {

/// What a match is worth, in bits. `value` is its offset value: 1 for the last distance.
HOLT_ZSTD_INLINE std::int32_t match_gain(std::size_t length, std::uint32_t value,
                                         std::int32_t byte_gain) noexcept {
    return static_cast<std::int32_t>(length) * byte_gain -
           static_cast<std::int32_t>(high_bit(value));
}

/// Notices stretches where next to nothing matches, such as weights, media and random bytes. There,
/// only sampled positions are searched and indexed: those whose hash ends in zeros, so that a copy
/// of the same bytes is sampled at the same places and is found all the same. The more such
/// stretches follow each other, the fewer positions: one of 16 to one of 128. On bf16 weights that
/// is several times the speed for less than 0.5% of size.
class Barren {
  public:
    HOLT_ZSTD_INLINE Barren(const std::uint8_t* at, std::uint32_t& stretches) noexcept
        : judge_at_(at + kStretch), stretches_(stretches) {}
    HOLT_ZSTD_INLINE void add_match(std::size_t length) noexcept { matched_ += length; }
    /// Whether the stretch before `at`, where no match was found, was barren.
    HOLT_ZSTD_INLINE bool here(const std::uint8_t* at) noexcept {
        if (at >= judge_at_) {
            stretches_ = matched_ >= kFertile ? 0 : stretches_ < kMost ? stretches_ + 1 : kMost;
            judge_at_ = at + kStretch;
            matched_ = 0;
        }
        return stretches_ > 0;
    }
    /// Which low bits of a sampled hash are zero.
    HOLT_ZSTD_INLINE std::uint32_t sample_mask() const noexcept {
        return (8u << ((stretches_ + 1) / 2)) - 1;
    }

  private:
    static constexpr std::ptrdiff_t kStretch = 2048;
    static constexpr std::size_t kFertile = 64;  // matched bytes of a stretch
    static constexpr std::uint32_t kMost = 8;
    const std::uint8_t* judge_at_;
    std::size_t matched_ = 0;
    std::uint32_t& stretches_;
};

template <unsigned kDepth, class Finder>
static void find_lazy(MatchState& state, SequenceStore& store, RecentOffsets& repeats,
                      const std::uint8_t* block, std::size_t size) noexcept {
    const std::uint8_t* const end = block + size;
    const std::uint8_t* anchor = block;  // literals from here on are not yet in a sequence
    if (size < kHashRead + 4) {
        add_literals(store, anchor, size, end);
        return;
    }
    constexpr unsigned kSkipLog = kDepth == 0 ? 5 : 6;
    constexpr std::int32_t kNextAhead = 4;  // a match one byte further on must be better by this
    constexpr std::int32_t kSecondAhead = 7;
    const std::uint8_t* const search_end = end - kHashRead;
    const std::uint8_t* const low_at = state.at(state.lowest_match(state.index_of(end)));
    Finder candidates(state, block, end);
    std::uint32_t rep0 = repeats.distance[0];
    std::uint32_t rep1 = repeats.distance[1];
    std::uint32_t rep2 = repeats.distance[2];

    const std::uint8_t* at = block + (block == state.at(state.low) ? 1 : 0);
    Barren barren(at, state.barren);
    bool sampling = false;
    while (at < search_end) {
        const std::uint8_t* start = at;
        std::size_t length = 3;
        std::uint32_t value = 1;
        if (load32(at + 1) == load32(at + 1 - rep0)) {
            length = 4 + count_equal(at + 5, at + 5 - rep0, end);
            start = at + 1;
        }
        if (kDepth > 0 || start == at) {
            const auto match =
                sampling ? candidates.best_alone(at, length) : candidates.best(at, length);
            if (match.length > length) {
                length = match.length;
                value = match.distance + 3;
                start = at;
            }
        }
        if (sampling && (length >= 4 || !barren.here(at))) {
            sampling = false;
            candidates.jump_to(at + 1);
        }
        if (length < 4) {
            if (barren.here(at)) {
                at = candidates.next_sample(at + 1, search_end, barren.sample_mask());
                sampling = true;
            } else {
                at += (static_cast<std::size_t>(at - anchor) >> kSkipLog) + 1;
            }
            continue;
        }
        if constexpr (kDepth > 0) {
            const std::uint8_t* next = at;
            while (next < search_end) {
                bool better = false;
                for (unsigned ahead = 1; ahead <= kDepth && next < search_end; ++ahead) {
                    ++next;
                    if (value != 1 && load32(next) == load32(next - rep0)) {
                        const std::size_t again = 4 + count_equal(next + 4, next + 4 - rep0, end);
                        const std::int32_t byte_gain = ahead == 1 ? 3 : 4;
                        if (match_gain(again, 1, byte_gain) >
                            match_gain(length, value, byte_gain) + 1) {
                            length = again;
                            value = 1;
                            start = next;
                        }
                    }
                    const auto match = candidates.best(next, 3);
                    if (match.length >= 4 && match_gain(match.length, match.distance + 3, 4) >
                                                 match_gain(length, value, 4) +
                                                     (ahead == 1 ? kNextAhead : kSecondAhead)) {
                        length = match.length;
                        value = match.distance + 3;
                        start = next;
                        better = true;
                        break;
                    }
                }
                if (!better) break;
            }
        }
        if (value != 1) {
            const std::uint32_t distance = value - 3;
            while (start > anchor && start - distance > low_at &&
                   start[-1] == start[-1 - static_cast<std::ptrdiff_t>(distance)]) {
                --start;
                ++length;
            }
            rep2 = rep1;
            rep1 = rep0;
            rep0 = distance;
        }
        add_sequence(store, anchor, static_cast<std::size_t>(start - anchor), length, value, end);
        at = anchor = start + length;
        barren.add_match(length);
        while (at <= search_end && load32(at) == load32(at - rep1)) {
            // Without literals the value 1 means the second distance (RFC 8878 3.1.1.5).
            const std::size_t again = 4 + count_equal(at + 4, at + 4 - rep1, end);
            const std::uint32_t swapped = rep1;
            rep1 = rep0;
            rep0 = swapped;
            add_sequence(store, anchor, 0, again, 1, end);
            at += again;
            anchor = at;
        }
    }
    candidates.finish();
    add_last_literals(store, block, anchor, end);
    repeats = {{rep0, rep1, rep2}};
}

template <unsigned kDepth, unsigned kBytes>
static FindMatches lazy_finder_of(unsigned row_log) noexcept {
    return row_log <= 4   ? find_lazy<kDepth, RowFinder<kBytes, 4>>
           : row_log == 5 ? find_lazy<kDepth, RowFinder<kBytes, 5>>
                          : find_lazy<kDepth, RowFinder<kBytes, 6>>;
}

template <unsigned kDepth>
static FindMatches lazy_finder(const MatchParams& params) noexcept {
    if (has_chains(params)) return find_lazy<kDepth, ChainFinder<4>>;
    return params.min_match <= 4 ? lazy_finder_of<kDepth, 4>(params.search_log)
                                 : lazy_finder_of<kDepth, 5>(params.search_log);
}

}  // namespace holt::zstd::HOLT_ZSTD_ISA
