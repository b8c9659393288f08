// What C asks of the cache, as the library's options. Thread rule: free functions.
#pragma once

#include <holt/holt.h>
#include <holt/cache.hpp>

namespace holt::capi {

/// What was asked for `key`.
struct ForKey {
    const holt_key* key = nullptr;
    Result<CacheQuery> query(const holt_cache_query* given) const;
    Result<CacheRestoreOptions> restore(const holt_cache_restore_options* given) const;
    Result<CacheSaveOptions> save(const holt_cache_save_options* given) const;
    /// Without the functions of the caller's.
    Result<CacheRunOptions> run(const holt_cache_run_options* given) const;
};

Result<CacheEvictOptions> to_evict_options(const holt_cache_evict_options* given);

}  // namespace holt::capi
