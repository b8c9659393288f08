// What a store does by itself, after a command that may have made it necessary: it collects, when
// that was set for it, and keeps the pool from growing without end. Never an error of that command:
// what could not be done is logged, and left to the next. Thread rule: independent calls from any
// thread.
#pragma once

#include <holt/gc.hpp>

#include "store/disk/store_folder.h"
#include "store/retention/retention.h"

namespace holt::store {

Result<std::optional<AutoGc>> read_auto_gc(const StoreFolder& folder);
/// Nothing: no longer.
Status write_auto_gc(const StoreFolder& folder, const OpenOptions& open,
                     const std::optional<AutoGc>& settings);

/// After a snapshot or an import: collects what is due by the settings, without waiting for
/// anybody.
void collect_by_itself(const StoreFolder& folder, const OpenOptions& open, const UtcOffset& offset,
                       const Cancel* cancel, Observer& observer);

/// After a restore that may have filled the pool. What no tree shares is kept up to the limit that
/// was set, or else up to 1 GiB or twice the packs, whichever is more.
void bound_pool_by_itself(const StoreFolder& folder, const OpenOptions& open);

}  // namespace holt::store
