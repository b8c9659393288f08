// cache.log in the store's folder: what the cache did since that was last added up in the catalog.
//
// A transaction of the catalog costs several writes that are forced to the device, which is more
// than a restore of what is there already. So each use is 32 bytes at the end of this file, under
// a lock and without a sync; whoever saves, and whoever finds the file long, adds them up
// (CatalogCache::add) and empties it. A power cut may lose some, and a kill between the two count
// some twice: they are figures for people.
//
//   u8 what (1 hit, 2 partial, 3 miss, 4 save); 3 zeros; u32 day since 1970; u64 bytes; u64
//   milliseconds; u64 xxHash64 (seed 0) of the 24 bytes before it. What is not sound is passed over
// Thread rule: independent calls may run at once.
#pragma once

#include <span>
#include <vector>

#include "store/catalog/catalog_cache.h"
#include "store/disk/store_folder.h"

namespace holt::store {

/// Appends one; true when the file is long enough to be added up.
Result<bool> append_use(const StoreFolder& folder, const CacheCount& count, std::int64_t day);
/// What is in it, by day.
Result<std::vector<CacheDay>> read_uses(const StoreFolder& folder);
/// Adds it up in the catalog, and empties it.
Status add_up_uses(const StoreFolder& folder, Catalog& catalog);

/// Adds the figures of days to others, which stay sorted.
void add_days(std::vector<CacheDay>& to, std::span<const CacheDay> days);

}  // namespace holt::store
