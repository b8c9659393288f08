// What a restore, an export or a check takes from a snapshot. Thread rule: as Catalog.
#pragma once

#include <string>

#include "store/catalog/catalog.h"
#include "store/content/chunk_reader.h"
#include "store/format/tree.h"

namespace holt::store {

/// What a restore brings back, and from where.
struct RestoreSource {
    SnapshotRow snapshot;
    std::string path;  ///< in the snapshot
    TreeEntry entry;
};

/// SNAP[:SUB] to what it means.
Result<RestoreSource> find_restore_source(Catalog& catalog, ChunkReader& reader,
                                          const std::string& snap);

}  // namespace holt::store
