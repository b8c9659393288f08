// Rebuilds the catalog from the packs, and puts damaged packs aside. The steps are in repair.cpp.
// Thread rule: excludes every other writer of the store, in all processes, for as long as it runs.
#pragma once

#include <holt/store.hpp>

#include "store/disk/store_folder.h"

namespace holt::store {

Result<RepairReport> repair_store(const StoreFolder& folder, const OpenOptions& open,
                                  const RepairOptions& options, Observer& observer);

}  // namespace holt::store
