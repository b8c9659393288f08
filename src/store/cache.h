// The cache's operations on a store: look up, restore, save, run, evict. The steps of restore, save
// and run are in files of their own, those of the others in cache.cpp; what is public is in
// holt/cache.hpp.
// Thread rule: independent calls may run at once, on catalogs of their own.
#pragma once

#include <holt/cache.hpp>

#include <functional>
#include <span>
#include <string>

#include "store/disk/store_folder.h"

namespace holt::store {

Result<CacheFound> look_up_key(const StoreFolder& folder, const OpenOptions& open,
                               const CacheQuery& query);

Result<CacheRestoreReport> restore_by_key(const StoreFolder& folder, const OpenOptions& open,
                                          std::span<const std::string> folders,
                                          const CacheRestoreOptions& options, Observer& observer);

Result<CacheSaveReport> save_under_key(const StoreFolder& folder, const OpenOptions& open,
                                       std::span<const std::string> folders,
                                       const CacheSaveOptions& options, Observer& observer);

Result<CacheRunReport> run_for_key(const StoreFolder& folder, const OpenOptions& open,
                                   std::span<const std::string> folders,
                                   const CacheRunOptions& options,
                                   const std::function<Result<BuildResult>()>& build,
                                   Observer& observer);

Result<CacheEvictReport> evict_entries(const StoreFolder& folder, const OpenOptions& open,
                                       const CacheEvictOptions& options);

Result<CacheStats> count_cache(const StoreFolder& folder, const OpenOptions& open);

Status remember_key_list(const StoreFolder& folder, const OpenOptions& open, const CacheKey& key);
Result<std::vector<KeyInput>> find_key_inputs(const StoreFolder& folder, const OpenOptions& open,
                                              const std::string& key_or_snap,
                                              const std::vector<std::string>& scopes);

}  // namespace holt::store
