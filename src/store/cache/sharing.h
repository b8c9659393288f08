// How much each snapshot adds to a store, and how much any two share: of their content, chunk by
// chunk, before compression. Thread rule: one thread at a time.
#pragma once

#include <holt/cache.hpp>

#include "store/catalog/catalog.h"
#include "store/disk/store_folder.h"

namespace holt::store {

/// Of the newest 64. 16 bytes of memory for each chunk that they have.
Result<SharingReport> compare_snapshots(const StoreFolder& folder, Catalog& catalog,
                                        const Cancel* cancel);

}  // namespace holt::store
