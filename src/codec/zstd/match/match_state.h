// What every match finder works on: the history as indices, the tables, and where sequences go.
//
// A byte of the history has a 32-bit index; base + index is its address. Indices only grow from
// frame to frame, so that entries an earlier frame left in the tables are recognised (they lie
// below `low`) and the tables need no clearing. Table entries are indices, 0 for none. Thread rule:
// one object, one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "codec/zstd/entropy/sequence.h"
#include "codec/zstd/format/params.h"

namespace holt::zstd {

struct OptimalState;

struct MatchState {
    std::uintptr_t base = 0;  ///< address of index 0; not an object, only ever used with an index
    std::uint32_t low = 1;    ///< lowest index of this frame's history
    std::uint32_t next_to_index = 1;  ///< finders that fill tables in order have come to here
    std::uint32_t barren = 0;         ///< how many stretches before this had hardly a match
    MatchParams params{};
    std::uint32_t* hash = nullptr;    ///< 2^hash_log entries
    std::uint32_t* chain = nullptr;   ///< 2^chain_log entries, of short hashes, chains or trees
    std::uint8_t* tags = nullptr;     ///< row-based finders: one byte for each entry of `hash`
    OptimalState* optimal = nullptr;  ///< of the optimal parser

    HOLT_ZSTD_INLINE const std::uint8_t* at(std::uint32_t index) const noexcept {
        return reinterpret_cast<const std::uint8_t*>(base + index);
    }
    HOLT_ZSTD_INLINE std::uint32_t index_of(const std::uint8_t* p) const noexcept {
        return static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(p) - base);
    }
    /// Lowest index that a match in a block may refer to when the block ends at `end`.
    HOLT_ZSTD_INLINE std::uint32_t lowest_match(std::uint32_t end) const noexcept {
        const std::uint32_t window = 1u << params.window_log;
        return end - low > window ? end - window : low;
    }
};

/// The sequences of one block and all its literals, one after the other. Room for the largest block
/// and kWideCopy bytes is behind both pointers.
struct SequenceStore {
    Sequence* sequences = nullptr;
    std::size_t count = 0;
    std::uint8_t* literals = nullptr;
    std::size_t literal_count = 0;
    /// Set by who only wants one block's literals read: without a match, they stay in the block.
    bool may_borrow = false;
    const std::uint8_t* borrowed = nullptr;  ///< the block, which was not copied to `literals`

    ByteView all_literals() const noexcept {
        return {borrowed != nullptr ? borrowed : literals, literal_count};
    }
};

/// The distances of the last three matches, most recent first (RFC 8878 3.1.1.5).
struct RecentOffsets {
    std::uint32_t distance[3];
};

/// Finds the sequences of the block [block, block + size), which lies in the state's history.
/// Appends to `store`, including the literals behind the last match; updates `repeats`.
using FindMatches = void (*)(MatchState& state, SequenceStore& store, RecentOffsets& repeats,
                             const std::uint8_t* block, std::size_t size) noexcept;

/// Indexes [from, end), which is history that no block will hold.
using IndexHistory = void (*)(MatchState& state, const std::uint8_t* from,
                              const std::uint8_t* end) noexcept;

/// Tables as they were at some time before.
struct TablesView {
    const std::uint32_t* hash;
    const std::uint32_t* chain;
    const std::uint8_t* tags;
};
/// Undoes what indexing any positions of [from, end) did to the tables, given what they were.
using RestoreIndex = void (*)(MatchState& state, const TablesView& before, const std::uint8_t* from,
                              const std::uint8_t* end) noexcept;

}  // namespace holt::zstd
