// Which name of each hard-linked inode is made as such, when only a part of a snapshot is looked
// at. Thread rule: as ChunkReader.
#pragma once

#include <string>
#include <unordered_map>

#include "store/content/chunk_reader.h"
#include "store/format/tree.h"
#include "store/trees/selection.h"

namespace holt::store {

/// For each inode with several names: the path, in the restored tree, of the name that is made
/// as such. Keyed by hard_link_to.
using LinkHeads = std::unordered_map<std::string, std::string>;

/// Finds the inodes with several selected names below `root` by reading its trees once. Only called
/// for snapshots that have such. `prefix` is the restored folder's path in the snapshot ("" for
/// all).
Result<LinkHeads> find_link_heads(ChunkReader& reader, const TreeEntry& root,
                                  const std::string& prefix, const Selection& selection);

}  // namespace holt::store
