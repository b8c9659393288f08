// Candidates for the top levels: a binary tree of positions under each hash, sorted by the bytes
// that follow them.
//
// A search from the root passes the longest matches at ever greater distance or length, and makes
// the new position the root on its way: what it passes is split into the subtrees of smaller and
// larger strings. A node is two indices in `chain`, found by the low bits of its position; nodes
// that were overwritten are recognised by their age. Every position is indexed, except inside runs
// that repeat themselves, where each search would compare the whole run.
// Compiled once for each instruction set inside the namespace HOLT_ZSTD_ISA; see
// compress_kernels.h.
#pragma once

#include "codec/zstd/match/match_common.h"
#include "codec/zstd/match/match_prices.h"

namespace holt::zstd::HOLT_ZSTD_ISA {

template <unsigned kBytes>
class TreeFinder {
  public:
    HOLT_ZSTD_INLINE TreeFinder(MatchState& state, const std::uint8_t* block,
                                const std::uint8_t* end) noexcept
        : state_(state),
          nodes_(state.chain),
          node_mask_((1u << (state.params.chain_log - 1)) - 1),
          log_(state.params.hash_log),
          low_(state.lowest_match(state.index_of(end))),
          compares_(1u << state.params.search_log),
          end_(end),
          next_(state.next_to_index) {
        const std::uint32_t index = state.index_of(block);
        if (index - next_ > kLongGap) next_ = index - kLongGap;
    }
    HOLT_ZSTD_INLINE void finish() noexcept { state_.next_to_index = next_; }
    HOLT_ZSTD_INLINE std::uint32_t low() const noexcept { return low_; }

    /// Indexes all positions before `at`. False when `at` lies inside a run that is skipped.
    HOLT_ZSTD_INLINE bool index_until(const std::uint8_t* at) noexcept {
        const std::uint32_t index = state_.index_of(at);
        while (next_ < index) insert(next_);
        return next_ == index;
    }
    /// Indexes `at` and writes its matches, each longer than the one before and than `least`.
    /// Returns their number. Everything before `at` is indexed.
    HOLT_ZSTD_INLINE unsigned matches(const std::uint8_t* at, std::size_t least,
                                      OptimalState::Found* found) noexcept {
        unsigned count = 0;
        const std::uint32_t index = state_.index_of(at);
        walk(index, [&](std::size_t length, std::uint32_t candidate) {
            if (length <= least) return;
            least = length;
            found[count++] = {static_cast<std::uint32_t>(length), index - candidate + 3};
        });
        return count;
    }

  private:
    static constexpr std::uint32_t kLongGap = 1u << 17;

    HOLT_ZSTD_INLINE void insert(std::uint32_t index) noexcept {
        walk(index, [](std::size_t, std::uint32_t) {});
    }
    /// Makes `index`, which is next_, the root of its tree and shows `visit` what is on the way.
    template <class Visit>
    HOLT_ZSTD_INLINE void walk(std::uint32_t index, Visit visit) noexcept {
        const std::uint8_t* const at = state_.at(index);
        const std::uint32_t hash = hash_of<kBytes>(load64(at), log_);
        std::uint32_t candidate = state_.hash[hash];
        state_.hash[hash] = index;
        const std::uint32_t oldest = index > node_mask_ ? index - node_mask_ : 0;
        const std::uint32_t least = low_ > oldest ? low_ : oldest;
        std::uint32_t* smaller = nodes_ + 2 * (index & node_mask_);
        std::uint32_t* larger = smaller + 1;
        std::size_t smaller_common = 0;  // bytes shared with the nearest smaller and larger string
        std::size_t larger_common = 0;
        std::uint32_t run_end = index + kRunSlack + 1;
        for (unsigned left = compares_; left > 0 && candidate >= least; --left) {
            std::uint32_t* const node = nodes_ + 2 * (candidate & node_mask_);
            const std::uint8_t* const from = state_.at(candidate);
            std::size_t length = smaller_common < larger_common ? smaller_common : larger_common;
            length += count_equal(at + length, from + length, end_);
            visit(length, candidate);
            if (candidate + length > run_end) {
                run_end = candidate + static_cast<std::uint32_t>(length);
            }
            if (at + length == end_) break;  // no byte left that would say which is larger
            if (from[length] < at[length]) {
                *smaller = candidate;
                smaller_common = length;
                smaller = node + 1;
                candidate = *smaller;
            } else {
                *larger = candidate;
                larger_common = length;
                larger = node;
                candidate = *larger;
            }
        }
        *smaller = 0;
        *larger = 0;
        next_ = run_end - kRunSlack;
    }

    static constexpr std::uint32_t kRunSlack = 8;

    MatchState& state_;
    std::uint32_t* const nodes_;
    const std::uint32_t node_mask_;
    const unsigned log_;
    const std::uint32_t low_;
    const unsigned compares_;
    const std::uint8_t* const end_;
    std::uint32_t next_;  // first position not indexed yet
};

/// Indexes the history before the first block.
template <unsigned kBytes>
static void index_tree(MatchState& state, const std::uint8_t* from,
                       const std::uint8_t* end) noexcept {
    if (end - from < static_cast<std::ptrdiff_t>(kHashRead)) return;
    state.next_to_index = state.index_of(from);
    TreeFinder<kBytes> tree(state, from, end);
    tree.index_until(end - kHashRead);
    tree.finish();
}

static IndexHistory tree_indexer(unsigned bytes) noexcept {
    return bytes == 3 ? index_tree<3> : bytes == 4 ? index_tree<4> : index_tree<5>;
}

}  // namespace holt::zstd::HOLT_ZSTD_ISA
