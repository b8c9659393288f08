// Garbage collection. The steps are in gc.cpp. Thread rule: independent calls may run at once; one
// of them works, the others wait.
#pragma once

#include <holt/gc.hpp>

#include "store/disk/store_folder.h"
#include "store/operation/operation.h"
#include "store/retention/retention.h"

namespace holt::store {

Result<GcReport> collect_garbage(Operation& op, const GcOptions& options, const UtcOffset& offset);

/// For a writer that needs a pack which is being deleted: finishes that in place of a collector
/// that was killed.
void help_collector(const StoreFolder& folder, const OpenOptions& open);

}  // namespace holt::store
