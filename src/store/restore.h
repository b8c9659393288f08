// Restores a snapshot, or a part of one. The steps are in restore.cpp.
// Thread rule: independent calls may run at once, on catalogs of their own.
#pragma once

#include <holt/store.hpp>

#include "store/catalog/catalog.h"
#include "store/disk/store_folder.h"

namespace holt::store {

/// `snap` is SNAP or SNAP:SUB. `open` says whether the store may be written, to remember the
/// folder.
Result<RestoreReport> restore_snapshot(const StoreFolder& folder, Catalog& catalog,
                                       const std::string& snap, const std::string& destination,
                                       const RestoreOptions& options, const OpenOptions& open,
                                       Observer& observer);

}  // namespace holt::store
