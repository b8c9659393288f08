// The last snapshot of the same source, read beside the walk: what it knew of each folder, so that
// files whose stat record did not change need not be opened. Thread rule: one thread at a time.
#pragma once

#include <string>
#include <string_view>

#include "store/catalog.h"
#include "store/chunk_reader.h"
#include "store/reporter.h"

namespace holt::store {

/// One folder of the base snapshot; empty when the base has no such folder.
struct BaseFolder {
    Tree entries;
    std::vector<StatRecord> stats;  // parallel to entries, or empty

    struct Found {
        const TreeEntry* entry = nullptr;
        StatRecord stat{};
    };
    Found find(std::string_view name) const;
};

class BaseSnapshot {
  public:
    /// `catalog` is used by this object alone.
    BaseSnapshot(const StoreFolder& folder, Catalog catalog, Catalog::Base base,
                 Reporter& reporter);

    const SnapshotRow& snapshot() const noexcept { return base_.snapshot; }
    /// A folder's entries and stat records. Damage is a warning and gives an empty one: then
    /// everything in it is read again.
    BaseFolder folder(const TreeEntry& entry, const std::string& path);

  private:
    Result<BaseFolder> load(const TreeEntry& entry, const std::string& path);

    Catalog catalog_;
    Catalog::Base base_;
    ChunkReader reader_;
    Reporter& reporter_;
};

}  // namespace holt::store
