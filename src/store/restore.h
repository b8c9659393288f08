// Restores a snapshot, or a part of one. The steps are in restore.cpp.
// Thread rule: independent calls may run at once, on catalogs of their own.
#pragma once

#include <span>
#include <string>

#include "store/catalog/catalog.h"
#include "store/operation/operation.h"

namespace holt::store {

/// `snap` is SNAP or SNAP:SUB. How the store was opened says whether it may be written, to remember
/// the folder. Of an entry of several folders `together` says where each of them is restored to, as
/// they may name each other.
Result<RestoreReport> restore_snapshot(Operation& op, Catalog& catalog, const std::string& snap,
                                       const std::string& destination,
                                       const RestoreOptions& options,
                                       std::span<const std::string> together = {});

/// Whether restore_snapshot would find that its files cannot be moved to where they are wanted:
/// nothing is written. Each such file is noted.
Status check_restore(Operation& op, Catalog& catalog, const std::string& snap,
                     const std::string& destination, const RestoreOptions& options,
                     std::span<const std::string> together);

}  // namespace holt::store
