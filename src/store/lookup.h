// From what a user writes to what it means: SNAP[:SUB] to a snapshot and an entry in it.
// Thread rule: one thread at a time per catalog.
#pragma once

#include <string>

#include "store/catalog.h"
#include "store/chunk_reader.h"

namespace holt::store {

/// A path in a snapshot, taken apart.
struct SnapPath {
    std::string snap;
    std::string path;  ///< without leading, trailing or doubled slashes; "" is the root
};

/// Splits at the first ':' (a snapshot's name has none). ".", ".." and empty components other than
/// those that slashes make are refused (usage).
Result<SnapPath> parse_snap_path(const std::string& text);
/// The same for a path alone.
Result<std::string> clean_path(const std::string& path);

/// The entry at `path`; not_found says where the path ends, `partial` where it was left out.
Result<TreeEntry> find_entry(ChunkReader& reader, const TreeEntry& root, const std::string& path);

}  // namespace holt::store
