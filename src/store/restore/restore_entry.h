// Restoring one file, symlink or FIFO of a snapshot under a path of its own.
//
// It is built as a tree of this one entry, in a staging folder beside its place, and renamed into
// it: so it is written, checked, linked and given its metadata as in any restore, and its place has
// the old thing or the whole new one at every moment. What is replaced is never written to or
// followed. A folder is never replaced. Thread rule: as restore_snapshot.
#pragma once

#include <holt/store.hpp>

#include "store/disk/store_folder.h"
#include "store/operation/log.h"
#include "store/operation/profile.h"
#include "store/operation/reporter.h"
#include "store/trees/owner_rule.h"
#include "store/trees/restore_source.h"

namespace holt::store {

/// `source.entry` is no folder.
Result<RestoreReport> restore_entry(const RestoreSource& source, const std::string& destination,
                                    const OwnerRule& owners, const StoreFolder& store,
                                    const OpenOptions& open, ChunkReader& reader,
                                    const RestoreOptions& options, Profile& profile, const Log& log,
                                    Reporter& reporter);

}  // namespace holt::store
