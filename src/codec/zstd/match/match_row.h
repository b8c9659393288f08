// Candidates for the greedy and lazy parsers: a hash table of rows, newest entry first.
//
// A row holds 2^kRowLog slots: their indices in `hash`, and for each one byte of the hash in
// `tags`, so that one vector comparison names the slots worth looking at. The tag byte of slot 0 is
// the row's head instead: the slot written last. Slots are written downwards, so that walking up
// from the head visits entries from new to old. Every position of the input goes into its row, in
// order. Compiled once for each instruction set inside the namespace HOLT_ZSTD_ISA; see
// compress_kernels.h.
#pragma once

#include "codec/zstd/match/match_common.h"
#include "codec/zstd/match/match_prices.h"

#if defined(__SSE2__)
#include <immintrin.h>
#endif

namespace holt::zstd::HOLT_ZSTD_ISA {

/// One bit for each of 16 bytes at `tags` that equals `tag`.
HOLT_ZSTD_INLINE std::uint32_t equal_bytes_16(const std::uint8_t* tags, std::uint8_t tag) noexcept {
#if defined(__SSE2__)
    const __m128i row = _mm_loadu_si128(reinterpret_cast<const __m128i*>(tags));
    return static_cast<std::uint32_t>(
        _mm_movemask_epi8(_mm_cmpeq_epi8(row, _mm_set1_epi8(static_cast<char>(tag)))));
#else
    std::uint32_t mask = 0;
    for (unsigned half = 0; half < 2; ++half) {
        // A byte is zero exactly when neither its low bits nor its top bit carry into bit 7.
        const std::uint64_t x = load64(tags + 8 * half) ^ (0x0101010101010101u * tag);
        const std::uint64_t low = ~std::uint64_t{0x8080808080808080u};
        const std::uint64_t zero = ~(((x & low) + low) | x | low);
        // Gathers bit 7 of each byte into the top byte, lowest byte first.
        mask |= static_cast<std::uint32_t>((zero >> 7) * 0x0102040810204080u >> 56) << (8 * half);
    }
    return mask;
#endif
}

/// One bit for each slot of a row whose tag equals `tag`.
template <unsigned kRowLog>
HOLT_ZSTD_INLINE std::uint64_t equal_tags(const std::uint8_t* tags, std::uint8_t tag) noexcept {
#if defined(__AVX512BW__) && defined(__AVX512VL__)
    if constexpr (kRowLog == 6) {
        return _mm512_cmpeq_epi8_mask(_mm512_loadu_si512(tags),
                                      _mm512_set1_epi8(static_cast<char>(tag)));
    }
#endif
#if defined(__AVX2__)
    if constexpr (kRowLog >= 5) {
        std::uint64_t mask = 0;
        for (unsigned part = 0; part < (1u << kRowLog) / 32; ++part) {
            const __m256i row =
                _mm256_loadu_si256(reinterpret_cast<const __m256i*>(tags + 32 * part));
            const __m256i equal = _mm256_cmpeq_epi8(row, _mm256_set1_epi8(static_cast<char>(tag)));
            mask |= std::uint64_t{static_cast<std::uint32_t>(_mm256_movemask_epi8(equal))}
                    << (32 * part);
        }
        return mask;
    }
#endif
    std::uint64_t mask = 0;
    for (unsigned part = 0; part < (1u << kRowLog) / 16; ++part) {
        mask |= std::uint64_t{equal_bytes_16(tags + 16 * part, tag)} << (16 * part);
    }
    return mask;
}

/// Turns a mask of slots so that the head's bit comes first.
template <unsigned kRowLog>
HOLT_ZSTD_INLINE std::uint64_t from_head(std::uint64_t mask, unsigned head) noexcept {
    constexpr unsigned kSlots = 1u << kRowLog;
    if constexpr (kSlots == 64) {
        return mask >> head | mask << ((64 - head) & 63);
    } else {
        const std::uint64_t twice = mask | mask << kSlots;
        return (twice >> head) & ((std::uint64_t{1} << kSlots) - 1);
    }
}

/// Puts an index into the slot before the row's head, which becomes the head. Slot 0 is left out.
template <unsigned kRowLog>
HOLT_ZSTD_INLINE void insert_in_row(std::uint8_t* tags, std::uint32_t* slots, std::uint32_t hash,
                                    std::uint32_t index) noexcept {
    constexpr unsigned kLast = (1u << kRowLog) - 1;
    unsigned head = (tags[0] - 1u) & kLast;
    head += head == 0 ? kLast : 0;
    tags[0] = static_cast<std::uint8_t>(head);
    tags[head] = static_cast<std::uint8_t>(hash);
    slots[head] = index;
}

/// Indexes positions one after the other. Not inlined: in a parser there are no registers left.
template <unsigned kBytes, unsigned kRowLog>
[[gnu::noinline]] static void insert_rows(std::uint8_t* tags, std::uint32_t* slots,
                                          const std::uint8_t* at, std::uint32_t index,
                                          std::uint32_t end, unsigned log) noexcept {
    for (; index < end; ++index, ++at) {
        const std::uint32_t hash = hash_of<kBytes>(load64(at), log);
        const std::uint32_t row = (hash >> 8) << kRowLog;
        insert_in_row<kRowLog>(tags + row, slots + row, hash, index);
    }
}

template <unsigned kBytes, unsigned kRowLog>
class RowFinder {
  public:
    static constexpr unsigned kSlots = 1u << kRowLog;
    static constexpr unsigned kTagBits = 8;
    static constexpr unsigned kAhead = 8;  ///< positions whose rows are fetched in advance

