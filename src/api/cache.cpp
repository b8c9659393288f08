#include <holt/cache.hpp>

#include "api/store_impl.h"
#include "store/cache.h"
#include "store/cache/sharing.h"
#include "store/keys/key_inputs.h"
#include "store/keys/key_list.h"

namespace holt {
Result<CacheKey> hash_key(const KeyOptions& options) {
    return guarded([&]() -> Result<CacheKey> {
        HOLT_TRY_LET(inputs, store::read_key_inputs(options));
        if (inputs.empty())
            return fail(ErrorKind::usage, "hash key", "", "nothing is given to make a key from",
                        "name files, variables, texts or tools");
        std::string key = store::key_of(options.prefix, inputs);
        return CacheKey{std::move(key), std::move(inputs)};
    });
}

Result<CacheFound> Store::cache_lookup(const CacheQuery& query) {
    return impl_->use([&] { return store::look_up_key(impl_->folder, impl_->options, query); });
}

Result<CacheRestoreReport> Store::cache_restore(const std::vector<std::string>& folders,
                                                const CacheRestoreOptions& options,
                                                Observer& observer) {
    return impl_->use([&] {
        return impl_->in_parallel(options.restore.threads, [&] {
            return store::restore_by_key(impl_->folder, impl_->options, folders, options, observer);
        });
    });
}

Result<CacheSaveReport> Store::cache_save(const std::vector<std::string>& folders,
                                          const CacheSaveOptions& options, Observer& observer) {
    return impl_->use([&] {
        return impl_->in_parallel(options.snapshot.threads, [&] {
            return store::save_under_key(impl_->folder, impl_->options, folders, options, observer);
        });
    });
}

Result<CacheRunReport> Store::cache_run(const std::vector<std::string>& folders,
                                        const CacheRunOptions& options,
                                        const std::function<Result<BuildResult>()>& build,
                                        Observer& observer) {
    return impl_->use([&] {
        return impl_->in_parallel(options.restore.restore.threads, [&] {
            return store::run_for_key(impl_->folder, impl_->options, folders, options, build,
                                      observer);
        });
    });
}

Result<CacheEvictReport> Store::cache_evict(const CacheEvictOptions& options) {
    return impl_->use([&]() -> Result<CacheEvictReport> {
        if (!options.dry_run) HOLT_TRY(impl_->check_writable("evict entries", ""));
        return store::evict_entries(impl_->folder, impl_->options, options);
    });
}

Result<CacheStats> Store::cache_stats() {
    return impl_->use([&] { return store::count_cache(impl_->folder, impl_->options); });
}

Status Store::remember_key(const CacheKey& key) {
    return impl_->change("remember key", key.key, [&] {
        return store::remember_key_list(impl_->folder, impl_->options, key);
    });
}

Result<std::vector<KeyInput>> Store::key_inputs(const std::string& key_or_snap,
                                                const std::vector<std::string>& scopes) {
    return impl_->use(
        [&] { return store::find_key_inputs(impl_->folder, impl_->options, key_or_snap, scopes); });
}

Result<SharingReport> Store::sharing(const Cancel* cancel, Observer&) {
    return impl_->use([&]() -> Result<SharingReport> {
        HOLT_TRY_LET(catalog, impl_->catalog(cancel));
        return store::compare_snapshots(impl_->folder, catalog, cancel);
    });
}

std::string_view name(KeyInputKind kind) noexcept {
    switch (kind) {
        case KeyInputKind::file:
            return "file";
        case KeyInputKind::glob:
            return "glob";
        case KeyInputKind::env:
            return "env";
        case KeyInputKind::text:
            return "text";
        case KeyInputKind::platform:
            return "platform";
        case KeyInputKind::tool:
            return "tool";
    }
    return "file";
}

std::string_view name(KeyChange::How how) noexcept {
    switch (how) {
        case KeyChange::How::added:
            return "added";
        case KeyChange::How::removed:
            return "removed";
        case KeyChange::How::changed:
            return "changed";
    }
    return "changed";
}

std::string_view name(CacheMatch match) noexcept {
    switch (match) {
        case CacheMatch::none:
            return "none";
        case CacheMatch::nearest:
            return "nearest";
        case CacheMatch::partial:
            return "partial";
        case CacheMatch::exact:
            return "exact";
    }
    return "none";
}

std::string_view name(CacheSaveReport::Outcome outcome) noexcept {
    switch (outcome) {
        case CacheSaveReport::Outcome::saved:
            return "saved";
        case CacheSaveReport::Outcome::already:
            return "already";
        case CacheSaveReport::Outcome::kept:
            return "kept";
        case CacheSaveReport::Outcome::replaced:
            return "replaced";
    }
    return "saved";
}

}  // namespace holt
