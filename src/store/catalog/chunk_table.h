// Which pack has which chunk: the one table of the catalog that grows with the store's content.
//
// Digests are random, so a row goes onto a page of its own in a large table, and a small snapshot
// would rewrite thousands of pages. The rows of small commits therefore go into a small table
// first, which is poured into a larger one when it is full, sorted, and that into the largest: a
// commit costs what it brings, not what the store has (a log-structured merge tree: O'Neil and
// others, 1996). A digest stands in one of the tables only.
// Thread rule: as Database; used inside one transaction.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <unordered_set>

#include <holt/digest.hpp>
#include "base/error.h"
#include "store/catalog/catalog.h"
#include "store/catalog/sqlite.h"

namespace holt::store {

/// Digests that were looked for and stand in no table. That holds until another connection commits
/// anything, or this one puts rows.
class AbsentChunks {
  public:
    /// As many as a commit to the smallest table brings at most, and some that are not stored. What
    /// is not remembered is looked for again.
    static constexpr std::size_t kMost = 16'384;

    /// Inside a transaction, before the others: forgets what does not hold any more.
    Status refresh(Database& db);
    void add(const Digest& digest) {
        if (digests_.size() < kMost) digests_.insert(digest);
    }
    bool has(const Digest& digest) const { return digests_.contains(digest); }

  private:
    std::unordered_set<Digest> digests_;
    std::optional<std::int64_t> version_;  // of the database, as this connection counts
};

class ChunkTable {
  public:
    /// Looks which of the tables have rows.
    static Result<ChunkTable> open(Database& db);

    Result<std::optional<ChunkPlace>> find(const Digest& digest);

    /// About so many rows will be put: says which table they go to.
    void expect(std::uint64_t rows) noexcept;
    /// What of the rows that will be put is known to be new. `absent` outlives this.
    void know(const AbsentChunks& absent) noexcept { absent_ = &absent; }
    /// Everything into the largest table.
    void expect_all() noexcept { target_ = kLargest; }
    /// Makes the place of a chunk known, unless a live pack has it already: then that pack's row.
    Result<std::optional<std::int64_t>> put(const Digest& digest, ChunkPlace place);
    /// Says that the chunk is somewhere else now.
    Status move(const Digest& digest, ChunkPlace place);
    /// Forgets where the chunk is, if it is said to be in this pack.
    Status remove(const Digest& digest, std::uint32_t pack);
    /// Forgets all chunks in packs that are being deleted. One pass over the tables: an index by
    /// pack would cost every snapshot more than this.
    Status remove_deleting();
    /// Ends a transaction that put rows: pours what is full into the next table.
    Status settle();

    static constexpr std::uint64_t kSmallRows = 16'384, kMiddleRows = 262'144;

  private:
    static constexpr std::size_t kTables = 3, kLargest = kTables - 1;

    explicit ChunkTable(Database& db) : db_(&db) {}
    bool may_have(std::size_t table) const noexcept {
        return table == kLargest || rows_[table] > 0;
    }
    Status pour(std::size_t table);

    Database* db_;
    std::array<std::int64_t, kTables> rows_{};  // at most so many; of the largest not counted
    std::size_t target_ = 0;
    const AbsentChunks* absent_ = nullptr;
    bool changed_ = false;
};

}  // namespace holt::store
