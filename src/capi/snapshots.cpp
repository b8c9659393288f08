// The snapshots of holt.h: listed, found, labelled, forgotten, collected.
#include <holt/gc.hpp>
#include <holt/retention.hpp>

#include "base/error.h"
#include "capi/call.h"
#include "capi/handles.h"
#include "capi/status.h"
#include "capi/structs.h"

namespace holt::capi {
namespace {

CalendarSpan to_span(const holt_span& span) noexcept {
    return {.years = span.years, .months = span.months, .days = span.days, .hours = span.hours};
}

std::optional<CalendarSpan> to_rule(const holt_span& span) noexcept {
    const CalendarSpan made = to_span(span);
    return made == CalendarSpan{} ? std::nullopt : std::optional(made);
}

Result<ForgetOptions> to_forget_options(const holt_forget_options* given) {
    HOLT_TRY_LET(options, read_struct(given));
    ForgetOptions made{.snaps = texts(options.snaps, options.snap_count),
                       .with_tags = to_queries(options.with_tags, options.with_tag_count),
                       .keep = {.last = options.keep_last,
                                .hourly = options.keep_hourly,
                                .daily = options.keep_daily,
                                .weekly = options.keep_weekly,
                                .monthly = options.keep_monthly,
                                .yearly = options.keep_yearly,
                                .within = to_rule(options.keep_within),
                                .unused = to_rule(options.keep_unused)},
                       .allow_empty = options.allow_empty != 0,
                       .dry_run = options.dry_run != 0};
    if (options.key_prefix != nullptr) made.key_prefix = text(options.key_prefix);
    if (options.keep_tag_count > 0)
        made.keep.tags.push_back(to_queries(options.keep_tags, options.keep_tag_count));
    if (options.one_group != 0) made.group_by.clear();
    if (options.group_by_count > 0) made.group_by = texts(options.group_by, options.group_by_count);
    return made;
}

void tell_decisions(const std::vector<Decision>& decisions, holt_decision_visitor visit,
                    void* user) {
    if (visit == nullptr) return;
    for (const Decision& decision : decisions) {
        const InfoView snapshot(decision.snapshot);
        const std::vector<const char*> reasons = to_c(decision.reasons);
        const holt_decision told = {.size = sizeof told,
                                    .snapshot = snapshot.get(),
                                    .keep = decision.keep ? 1 : 0,
                                    .group = decision.group.c_str(),
                                    .reasons = reasons.data(),
                                    .reason_count = reasons.size()};
        if (visit(user, &told) != 0) return;
    }
}

Result<TagOptions> to_tag_options(const holt_tag_options* given) {
    HOLT_TRY_LET(options, read_struct(given));
    TagOptions made{.set = to_tags(options.set, options.set_count),
                    .remove = texts(options.remove, options.remove_count)};
    if (options.name != nullptr) made.name = text(options.name);
    if (options.hold != 0 && options.release != 0)
        return fail(ErrorKind::usage, "tag", "", "hold and release are asked for at once");
    if (options.hold != 0) made.hold = true;
    if (options.release != 0) made.hold = false;
    return made;
}

/// Of options that have `max_pool`, where 0 is no limit, and `empty_pool`.
template <class Options>
std::optional<std::uint64_t> to_pool_limit(const Options& options) noexcept {
    if (options.empty_pool != 0) return 0;
    return options.max_pool == 0 ? std::nullopt : std::optional(options.max_pool);
}

Result<GcOptions> to_gc_options(const holt_gc_options* given) {
    HOLT_TRY_LET(options, read_struct(given));
    GcOptions made{.max_age = to_rule(options.max_age),
                   .evict_named = options.evict_named != 0,
                   .max_pool = to_pool_limit(options),
                   .recompress = options.recompress,
                   .dry_run = options.dry_run != 0};
    if (options.max_time_ms != 0) made.max_time = std::chrono::milliseconds(options.max_time_ms);
    if (options.max_size != 0) made.max_size = options.max_size;
    return made;
}

/// NULL: nothing is collected by itself.
Result<std::optional<AutoGc>> to_auto_gc(const holt_auto_gc* given) {
    if (given == nullptr) return std::nullopt;
    HOLT_TRY_LET(settings, read_struct(given));
    AutoGc made{.max_age = to_rule(settings.max_age),
                .evict_named = settings.evict_named != 0,
                .max_pool = to_pool_limit(settings)};
    if (settings.max_time_ms != 0) made.max_time = std::chrono::milliseconds(settings.max_time_ms);
    if (settings.max_size != 0) made.max_size = settings.max_size;
    return made;
}

holt_auto_gc settings_of(const AutoGc& settings) noexcept {
    const CalendarSpan age = settings.max_age.value_or(CalendarSpan{});
    return {
        .size = sizeof(holt_auto_gc),
        .max_time_ms = static_cast<std::uint64_t>(settings.max_time.count()),
        .max_size = settings.max_size.value_or(0),
        .max_age = {.years = age.years, .months = age.months, .days = age.days, .hours = age.hours},
        .evict_named = settings.evict_named ? 1 : 0,
        .max_pool = settings.max_pool.value_or(0),
        .empty_pool = settings.max_pool == 0U ? 1 : 0};
}

holt_gc_report report_of(const GcReport& report) noexcept {
    return {.size = sizeof(holt_gc_report),
            .snapshots = report.snapshots,
            .evicted = report.evicted.size(),
            .dropped = report.dropped,
            .packs_before = report.packs_before,
            .bytes_before = report.bytes_before,
            .packs_after = report.packs_after,
            .bytes_after = report.bytes_after,
            .unknown_packs = report.unknown_packs,
            .unknown_bytes = report.unknown_bytes,
            .waiting_packs = report.waiting_packs,
            .waiting_bytes = report.waiting_bytes,
            .pool_files = report.pool_files,
            .pool_bytes = report.pool_bytes,
            .spaces = report.spaces,
            .out_of_time = report.out_of_time ? 1 : 0,
            .out_of_space = report.out_of_space ? 1 : 0};
}

}  // namespace
}  // namespace holt::capi

