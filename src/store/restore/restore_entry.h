// Restoring one file, symlink or FIFO of a snapshot under a path of its own.
//
// It is built as a tree of this one entry, in a staging folder beside its place, and renamed into
// it: so it is written, checked, linked and given its metadata as in any restore, and its place has
// the old thing or the whole new one at every moment. What is replaced is never written to or
// followed. A folder is never replaced. Thread rule: as restore_snapshot.
#pragma once

#include <string>

#include "store/restore/restoring.h"

namespace holt::store {

/// `restoring.source.entry` is no folder.
Result<RestoreReport> restore_entry(Operation& op, const Restoring& restoring,
                                    const std::string& destination);

}  // namespace holt::store
