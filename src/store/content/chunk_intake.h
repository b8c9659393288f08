// Decides which chunks are new and gathers those into blocks: the part that a snapshot of a folder
// and an import share. Thread rule: one thread at a time (a serial, ordered pipeline stage).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <span>
#include <unordered_set>
#include <utility>
#include <vector>

#include "store/catalog/catalog.h"
#include "store/pack/block_builder.h"

namespace holt::store {

class ChunkIntake {
  public:
    struct Candidate {
        Digest digest{};
        ChunkKind kind = ChunkKind::data;
        ByteView bytes;
    };

    using Wanted = std::function<bool(const Digest&)>;

    /// `wanted`: only such are stored; none: all.
    explicit ChunkIntake(Catalog& catalog, Wanted wanted = {})
        : catalog_(catalog), wanted_(std::move(wanted)) {}

    /// Stores what neither the catalog nor an earlier call has; blocks that are full now are
    /// appended. The catalog is asked once for all.
    Status take(std::span<const Candidate> chunks, std::vector<RawBlock>& full);
    /// Stores the snapshot record, and appends all blocks that are not full yet. Its digest is the
    /// snapshot's id.
    Digest take_record(ByteView encoded, std::vector<RawBlock>& full);
    /// Appends all blocks that are not full yet.
    void flush(std::vector<RawBlock>& full) { builder_.flush(full); }

    std::uint64_t new_chunks() const noexcept { return count_; }
    std::uint64_t new_bytes() const noexcept { return bytes_; }
    /// Catalog rows of packs that were there before and hold some of the chunks.
    const std::set<std::uint32_t>& older_packs() const noexcept { return older_packs_; }

  private:
    Catalog& catalog_;
    const Wanted wanted_;
    BlockBuilder builder_;
    std::unordered_set<Digest> new_chunks_;
    std::set<std::uint32_t> older_packs_;
    std::uint64_t count_ = 0, bytes_ = 0;
    std::vector<Digest> digests_;                    // scratch
    std::vector<std::optional<ChunkPlace>> places_;  // scratch
};

}  // namespace holt::store
