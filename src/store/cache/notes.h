// What is noted of an entry's use, where the store can be written just now: counts, and the folders
// that are known to be what an entry has. Nobody waits long for it, and nothing fails without it.
// Thread rule: independent calls may run at once.
#pragma once

#include <holt/cache.hpp>

#include <span>
#include <string>

#include "store/catalog/catalog_cache.h"
#include "store/disk/store_folder.h"
#include "store/operation/log.h"

namespace holt::store {

void note_count(const StoreFolder& folder, const OpenOptions& open, const CacheCount& count,
                const Log& log);

/// Folders that were just saved, and are what the entry has: the next restore into them mends them.
void note_saved_folders(const StoreFolder& folder, const OpenOptions& open,
                        std::span<const std::string> folders, const SnapshotInfo& entry,
                        const Log& log);

}  // namespace holt::store
