// Which snapshots go so that the rest is young enough, or small enough. Thread rule: as Marker.
#pragma once

#include <holt/gc.hpp>

#include "store/catalog/catalog.h"
#include "store/disk/store_folder.h"
#include "store/operation/reporter.h"
#include "store/retention/retention.h"

namespace holt::store {

/// By max_age, then by max_size: decisions on all snapshots that there are; empty when neither is
/// asked for. Nothing is changed.
Result<std::vector<Decision>> choose_evicted(const StoreFolder& folder, Catalog& catalog,
                                             const GcOptions& options, const UtcOffset& offset,
                                             Reporter& reporter);

}  // namespace holt::store
