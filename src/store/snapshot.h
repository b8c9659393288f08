// Takes a snapshot. The steps are in snapshot.cpp; SAFETY's commit order holds.
// Thread rule: independent calls may run at once, on catalogs of their own.
#pragma once

#include <holt/store.hpp>

#include "store/catalog/catalog.h"
#include "store/disk/store_folder.h"

namespace holt::store {

Result<SnapshotReport> take_snapshot(const StoreFolder& folder, const OpenOptions& open,
                                     const std::string& source, const SnapshotOptions& options,
                                     Observer& observer);

}  // namespace holt::store
