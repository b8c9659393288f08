// What the mounts below a destination mean for a restore (SAFETY I10): where the snapshot has
// something at or below one, the restore is refused; where it has nothing, the mount stays, with
// the folders above it, and is told. Thread rule: one thread.
#pragma once

#include "fs/mount/mounts.h"
#include "store/content/chunk_reader.h"
#include "store/format/tree.h"
#include "store/operation/reporter.h"

namespace holt::store {

/// The mounts below the folder open as `root`, none of which stands where `target` has something,
/// nor in what would have to make room for it: else an error that names them all.
Result<fs::MountsBelow> find_extra_mounts(ChunkReader& reader, int root, const TreeEntry& target,
                                          std::string_view shown);

/// Notes each mount as left out, from a restore or check that would remove what is there.
void tell_extra_mounts(const fs::MountsBelow& mounts, std::string_view shown, Reporter& reporter);

}  // namespace holt::store
