// Restores a snapshot, or a part of one. The steps are in restore.cpp.
// Thread rule: independent calls may run at once, on catalogs of their own.
#pragma once

#include <holt/store.hpp>

#include "store/catalog.h"
#include "store/log.h"
#include "store/store_folder.h"

namespace holt::store {

/// `snap` is SNAP or SNAP:SUB. `access`: whether the pool may be filled.
Result<RestoreReport> restore_snapshot(const StoreFolder& folder, Catalog& catalog, Access access,
                                       const std::string& snap, const std::string& destination,
                                       const RestoreOptions& options, const Log& log,
                                       Observer& observer);

}  // namespace holt::store
