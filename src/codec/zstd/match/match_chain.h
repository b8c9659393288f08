// Candidates for the greedy and lazy parsers on small inputs: hash chains, newest entry first.
//
// `hash` has the newest position of each hash, and `chain`, by position, the one before it. In
// windows that lie in the nearest caches, following a chain of a few costs less than what rows take
// to keep up: two stores for each position against the head, tag and slot of a row. The chain is as
// long as the window at least, so that an entry that may be referred to is always one that this
// frame wrote. Every position of the input is chained, in order. Compiled once for each instruction
// set inside the namespace HOLT_ZSTD_ISA; see compress_kernels.h.
#pragma once

#include "codec/zstd/match/match_common.h"

namespace holt::zstd::HOLT_ZSTD_ISA {

/// Chains positions one after the other. Not inlined: in a parser there are no registers left.
template <unsigned kBytes>
[[gnu::noinline]] static void insert_chained(std::uint32_t* heads, std::uint32_t* chain,
                                             const std::uint8_t* at, std::uint32_t index,
                                             std::uint32_t end, unsigned log,
                                             std::uint32_t mask) noexcept {
    for (; index < end; ++index, ++at) {
        std::uint32_t* const head = heads + hash_of<kBytes>(load64(at), log);
        chain[index & mask] = *head;
        *head = index;
    }
}

template <unsigned kBytes>
class ChainFinder {
  public:
    HOLT_ZSTD_INLINE ChainFinder(MatchState& state, const std::uint8_t*,
                                 const std::uint8_t* end) noexcept
        : state_(state),
          base_(state.base),
          heads_(state.hash),
          chain_(state.chain),
          log_(state.params.hash_log),
          mask_((1u << state.params.chain_log) - 1),
          low_(state.lowest_match(state.index_of(end))),
          attempts_(1u << state.params.search_log),
          end_(end),
          next_(state.next_to_index),
          hashable_(state.index_of(end - kHashRead) + 1) {}
    HOLT_ZSTD_INLINE void finish() noexcept { state_.next_to_index = next_; }
    /// Indexes everything that can be hashed.
    HOLT_ZSTD_INLINE void index_all() noexcept { index_before(hashable_); }

    /// The longest match at `at` longer than `least` (3 at least), or a length of `least`.
    HOLT_ZSTD_INLINE FoundMatch best(const std::uint8_t* at, std::size_t least) noexcept {
        const std::uint32_t index = index_of(at);
        if (next_ < index) index_before(index);
        return best_alone(at, least);
    }
    /// The same, leaving everything before `at` that is not indexed yet out of the index. Nothing
    /// is ever chained twice: a chain would lead back to where it came from.
    HOLT_ZSTD_INLINE FoundMatch best_alone(const std::uint8_t* at, std::size_t least) noexcept {
        const std::uint32_t index = index_of(at);
        std::uint32_t* const head = heads_ + hash_of<kBytes>(load64(at), log_);
        std::uint32_t candidate = *head;
        chain_[index & mask_] = candidate;
        *head = index;
        next_ = index + 1;
        FoundMatch match{least, 0};
        for (std::uint32_t left = attempts_; candidate >= low_;
             candidate = chain_[candidate & mask_]) {
            const std::uint8_t* const from =
                reinterpret_cast<const std::uint8_t*>(base_ + candidate);
            if (load32(from + match.length - 3) == load32(at + match.length - 3)) {
                const std::size_t length = count_equal(at, from, end_);
                if (length > match.length) {
                    match = {length, index - candidate};
                    if (at + length == end_) break;  // nothing can be longer, nor be compared
                }
            }
            if (--left == 0) break;
        }
        return match;
    }
    /// The next position from `at` whose hash ends in zeros, or `end`.
    HOLT_ZSTD_INLINE const std::uint8_t* next_sample(const std::uint8_t* at,
                                                     const std::uint8_t* end,
                                                     std::uint32_t mask) const noexcept {
        // Of 32 bits of hash, the heads use the upper ones.
        while (at < end && (hash_of<kBytes>(load64(at), 32) & mask) != 0) ++at;
        return at;
    }
    /// Goes on at `at`, leaving everything before it out of the index.
    HOLT_ZSTD_INLINE void jump_to(const std::uint8_t* at) noexcept { next_ = index_of(at); }

  private:
    HOLT_ZSTD_INLINE std::uint32_t index_of(const std::uint8_t* p) const noexcept {
        return static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(p) - base_);
    }
    /// Chains every position from next_ up to `index`, which is left to the caller.
    HOLT_ZSTD_INLINE void index_before(std::uint32_t index) noexcept {
        insert_chained<kBytes>(heads_, chain_, state_.at(next_), next_, index, log_, mask_);
        next_ = index;
    }

    MatchState& state_;
    const std::uintptr_t base_;
    std::uint32_t* const heads_;
    std::uint32_t* const chain_;
    const unsigned log_;
    const std::uint32_t mask_;
    const std::uint32_t low_;
    const std::uint32_t attempts_;
    const std::uint8_t* const end_;
    std::uint32_t next_;            // first position not chained yet
    const std::uint32_t hashable_;  // first index too close to the end to be hashed
};

/// Indexes the history before the first block.
template <unsigned kBytes>
static void index_chained(MatchState& state, const std::uint8_t* from,
                          const std::uint8_t* end) noexcept {
    if (end - from < static_cast<std::ptrdiff_t>(kHashRead)) return;
    state.next_to_index = state.index_of(from);
    ChainFinder<kBytes> chains(state, from, end);
    chains.index_all();
    chains.finish();
}

}  // namespace holt::zstd::HOLT_ZSTD_ISA
