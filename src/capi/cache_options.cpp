#include "capi/cache_options.h"

#include "base/error.h"
#include "capi/handles.h"
#include "capi/structs.h"

namespace holt::capi {

Result<CacheQuery> ForKey::query(const holt_cache_query* given) const {
    HOLT_TRY_LET(options, read_struct(given));
    CacheQuery made{.key = key->key,
                    .restore_keys = texts(options.restore_keys, options.restore_key_count),
                    .nearest = options.nearest != 0};
    if (options.scope_count > 0) made.scopes = texts(options.scopes, options.scope_count);
    return made;
}

Result<CacheRestoreOptions> ForKey::restore(const holt_cache_restore_options* given) const {
    HOLT_TRY_LET(options, read_struct(given));
    HOLT_TRY_LET(asked, query(options.query));
    HOLT_TRY_LET(how, to_restore_options(options.restore));
    if (how.link == LinkMode::automatic) how.link = LinkMode::hardlink;
    return CacheRestoreOptions{
        .query = std::move(asked), .exact = options.exact != 0, .restore = std::move(how)};
}

Result<CacheSaveOptions> ForKey::save(const holt_cache_save_options* given) const {
    HOLT_TRY_LET(options, read_struct(given));
    HOLT_TRY_LET(how, to_snapshot_options(options.snapshot));
    CacheSaveOptions made{.key = key->key,
                          .replace = options.replace != 0,
                          .allow_incomplete = options.allow_incomplete != 0,
                          .snapshot = std::move(how),
                          .made_at = texts(options.made_at, options.made_at_count)};
    made.snapshot.relocatable = options.without_relocation == 0;
    if (options.scope != nullptr) made.scope = text(options.scope);
    if (options.build_time_known != 0)
        made.build_time = std::chrono::milliseconds(options.build_time_ms);
    return made;
}

Result<CacheRunOptions> ForKey::run(const holt_cache_run_options* given) const {
    HOLT_TRY_LET(options, read_struct(given));
    HOLT_TRY_LET(restoring, restore(options.restore));
    HOLT_TRY_LET(saving, save(options.save));
    CacheRunOptions made{.restore = std::move(restoring),
                         .save = std::move(saving),
                         .from_nearest = options.from_nearest != 0};
    if (options.no_wait != 0)
        made.wait = std::chrono::milliseconds(0);
    else if (options.wait_ms != 0)
        made.wait = std::chrono::milliseconds(options.wait_ms);
    return made;
}

Result<CacheEvictOptions> to_evict_options(const holt_cache_evict_options* given) {
    HOLT_TRY_LET(options, read_struct(given));
    CacheEvictOptions made{.keys = texts(options.keys, options.key_count),
                           .scopes = texts(options.scopes, options.scope_count),
                           .dry_run = options.dry_run != 0};
    if (options.prefix != nullptr) made.prefix = text(options.prefix);
    if (options.unused_seconds != 0)
        made.unused_seconds = static_cast<std::int64_t>(options.unused_seconds);
    return made;
}

}  // namespace holt::capi