    HOLT_ZSTD_INLINE RowFinder(MatchState& state, const std::uint8_t* block,
                               const std::uint8_t* end) noexcept
        : state_(state),
          hash_(state.hash),
          tags_(state.tags),
          log_(state.params.hash_log - kRowLog + kTagBits),
          low_(state.lowest_match(state.index_of(end))),
          attempts_(1u << state.params.search_log),
          end_(end),
          next_(state.next_to_index),
          hashable_(state.index_of(end - kHashRead) + 1) {
        if (attempts_ > kSlots - 1) attempts_ = kSlots - 1;
        if (state.index_of(block) - next_ > kLongGap) next_ = state.index_of(block) - kLongGap / 2;
        fill_ahead();
    }
    HOLT_ZSTD_INLINE void finish() noexcept { state_.next_to_index = next_; }
    /// Indexes everything that can be hashed.
    HOLT_ZSTD_INLINE void index_all() noexcept { insert_range(hashable_); }
    HOLT_ZSTD_INLINE std::uint32_t low() const noexcept { return low_; }

    /// The longest match at `at` longer than `least` (3 at least), or a length of `least`.
    HOLT_ZSTD_INLINE FoundMatch best(const std::uint8_t* at, std::size_t least) noexcept {
        std::uint32_t found[kSlots];
        const std::uint32_t index = state_.index_of(at);
        index_before(index);
        const unsigned count = look_up(next_hash(), index, found);
        ++next_;
        return best_of(at, least, found, count);
    }
    /// The same, leaving everything before `at` out of the index. Only jump_to() leads back from
    /// here to the other members.
    HOLT_ZSTD_INLINE FoundMatch best_alone(const std::uint8_t* at, std::size_t least) noexcept {
        std::uint32_t found[kSlots];
        const std::uint32_t index = state_.index_of(at);
        const unsigned count = look_up(hash_at(index), index, found);
        return best_of(at, least, found, count);
    }
    /// The next position from `at` whose hash ends in zeros, or `end`.
    HOLT_ZSTD_INLINE const std::uint8_t* next_sample(const std::uint8_t* at,
                                                     const std::uint8_t* end,
                                                     std::uint32_t mask) const noexcept {
        // Of 32 bits of hash, rows and tags use the upper ones.
        while (at < end && (hash_of<kBytes>(load64(at), 32) & mask) != 0) ++at;
        return at;
    }
    /// Goes on at `at`, leaving everything before it out of the index.
    HOLT_ZSTD_INLINE void jump_to(const std::uint8_t* at) noexcept {
        next_ = state_.index_of(at);
        fill_ahead();
    }
    /// Indexes all positions before `at`.
    HOLT_ZSTD_INLINE bool index_until(const std::uint8_t* at) noexcept {
        index_before(state_.index_of(at));
        return true;
    }
    /// Indexes `at` and writes its matches, each longer than the one before and than `least`.
    /// Returns their number. Everything before `at` is indexed.
    HOLT_ZSTD_INLINE unsigned matches(const std::uint8_t* at, std::size_t least,
                                      OptimalState::Found* matches) noexcept {
        const std::uint32_t index = state_.index_of(at);
        std::uint32_t found[kSlots];
        const unsigned count = look_up(next_hash(), index, found);
        ++next_;
        unsigned made = 0;
        for (unsigned i = 0; i < count; ++i) {
            const std::uint8_t* const from = state_.at(found[i]);
            if (load32(from + least - 3) != load32(at + least - 3)) continue;
            const std::size_t length = count_equal(at, from, end_);
            if (length <= least) continue;
            least = length;
            matches[made++] = {static_cast<std::uint32_t>(length), index - found[i] + 3};
            if (at + length == end_) break;  // nothing can be longer, nor be compared
        }
        return made;
    }

