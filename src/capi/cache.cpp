// The environment cache of holt/cache.h.
#include <holt/cache.hpp>

#include "base/error.h"
#include "capi/cache_options.h"
#include "capi/cache_views.h"
#include "capi/call.h"
#include "capi/handles.h"
#include "capi/status.h"
#include "capi/structs.h"

namespace holt::capi {
namespace {

std::uint64_t to_ms(std::chrono::milliseconds time) noexcept {
    return static_cast<std::uint64_t>(time.count());
}

void tell(const CacheFound& found, holt_cache_visitor visit, void* user) {
    if (visit != nullptr) visit(user, FoundView(found).get());
}

holt_cache_restore_report report_of(const CacheRestoreReport& report) {
    holt_cache_restore_report made{.size = sizeof made,
                                   .match = static_cast<holt_cache_match>(report.found.match),
                                   .id = {},
                                   .folders = report.folders.size(),
                                   .files = 0,
                                   .bytes = 0,
                                   .files_linked = 0,
                                   .kept = 0,
                                   .warnings = 0,
                                   .left_out = 0,
                                   .time_ms = to_ms(report.time),
                                   .saved_known = report.saved ? 1 : 0,
                                   .saved_ms = to_ms(report.saved.value_or(report.time.zero()))};
    if (report.found.snapshot) made.id = to_c(report.found.snapshot->id);
    for (const RestoreReport& folder : report.folders) {
        made.files += folder.files;
        made.bytes += folder.bytes;
        made.files_linked += folder.files_linked;
        made.kept += folder.kept;
        made.warnings += folder.warnings;
        made.left_out += folder.left_out;
    }
    return made;
}

holt_cache_save_report report_of(const CacheSaveReport& report) {
    const SnapshotReport& taken = report.report;
    holt_cache_save_report made{.size = sizeof made,
                                .outcome = static_cast<holt_cache_outcome>(report.outcome),
                                .id = {},
                                .files = taken.snapshot.files,
                                .bytes = taken.snapshot.bytes,
                                .new_bytes = taken.new_bytes,
                                .stored_bytes = taken.stored_bytes,
                                .skipped = taken.skipped,
                                .left_out = taken.left_out};
    made.id = to_c(taken.snapshot.id);
    return made;
}

holt_cache_run_report report_of(const CacheRunReport& report, int build_result) {
    const holt_cache_restore_report restored = report_of(report.restored);
    holt_cache_run_report made{.size = sizeof made,
                               .match = restored.match,
                               .built = report.built ? 1 : 0,
                               .build_result = build_result,
                               .waited = report.waited ? 1 : 0,
                               .saved = report.saved ? 1 : 0,
                               .outcome = HOLT_CACHE_SAVED,
                               .id = {},
                               .files = 0,
                               .bytes = 0,
                               .warnings = restored.warnings,
                               .left_out = restored.left_out,
                               .time_ms = report.built ? to_ms(report.time) : restored.time_ms};
    const SnapshotInfo* entry = nullptr;
    if (report.saved) {
        made.outcome = static_cast<holt_cache_outcome>(report.saved->outcome);
        made.left_out += report.saved->report.left_out;
        entry = &report.saved->report.snapshot;
    } else if (report.restored.found.snapshot) {
        entry = &*report.restored.found.snapshot;
    }
    if (entry != nullptr) {
        made.id = to_c(entry->id);
        made.files = entry->files;
        made.bytes = entry->bytes;
    }
    return made;
}

/// The caller's own functions, each called with `user`.
void add_functions(const holt_cache_run_options& given, void* user, CacheRunOptions& options) {
    if (given.waiting != nullptr)
        options.waiting = [waiting = given.waiting, user](const std::string& holder) {
            waiting(user, holder.c_str());
        };
    if (given.missed != nullptr)
        options.missed = [missed = given.missed, user](const CacheFound& found) {
            tell(found, missed, user);
        };
}

void tell_days(const std::vector<CacheDay>& days, holt_cache_day_visitor visit, void* user) {
    if (visit == nullptr) return;
    for (const CacheDay& day : days) {
        const holt_cache_day told = {.size = sizeof told,
                                     .day = day.day,
                                     .hits = day.hits,
                                     .partial = day.partial,
                                     .misses = day.misses,
                                     .saves = day.saves,
                                     .evictions = day.evictions,
                                     .bytes = day.bytes,
                                     .milliseconds = day.milliseconds};
        if (visit(user, &told) != 0) return;
    }
}

void tell_evictions(const std::vector<CacheEviction>& evictions, holt_cache_eviction_visitor visit,
                    void* user) {
    if (visit == nullptr) return;
    for (const CacheEviction& eviction : evictions) {
        const holt_cache_eviction told = {.size = sizeof told,
                                          .key = eviction.key.c_str(),
                                          .scope = eviction.scope.c_str(),
                                          .when = to_c(eviction.when),
                                          .why = eviction.why.c_str()};
        if (visit(user, &told) != 0) return;
    }
}

}  // namespace
}  // namespace holt::capi

