// From what a user writes to what it means: SNAP[:SUB] to a snapshot and an entry in it.
// Thread rule: one thread at a time per catalog.
#pragma once

#include <string>
#include <string_view>

#include "store/catalog/catalog.h"
#include "store/content/chunk_reader.h"

namespace holt::store {

/// A SNAP[:SUB], taken apart.
struct SnapPath {
    SnapshotRow snapshot;
    std::string path;  ///< without leading, trailing or doubled slashes; "" is the root
};

/// The one place that says where SNAP ends and SUB begins: the longest text before a ':', or the
/// whole, that means a snapshot is the SNAP. So a key that holds a ':' is found, and a path may
/// hold one. `not_found` names the whole text; ".." in SUB is refused (usage).
Result<SnapPath> find_snap_path(Catalog& catalog, const std::string& text);
/// Where a SNAP or a folder may stand: what begins with "/", "./" or "../", and "." and "..", is
/// the folder when there is one.
bool reads_as_folder(std::string_view text) noexcept;
/// A path alone: "." and empty components are dropped, ".." is refused (usage).
Result<std::string> clean_path(const std::string& path);

/// The entry at `path`; not_found says where the path ends, `partial` where it was left out.
Result<TreeEntry> find_entry(ChunkReader& reader, const TreeEntry& root, const std::string& path);

}  // namespace holt::store