using holt::Status;
using holt::capi::Call;
using holt::capi::operate;
using holt::capi::run;

extern "C" {

holt_kind holt_store_list(holt_store* store, holt_snapshot_visitor visit, void* user,
                          holt_status** status) {
    return run(status, [&]() -> Status {
        HOLT_TRY_LET(all, store->store.list());
        holt::capi::tell_all(all, visit, user);
        return {};
    });
}

holt_kind holt_store_list_forgotten(holt_store* store, holt_snapshot_visitor visit, void* user,
                                    holt_status** status) {
    return run(status, [&]() -> Status {
        HOLT_TRY_LET(all, store->store.list_forgotten());
        holt::capi::tell_all(all, visit, user);
        return {};
    });
}

holt_kind holt_store_find(holt_store* store, const char* snap, holt_snapshot_visitor visit,
                          void* user, holt_status** status) {
    return run(status, [&]() -> Status {
        HOLT_TRY_LET(info, store->store.find(snap));
        holt::capi::tell_all({info}, visit, user);
        return {};
    });
}

holt_kind holt_store_find_path(holt_store* store, const char* snap_path, holt_path_visitor visit,
                               void* user, holt_status** status) {
    return run(status, [&]() -> Status {
        HOLT_TRY_LET(found, store->store.find_path(holt::capi::text(snap_path)));
        visit(user, holt::capi::InfoView(found.snapshot).get(), found.path.c_str());
        return {};
    });
}

holt_kind holt_store_tag(holt_store* store, const char* snap, const holt_tag_options* options,
                         holt_status** status) {
    return run(status, [&]() -> Status {
        HOLT_TRY_LET(how, holt::capi::to_tag_options(options));
        HOLT_TRY(store->store.tag(snap, how));
        return {};
    });
}

holt_kind holt_store_forget(holt_store* store, const holt_forget_options* options,
                            holt_decision_visitor visit, void* user, uint64_t* forgotten,
                            holt_status** status) {
    return run(status, [&]() -> Status {
        HOLT_TRY_LET(how, holt::capi::to_forget_options(options));
        HOLT_TRY_LET(report, store->store.forget(how));
        if (forgotten != nullptr) *forgotten = report.forgotten;
        holt::capi::tell_decisions(report.decisions, visit, user);
        return {};
    });
}

holt_kind holt_store_undelete(holt_store* store, const char* const* snaps, size_t snap_count,
                              holt_snapshot_visitor visit, void* user, holt_status** status) {
    return run(status, [&]() -> Status {
        HOLT_TRY_LET(back, store->store.undelete(holt::capi::texts(snaps, snap_count)));
        if (visit != nullptr) holt::capi::tell_all(back, visit, user);
        return {};
    });
}

holt_kind holt_store_gc(holt_store* store, const holt_gc_options* options, const holt_call* call,
                        holt_gc_report* report, holt_status** status) {
    return operate(status, call, holt::capi::to_gc_options, options,
                   [&](auto& how, Call& operation) -> Status {
                       HOLT_TRY_LET(done, store->store.gc(how, operation));
                       holt::capi::write_struct(report, holt::capi::report_of(done));
                       return {};
                   });
}

holt_kind holt_store_auto_gc(holt_store* store, int* on, holt_auto_gc* settings,
                             holt_status** status) {
    *on = 0;
    return run(status, [&]() -> Status {
        HOLT_TRY_LET(now, store->store.auto_gc());
        if (!now) return {};
        *on = 1;
        holt::capi::write_struct(settings, holt::capi::settings_of(*now));
        return {};
    });
}

holt_kind holt_store_set_auto_gc(holt_store* store, const holt_auto_gc* settings,
                                 holt_status** status) {
    return run(status, [&]() -> Status {
        HOLT_TRY_LET(now, holt::capi::to_auto_gc(settings));
        return store->store.set_auto_gc(now);
    });
}

}  // extern "C"
