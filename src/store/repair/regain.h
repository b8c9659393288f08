// What no pack of the store has whole any more, and taking it again from where it is found: the
// pool, a folder that has the files, a .holt file. Nothing that is offered is believed: the digest
// is that of the bytes that are stored. Thread rule: as repair_store.
#pragma once

#include <functional>
#include <string>
#include <unordered_set>
#include <vector>

#include "relocation/prefixes.h"
#include "store/operation/operation.h"
#include "store/repair/repair_packs.h"

namespace holt::store {

/// What the snapshots need and no pack has.
struct LostChunks {
    std::unordered_set<Digest> chunks{};
    /// Trees are among them, or whole records: what these name is not known, so that whatever is
    /// found may be needed. What turns out not to be is garbage, which gc takes.
    bool more_unknown = false;
    /// The paths for which relocatable snapshots have placeholders: a file that names one is stored
    /// in another form than it has where it is found.
    std::vector<relocation::Prefixes> prefixes{};

    bool none() const noexcept { return chunks.empty() && !more_unknown; }
    bool needs(const Digest& digest) const { return more_unknown || chunks.contains(digest); }
};

/// Stores what is lost when it is offered.
class ChunkTaker {
  public:
    /// `scan` is told of what was stored.
    ChunkTaker(const StoreFolder& folder, const LostChunks& lost, PackScan& scan, Log log);

    bool wants(const Digest& digest) const {
        return lost_.needs(digest) && !scan_.chunks.contains(digest);
    }
    const std::vector<relocation::Prefixes>& prefixes() const noexcept { return lost_.prefixes; }
    bool has_all() const;
    /// Stores it if it is wanted. `digest` must have been computed from `bytes`.
    Status offer(const Digest& digest, ChunkKind kind, ByteView bytes);
    /// Packs of wanted chunks that were written elsewhere.
    void take_packs(std::vector<NewPack> packs);
    /// Seals what was stored so far. How many chunks were taken since the last time.
    Result<std::uint64_t> finish();

  private:
    Status store(std::vector<RawBlock> full);

    const LostChunks& lost_;
    PackScan& scan_;
    PackSink sink_;
    BlockBuilder builder_;
    BlockEncoder encoder_;
    std::uint64_t taken_ = 0;
};

/// A place where lost chunks may be had. `rebuilt` knows the packs that are whole.
struct ChunkSupply {
    std::string name;  ///< for messages
    std::function<Status(Operation& op, Catalog& rebuilt, ChunkTaker& taker)> offer;
};

/// Offers all that the pool has.
ChunkSupply supply_of_pool(const StoreFolder& folder);

}  // namespace holt::store
