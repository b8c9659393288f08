// Decides how a restore shares content with the pool: what was asked, what the two file systems
// can. Thread rule: one thread.
#pragma once

#include <memory>

#include "fs/staging/staging.h"
#include "store/operation/operation.h"
#include "store/restore/pool_linker.h"

namespace holt::store {

/// Null: everything is written. What was asked and cannot be had is told once, or with a
/// `require_...` mode an error.
Result<std::unique_ptr<PoolLinker>> open_links(const Operation& op, const fs::Staging& staging,
                                               const RestoreOptions& options,
                                               RestoreFolders& folders, fs::Semaphore& opening);

/// The mode that `linker`, or its absence, came out as, for the report.
LinkMode mode_of(const PoolLinker* linker) noexcept;

}  // namespace holt::store