  private:
    /// Writes the candidates for a position and its hash, newest first, and indexes it.
    HOLT_ZSTD_INLINE unsigned look_up(std::uint32_t hash, std::uint32_t index,
                                      std::uint32_t* found) noexcept {
        const std::uint32_t row = (hash >> kTagBits) << kRowLog;
        std::uint8_t* const tags = tags_ + row;
        std::uint32_t* const slots = hash_ + row;
        const unsigned head = tags[0] & (kSlots - 1);
        std::uint64_t mask = from_head<kRowLog>(
            equal_tags<kRowLog>(tags, static_cast<std::uint8_t>(hash)) & ~std::uint64_t{1}, head);
        unsigned count = 0;
        for (; mask != 0 && count < attempts_; mask &= mask - 1) {
            const unsigned slot =
                (head + static_cast<unsigned>(__builtin_ctzll(mask))) & (kSlots - 1);
            const std::uint32_t candidate = slots[slot];
            if (candidate < low_) break;
            // What will be compared is fetched now, so that the misses overlap.
            __builtin_prefetch(state_.at(candidate));
            found[count++] = candidate;
        }
        insert_at(row, hash, index);
        return count;
    }
    HOLT_ZSTD_INLINE FoundMatch best_of(const std::uint8_t* at, std::size_t least,
                                        const std::uint32_t* found, unsigned count) const noexcept {
        FoundMatch match{least, 0};
        for (unsigned i = 0; i < count; ++i) {
            const std::uint8_t* const from = state_.at(found[i]);
            if (load32(from + match.length - 3) != load32(at + match.length - 3)) continue;
            const std::size_t length = count_equal(at, from, end_);
            if (length > match.length) {
                match = {length, state_.index_of(at) - found[i]};
                if (at + length == end_) break;  // nothing can be longer, nor be compared
            }
        }
        return match;
    }

    /// After a match as long, only its ends are indexed: within it, everything is a repeat.
    static constexpr std::uint32_t kLongGap = 128;
    static constexpr std::uint32_t kGapBegin = 48;
    static constexpr std::uint32_t kGapEnd = 32;

