// Match finder "optimal": the cheapest way through the next positions, by dynamic programming over
// estimated prices.
//
// From each position that a cheapest way reaches, a literal and every length of every match lead
// on. A segment ends where no way leads further, after kOptimalSpan positions, or at a match so
// long that it is taken without more thought; then the way is traced back and written. Compiled
// once for each instruction set inside the namespace HOLT_ZSTD_ISA; see compress_kernels.h.
#pragma once

#include "codec/zstd/match/match_optimal_prices.h"
#include "codec/zstd/match/match_row.h"
#include "codec/zstd/match/match_tree.h"

namespace holt::zstd::HOLT_ZSTD_ISA {

/// The distances after a match of offset value `value` (RFC 8878 3.1.1.5). Without literals before
/// it, values 1 to 3 mean the second, the third, and the first distance less one.
HOLT_ZSTD_INLINE void use_offset(std::uint32_t* repeats, std::uint32_t value,
                                 bool no_literals) noexcept {
    if (value > 3) {
        repeats[2] = repeats[1];
        repeats[1] = repeats[0];
        repeats[0] = value - 3;
        return;
    }
    const std::uint32_t which = value - 1 + (no_literals ? 1 : 0);
    if (which == 0) return;
    const std::uint32_t distance = which == 3 ? repeats[0] - 1 : repeats[which];
    if (which != 1) repeats[2] = repeats[1];
    repeats[1] = repeats[0];
    repeats[0] = distance;
}

enum class Effort : std::uint8_t {
    quick,     // leaves out positions that look no better than their neighbour
    thorough,  // searches at every position
    twice,     // and parses the first block two times, to know its prices
};

template <Effort kEffort, unsigned kLeast, class Finder>
class OptimalParser {
  public:
    OptimalParser(MatchState& state, SequenceStore& store, const std::uint8_t* block,
                  std::size_t size) noexcept
        : state_(state),
          store_(store),
          prices_(state.optimal->prices),
          nodes_(state.optimal->nodes),
          found_(state.optimal->found),
          block_(block),
          end_(block + size),
          search_end_(end_ - kHashRead),
          enough_(state.params.target_length < kOptimalSpan - 1 ? state.params.target_length
                                                                : kOptimalSpan - 1),
          candidates_(state, block, end_) {}

    void run(RecentOffsets& repeats) noexcept {
        const std::uint8_t* at = block_ + (block_ == state_.at(state_.low) ? 1 : 0);
        anchor_ = block_;
        prices_.begin_block(block_, static_cast<std::size_t>(end_ - block_));
        const std::uint8_t* refresh_at = at + kRefreshEvery;
        while (at < search_end_) {
            const std::uint32_t literals = static_cast<std::uint32_t>(at - anchor_);
            const unsigned count = collect(at, repeats.distance, literals == 0);
            if (count == 0) {
                ++at;
                continue;
            }
            at = segment(at, literals, count, repeats);
            if (at >= refresh_at) {
                prices_.refresh();
                refresh_at = at + kRefreshEvery;
            }
        }
        candidates_.finish();
        add_literals(store_, anchor_, static_cast<std::size_t>(end_ - anchor_), end_);
        prices_.count_literals(anchor_, static_cast<std::uint32_t>(end_ - anchor_));
    }

  private:
    static constexpr std::uint32_t kUnreached = 1u << 30;
    static constexpr std::uint32_t kHalfBit = 128;
    static constexpr std::uint32_t kRefreshEvery = 1024;
    using Found = OptimalState::Found;

