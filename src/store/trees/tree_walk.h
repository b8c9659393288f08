// Visits every tree of one or more snapshots once, however many of them share it.
// Thread rule: one thread at a time.
#pragma once

#include <functional>
#include <string>
#include <unordered_set>

#include "store/content/chunk_reader.h"
#include "store/format/packed_entries.h"

namespace holt::store {

class SnapshotTrees {
  public:
    explicit SnapshotTrees(ChunkReader& reader) : reader_(reader) {}

    /// Called for each folder whose tree was not visited yet: its entry, its path, its entries. Of
    /// a folder with many names the entries come in several calls, in order.
    using Visitor =
        std::function<Status(const TreeEntry& folder, const std::string& path, const Tree& slice)>;
    /// Called for a folder whose tree is damaged, behind what could be read of it; the walk goes on
    /// with the next.
    using OnDamage = std::function<void(const TreeEntry& folder, const std::string& path, Error)>;
    Status visit(const TreeEntry& root, const Visitor& visitor, const OnDamage& on_damage);

  private:
    Result<PackedEntries> visit_folder(const TreeEntry& folder, const std::string& path,
                                       const Visitor& visitor, const OnDamage& on_damage);

    ChunkReader& reader_;
    std::unordered_set<Digest> seen_;
};

}  // namespace holt::store