    HOLT_ZSTD_INLINE std::uint32_t hash_at(std::uint32_t index) const noexcept {
        return hash_of<kBytes>(load64(state_.at(index)), log_);
    }
    HOLT_ZSTD_INLINE void fetch(std::uint32_t hash) const noexcept {
        const std::uint32_t row = (hash >> kTagBits) << kRowLog;
        __builtin_prefetch(tags_ + row);
        __builtin_prefetch(hash_ + row);
        if constexpr (kRowLog >= 5) __builtin_prefetch(hash_ + row + 16);
    }
    HOLT_ZSTD_INLINE void fill_ahead() noexcept {
        for (std::uint32_t i = next_; i < next_ + kAhead && i < hashable_; ++i) {
            const std::uint32_t hash = hash_at(i);
            fetch(hash);
            ahead_[i % kAhead] = hash;
        }
    }
    /// The hash of position next_, and in its place that of the one kAhead further.
    HOLT_ZSTD_INLINE std::uint32_t next_hash() noexcept {
        const std::uint32_t hash = ahead_[next_ % kAhead];
        if (next_ + kAhead < hashable_) {
            const std::uint32_t later = hash_at(next_ + kAhead);
            fetch(later);
            ahead_[next_ % kAhead] = later;
        }
        return hash;
    }
    HOLT_ZSTD_INLINE void insert_at(std::uint32_t row, std::uint32_t hash,
                                    std::uint32_t index) noexcept {
        insert_in_row<kRowLog>(tags_ + row, hash_ + row, hash, index);
    }
    /// Indexes every position from next_ up to `index`, which is left to the caller.
    HOLT_ZSTD_INLINE void index_before(std::uint32_t index) noexcept {
        if (index - next_ < kBulk) {
            for (; next_ < index; ++next_) {
                const std::uint32_t hash = next_hash();
                insert_at((hash >> kTagBits) << kRowLog, hash, next_);
            }
            return;
        }
        if (index - next_ > kLongGap) [[unlikely]] {
            insert_range(next_ + kGapBegin);
            next_ = index - kGapEnd;
        }
        insert_range(index);
        fill_ahead();
    }
    /// The same without fetching in advance: the insertions do not wait for each other.
    HOLT_ZSTD_INLINE void insert_range(std::uint32_t index) noexcept {
        insert_rows<kBytes, kRowLog>(tags_, hash_, state_.at(next_), next_, index, log_);
        next_ = index;
    }

    /// From so many positions on, fetching in advance does not pay.
    static constexpr std::uint32_t kBulk = 8;

    MatchState& state_;
    std::uint32_t* const hash_;
    std::uint8_t* const tags_;
    const unsigned log_;
    const std::uint32_t low_;
    std::uint32_t attempts_;
    const std::uint8_t* const end_;
    std::uint32_t next_;            // first position not indexed yet
    const std::uint32_t hashable_;  // first index too close to the end to be hashed
    std::uint32_t ahead_[kAhead];
};

/// Indexes the history before the first block.
template <unsigned kBytes, unsigned kRowLog>
static void index_rows(MatchState& state, const std::uint8_t* from,
                       const std::uint8_t* end) noexcept {
    if (end - from < static_cast<std::ptrdiff_t>(kHashRead)) return;
    state.next_to_index = state.index_of(from);
    RowFinder<kBytes, kRowLog> rows(state, from, end);
    rows.index_all();
    rows.finish();
}

template <unsigned kBytes>
static IndexHistory row_indexer_of(unsigned row_log) noexcept {
    return row_log <= 4   ? index_rows<kBytes, 4>
           : row_log == 5 ? index_rows<kBytes, 5>
                          : index_rows<kBytes, 6>;
}

static IndexHistory row_indexer(const MatchParams& params) noexcept {
    const bool four = params.min_match <= 4 || params.strategy == Strategy::row_optimal;
    return four ? row_indexer_of<4>(params.search_log) : row_indexer_of<5>(params.search_log);
}

}  // namespace holt::zstd::HOLT_ZSTD_ISA
