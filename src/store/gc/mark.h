// Marking: which chunks the snapshots need.
//
//   snapshot -> its trees, each once -> places of their chunks, asked in batches -> a bit for each
//
// Memory is two bits for each chunk of the store and about a hundred bytes for each pack, whatever
// the number of snapshots. A tree that cannot be read ends the marking: what lies below it is not
// known, and must not be taken for garbage. One that no pack has any more has nothing below it that
// could be restored. Thread rule: one thread at a time.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "store/content/chunk_reader.h"
#include "store/operation/reporter.h"

namespace holt::store {

/// What is needed of one pack.
struct PackUse {
    PackRow pack{};
    std::vector<bool> live{};     ///< for each chunk in its footer
    std::vector<bool> visited{};  ///< of these, trees that were walked
    std::uint64_t live_raw = 0;   ///< bytes of the live chunks, uncompressed

    /// Content that nothing needs, of a hundred.
    unsigned dead_percent() const noexcept {
        if (pack.raw_bytes == 0 || live_raw >= pack.raw_bytes) return 0;
        return static_cast<unsigned>((pack.raw_bytes - live_raw) * 100 / pack.raw_bytes);
    }
    /// Of the file's bytes those that are needed, as far as content says.
    std::uint64_t live_bytes() const noexcept {
        if (pack.raw_bytes == 0) return 0;
        const double share = static_cast<double>(live_raw) / static_cast<double>(pack.raw_bytes);
        return static_cast<std::uint64_t>(static_cast<double>(pack.bytes) * std::min(share, 1.0));
    }
};

class Marker {
  public:
    Marker(const StoreFolder& folder, Catalog& catalog, const Cancel* cancel, Reporter& reporter)
        : catalog_(catalog), reader_(folder, catalog), cancel_(cancel), reporter_(reporter) {}

    /// Marks all that the snapshot needs.
    Status mark(const SnapshotRow& snapshot);
    /// Of all snapshots that are visible now, those that were not marked yet.
    Status mark_new();
    const std::unordered_set<Digest>& marked() const noexcept { return marked_; }

    /// All packs that something is needed of.
    const std::unordered_map<std::uint32_t, PackUse>& uses() const noexcept { return uses_; }
    const PackUse* use_of(std::uint32_t pack) const noexcept;
    /// A chunk that was marked is in another pack now.
    Status moved(ChunkPlace from, ChunkPlace to);
    /// Bytes in packs that are needed, as an estimate.
    std::uint64_t live_bytes() const noexcept { return static_cast<std::uint64_t>(live_bytes_); }

  private:
    struct Folder {
        Digest content{};
        std::vector<ChunkRef> chunks{};
    };
    Status walk(std::vector<Folder> folders);
    Status visit(const Folder& folder, std::vector<Folder>& to_visit);
    Status find(std::span<const ChunkRef> chunks);
    Result<PackUse*> pack_use(std::uint32_t row);
    Status mark_chunk(const ChunkPlace& place, std::uint32_t length);
    Status flush();

    Catalog& catalog_;
    ChunkReader reader_;
    const Cancel* cancel_;
    Reporter& reporter_;
    std::unordered_set<Digest> marked_;
    std::unordered_map<std::uint32_t, PackUse> uses_;
    std::unordered_set<Digest> large_trees_;  // of several chunks, which others may share in part
    std::vector<ChunkRef> pending_;
    std::vector<Digest> digests_;
    std::vector<std::optional<ChunkPlace>> places_;
    double live_bytes_ = 0;
    std::uint64_t trees_ = 0;
};

}  // namespace holt::store
