// What a collector changes in the catalog: the states of packs, and where chunks are.
//
//   live -> condemned -> deleting -> gone
//
// Every step is a transaction of its own that reads the state again, so whatever another process
// committed in between counts. Rows of chunks stay until the pack is gone: a commit may revive a
// condemned pack. A deleting one is not looked into any more. Thread rule: as Catalog.
#pragma once

#include <cstdint>
#include <set>
#include <span>
#include <unordered_set>
#include <vector>

#include "store/catalog/catalog.h"
#include "store/catalog/catalog_schema.h"

namespace holt::store {

class CatalogCollector {
  public:
    /// `catalog` is opened for writing, and outlives it.
    explicit CatalogCollector(Catalog& catalog) noexcept : catalog_(catalog) {}

    /// One write transaction for several calls, also of the catalog itself; end() commits it,
    /// durably. What is not ended is undone.
    Status begin();
    Status end();
    void abandon() noexcept;

    Result<std::vector<PackRow>> in_state(PackState state);
    /// Live ones that nothing needs become condemned; others stay as they are.
    Status condemn(std::span<const std::uint32_t> packs);
    /// Forgotten snapshots cannot be brought back any more, but for those in `kept`. How many.
    Result<std::uint64_t> drop_forgotten(const std::unordered_set<Digest>& kept);

    /// A chunk that is in another pack now.
    struct Moved {
        ChunkPlace from, to;
    };
    /// Makes packs known that hold copies of chunks of the packs `from`: each of their chunks that
    /// lies there by the catalog is in the new pack from now on, and so do the snapshots need the
    /// new packs in place of the old ones, which are condemned.
    Result<std::vector<Moved>> move_chunks(std::span<const NewPack> into,
                                           const std::set<std::uint32_t>& from);

    /// Of the condemned ones those that still are become deleting. One transaction.
    Status start_deleting(std::span<const std::uint32_t> packs);
    /// Packs that nobody knows become known as deleting, unless they got known meanwhile. One
    /// transaction. Which.
    Result<std::vector<Digest>> take_unknown(std::span<const Digest> packs);
    /// Forgets all deleting packs and what is said of them: their files are gone. One transaction.
    Status remove_deleted();

    /// Forgets spaces whose folders are gone, with their files in spaces/. How many.
    Result<std::uint64_t> drop_gone_spaces();
    /// Forgets what is noted of sources and snapshots that are gone. One transaction.
    Status drop_stale_notes();

  private:
    Catalog& catalog_;
};

}  // namespace holt::store
