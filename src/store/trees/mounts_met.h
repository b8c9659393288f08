// What the mounts below a destination mean for a restore (SAFETY I10): where the snapshot has
// something at or below one, the restore is refused; where it has nothing, the mount stays, with
// the folders above it, and is told. A mount that is not selected is in nobody's way. Thread rule:
// one thread.
#pragma once

#include <string>
#include <vector>

#include "fs/mount/mounts.h"
#include "store/content/chunk_reader.h"
#include "store/format/tree.h"
#include "store/operation/reporter.h"
#include "store/trees/selection.h"

namespace holt::store {

/// The mounts below a destination, none of which stands where the target has something.
struct MountsMet {
    fs::MountsBelow mounts;
    std::vector<std::string> extras;  ///< of them, those that the target would have removed
};

/// Of the mounts below the folder open as `root`. An error that names them all when some stand
/// where `target` has something selected, or in what would have to make room for it.
Result<MountsMet> find_mounts(ChunkReader& reader, int root, const TreeEntry& target,
                              const Selection& selection, std::string_view shown);

/// Notes each extra as left out, from a restore or check that would remove what is there.
void tell_extra_mounts(const MountsMet& met, std::string_view shown, Reporter& reporter);

}  // namespace holt::store