    /// All matches at `at` by ascending length: repeats first, then what the finder knows.
    unsigned collect(const std::uint8_t* at, const std::uint32_t* repeats,
                     bool no_literals) noexcept {
        const std::uint32_t index = state_.index_of(at);
        const std::uint32_t reach = index - candidates_.low();
        std::uint32_t least = kLeast - 1;
        unsigned count = 0;
        const std::uint32_t here = load32(at);
        for (std::uint32_t value = 1; value <= 3; ++value) {
            const std::uint32_t which = value - 1 + (no_literals ? 1 : 0);
            const std::uint32_t distance = which == 3 ? repeats[0] - 1 : repeats[which];
            if (distance - 1 >= reach) continue;
            const std::uint32_t difference = here ^ load32(at - distance);
            if ((kLeast == 3 ? difference << 8 : difference) != 0) continue;
            const std::uint32_t length = static_cast<std::uint32_t>(
                kLeast + count_equal(at + kLeast, at + kLeast - distance, end_));
            if (length <= least) continue;
            least = length;
            found_[count++] = {length, value};
            // Long enough to be taken: what the finder knows cannot be cheaper.
            if (length > enough_ || at + length == end_) return count;
        }
        if (!candidates_.index_until(at)) return count;
        return count + candidates_.matches(at, least, found_ + count);
    }

    /// Parses a segment from `at`, where `count` matches were found, and writes its sequences.
    /// Returns where to go on.
    const std::uint8_t* segment(const std::uint8_t* at, std::uint32_t literals, unsigned count,
                                RecentOffsets& repeats) noexcept {
        OptimalNode& first = nodes_[0];
        first.price = prices_.literal_length(literals);
        first.length = 0;
        first.literals = literals;
        for (unsigned i = 0; i < 3; ++i) first.repeats[i] = repeats.distance[i];
        std::uint32_t last = 0;
        Found leap{0, 0};  // a match taken without comparing, from position `last`
        if (found_[count - 1].length > enough_) {
            leap = found_[count - 1];
        } else {
            for (std::uint32_t i = 1; i < kLeast; ++i) nodes_[i].price = kUnreached;
            last = kLeast - 1;
            relax(0, count, last);
            for (std::uint32_t here = 1; here <= last; ++here) {
                step_literal(at, here);
                const OptimalNode& node = nodes_[here];
                if (here == last || at + here >= search_end_) continue;
                if (kEffort == Effort::quick && nodes_[here + 1].price <= node.price + kHalfBit) {
                    continue;
                }
                const unsigned more = collect(at + here, node.repeats, node.literals == 0);
                if (more == 0) continue;
                if (found_[more - 1].length > enough_ ||
                    here + found_[more - 1].length >= kOptimalSpan) {
                    leap = found_[more - 1];
                    last = here;
                    break;
                }
                relax(here, more, last);
            }
        }
        return write(at, last, leap, repeats);
    }

    /// A literal leads from here - 1 to `here`, when that is the cheapest way there.
    HOLT_ZSTD_INLINE void step_literal(const std::uint8_t* at, std::uint32_t here) noexcept {
        const OptimalNode& before = nodes_[here - 1];
        const std::uint32_t run = before.literals + 1;
        const std::uint32_t price = before.price + prices_.literal(at[here - 1]) +
                                    prices_.literal_length(run) - prices_.literal_length(run - 1);
        if (price > nodes_[here].price) return;
        nodes_[here] = before;
        nodes_[here].price = price;
        nodes_[here].length = 0;
        nodes_[here].literals = run;
    }

    /// The matches found at `here` lead on to the positions up to their ends.
    HOLT_ZSTD_INLINE void relax(std::uint32_t here, unsigned count, std::uint32_t& last) noexcept {
        const OptimalNode& from = nodes_[here];
        const std::uint32_t base = from.price + prices_.literal_length(0);
        const bool no_literals = from.literals == 0;
        std::uint32_t length = kLeast;
        for (unsigned i = 0; i < count; ++i) {
            const Found match = found_[i];
            const std::uint32_t offset_price = base + prices_.offset(match.value);
            std::uint32_t after[3] = {from.repeats[0], from.repeats[1], from.repeats[2]};
            use_offset(after, match.value, no_literals);
            for (; length <= match.length; ++length) {
                const std::uint32_t to = here + length;
                while (last < to) nodes_[++last].price = kUnreached;
                const std::uint32_t price = offset_price + prices_.match_length(length);
                OptimalNode& node = nodes_[to];
                if (price >= node.price) continue;
                node.price = price;
                node.value = match.value;
                node.length = length;
                node.literals = 0;
                for (unsigned r = 0; r < 3; ++r) node.repeats[r] = after[r];
            }
        }
    }

