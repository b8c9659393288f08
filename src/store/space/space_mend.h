// Makes a folder what a snapshot says, from the list of what differs (space_check.h): the second
// half of a repair in place.
//
// The destination is marked incomplete first (by the staging folder in it) and the mark goes last.
// Every file is made in the staging folder, complete with its metadata; only when all are there is
// anything changed, so that a full disk or a damaged pack changes nothing. Then they are renamed
// over the old names: an inode that exists is never written to, since it may be a link into
// somewhere else. What a rename cannot replace is moved aside before. Then links, then what is too
// many goes, and last the folders get their owners, attributes, modes and times, children first.
// Interrupted anywhere it is finished by checking and mending again. Folders are opened from the
// root by one call that follows no symlink and stays beneath. Thread rule: one thread; it uses all
// that oneTBB has.
#pragma once

#include "fs/staging/staging.h"
#include "store/space/space_check.h"

namespace holt::store {

struct MendCounts {
    std::uint64_t files = 0, folders = 0, symlinks = 0, hard_links = 0, others = 0;
    std::uint64_t mended = 0;   ///< entries that only got other metadata
    std::uint64_t removed = 0;  ///< names that the snapshot does not have
    std::uint64_t bytes = 0;    ///< of the files
    LinkMode link = LinkMode::copy;
    std::uint64_t files_linked = 0, pool_replaced = 0;  ///< as in RestoreReport
};

/// What is there to be done, from the trees alone: for a dry run.
Result<MendCounts> count_mending(ChunkReader& reader, const SpaceFindings& findings);

/// Does it. `staging` was begun over the folder. The mark is still there afterwards:
/// Staging::finish_in_place() removes it.
Result<MendCounts> mend_space(Operation& op, const Restoring& restoring,
                              const SpaceFindings& findings, fs::Staging& staging);

}  // namespace holt::store
