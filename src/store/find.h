// Looks for entries in all snapshots. Thread rule: independent calls may run at once, on catalogs
// of their own.
#pragma once

#include <holt/retention.hpp>

#include "store/catalog/catalog.h"
#include "store/disk/store_folder.h"

namespace holt::store {

Result<FindReport> find_in_snapshots(const StoreFolder& folder, Catalog& catalog,
                                     const FindOptions& options, const FoundVisitor& visit,
                                     Observer& observer);

}  // namespace holt::store