using holt::Status;
using holt::capi::Call;
using holt::capi::ForKey;
using holt::capi::operate;
using holt::capi::run;

extern "C" {

holt_kind holt_store_cache_lookup(holt_store* store, const holt_key* key,
                                  const holt_cache_query* query, holt_cache_visitor visit,
                                  void* user, holt_status** status) {
    return run(status, [&]() -> Status {
        HOLT_TRY_LET(asked, ForKey{key}.query(query));
        HOLT_TRY_LET(found, store->store.cache_lookup(asked));
        holt::capi::tell(found, visit, user);
        return {};
    });
}

holt_kind holt_store_cache_restore(holt_store* store, const holt_key* key,
                                   const char* const* folders, size_t folder_count,
                                   const holt_cache_restore_options* options, const holt_call* call,
                                   holt_cache_visitor visit, void* user,
                                   holt_cache_restore_report* report, holt_status** status) {
    const auto read = [&](const holt_cache_restore_options* given) {
        return ForKey{key}.restore(given);
    };
    return operate(status, call, read, options, [&](auto& how, Call& operation) -> Status {
        HOLT_TRY_LET(done, store->store.cache_restore(holt::capi::texts(folders, folder_count), how,
                                                      operation));
        holt::capi::write_struct(report, holt::capi::report_of(done));
        holt::capi::tell(done.found, visit, user);
        return {};
    });
}

holt_kind holt_store_cache_save(holt_store* store, const holt_key* key, const char* const* folders,
                                size_t folder_count, const holt_cache_save_options* options,
                                const holt_call* call, holt_cache_save_report* report,
                                holt_status** status) {
    const auto read = [&](const holt_cache_save_options* given) { return ForKey{key}.save(given); };
    return operate(status, call, read, options, [&](auto& how, Call& operation) -> Status {
        HOLT_TRY_LET(done, store->store.cache_save(holt::capi::texts(folders, folder_count), how,
                                                   operation));
        holt::capi::write_struct(report, holt::capi::report_of(done));
        return {};
    });
}

holt_kind holt_store_cache_run(holt_store* store, const holt_key* key, const char* const* folders,
                               size_t folder_count, const holt_cache_run_options* options,
                               holt_cache_build build, void* user, const holt_call* call,
                               holt_cache_run_report* report, holt_status** status) {
    const auto read = [&](const holt_cache_run_options* given) { return ForKey{key}.run(given); };
    return operate(status, call, read, options, [&](auto& how, Call& operation) -> Status {
        HOLT_TRY_LET(given, holt::capi::read_struct(options));
        holt::capi::add_functions(given, user, how);
        int built = 0;
        const auto build_it = [&]() -> holt::Result<holt::BuildResult> {
            built = build(user);
            return holt::BuildResult{.succeeded = built == 0, .made_at = how.save.made_at};
        };
        HOLT_TRY_LET(done, store->store.cache_run(holt::capi::texts(folders, folder_count), how,
                                                  build_it, operation));
        holt::capi::write_struct(report, holt::capi::report_of(done, built));
        return {};
    });
}

holt_kind holt_store_cache_evict(holt_store* store, const holt_cache_evict_options* options,
                                 holt_snapshot_visitor visit, void* user, uint64_t* evicted,
                                 holt_status** status) {
    return run(status, [&]() -> Status {
        HOLT_TRY_LET(how, holt::capi::to_evict_options(options));
        HOLT_TRY_LET(done, store->store.cache_evict(how));
        if (evicted != nullptr) *evicted = done.evicted.size();
        if (visit != nullptr) holt::capi::tell_all(done.evicted, visit, user);
        return {};
    });
}

holt_kind holt_store_cache_stats(holt_store* store, holt_cache_day_visitor day,
                                 holt_cache_eviction_visitor eviction, void* user,
                                 uint64_t* entries, holt_status** status) {
    return run(status, [&]() -> Status {
        HOLT_TRY_LET(stats, store->store.cache_stats());
        if (entries != nullptr) *entries = stats.entries;
        holt::capi::tell_days(stats.days, day, user);
        holt::capi::tell_evictions(stats.evictions, eviction, user);
        return {};
    });
}

}  // extern "C"