    /// Writes the cheapest way to `last` and the leap behind it. Literals at the end stay for the
    /// next sequence.
    const std::uint8_t* write(const std::uint8_t* at, std::uint32_t last, Found leap,
                              RecentOffsets& repeats) noexcept {
        // The way is chained backwards: reverse it by storing in each node where the next match
        // ends. The price is not needed any more and holds that.
        const std::uint32_t trailing = nodes_[last].literals;
        std::uint32_t end_of_match = last > trailing ? last - trailing : 0;
        std::uint32_t following = 0;
        while (end_of_match > 0) {
            OptimalNode& node = nodes_[end_of_match];
            node.price = following;
            following = end_of_match;
            const std::uint32_t start = end_of_match - node.length;
            const std::uint32_t literals = nodes_[start].literals;
            end_of_match = start > literals ? start - literals : 0;
        }
        for (; following != 0; following = nodes_[following].price) {
            const OptimalNode& node = nodes_[following];
            emit(at + following - node.length, node.length, node.value, repeats);
        }
        if (leap.length > 0) {
            emit(at + last, leap.length, leap.value, repeats);
            return anchor_;
        }
        return at + last;
    }

    HOLT_ZSTD_INLINE void emit(const std::uint8_t* start, std::uint32_t length, std::uint32_t value,
                               RecentOffsets& repeats) noexcept {
        const std::uint32_t literals = static_cast<std::uint32_t>(start - anchor_);
        prices_.count_sequence(anchor_, literals, length, value);
        use_offset(repeats.distance, value, literals == 0);
        add_sequence(store_, anchor_, literals, length, value, end_);
        anchor_ = start + length;
    }

    MatchState& state_;
    SequenceStore& store_;
    Prices prices_;
    OptimalNode* const nodes_;
    Found* const found_;
    const std::uint8_t* const block_;
    const std::uint8_t* const end_;
    const std::uint8_t* const search_end_;
    const std::uint8_t* anchor_ = nullptr;
    const std::uint32_t enough_;
    Finder candidates_;
};

template <Effort kEffort, unsigned kLeast, class Finder>
static void find_optimal(MatchState& state, SequenceStore& store, RecentOffsets& repeats,
                         const std::uint8_t* block, std::size_t size) noexcept {
    if (size < kHashRead + 4) {
        add_literals(store, block, size, block + size);
        return;
    }
    if (kEffort == Effort::twice && !state.optimal->prices.primed && block == state.at(state.low)) {
        const RecentOffsets before = repeats;
        OptimalParser<kEffort, kLeast, Finder>(state, store, block, size).run(repeats);
        repeats = before;
        store.count = 0;
        store.literal_count = 0;
        // The same bytes get new indices, which makes what was just indexed too old to be found.
        state.base -= size;
        state.low += static_cast<std::uint32_t>(size);
        state.next_to_index = state.low;
    }
    OptimalParser<kEffort, kLeast, Finder>(state, store, block, size).run(repeats);
}

template <Effort kEffort>
static FindMatches optimal_finder(const MatchParams& params) noexcept {
    switch (params.min_match) {
        case 3:
            return find_optimal<kEffort, 3, TreeFinder<3>>;
        case 4:
            return find_optimal<kEffort, 4, TreeFinder<4>>;
        default:
            return find_optimal<kEffort, 4, TreeFinder<5>>;
    }
}

static FindMatches row_optimal_finder(const MatchParams& params) noexcept {
    return params.search_log <= 4   ? find_optimal<Effort::quick, 4, RowFinder<4, 4>>
           : params.search_log == 5 ? find_optimal<Effort::quick, 4, RowFinder<4, 5>>
                                    : find_optimal<Effort::quick, 4, RowFinder<4, 6>>;
}

}  // namespace holt::zstd::HOLT_ZSTD_ISA
