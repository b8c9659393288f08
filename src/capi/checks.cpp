// Comparing and checking, for holt.h.
#include "base/error.h"
#include "capi/call.h"
#include "capi/handles.h"
#include "capi/status.h"
#include "capi/structs.h"

namespace holt::capi {
namespace {

Store::DiffVisitor to_visitor(holt_difference_visitor visit, void* user) {
    return [visit, user](const DiffEntry& entry) {
        const holt_difference told = {.size = sizeof told,
                                      .path = entry.path.c_str(),
                                      .change = static_cast<holt_change>(entry.change),
                                      .detail = entry.detail.c_str()};
        return to_visit(visit == nullptr ? 0 : visit(user, &told));
    };
}

holt_diff_report report_of(const DiffReport& report) noexcept {
    return {.size = sizeof(holt_diff_report),
            .added = report.added,
            .removed = report.removed,
            .changed = report.changed,
            .same = report.same,
            .left_out = report.left_out,
            .warnings = report.warnings};
}

void tell_damage(const std::vector<Damage>& damage, holt_damage_visitor visit, void* user) {
    if (visit == nullptr) return;
    for (const Damage& one : damage) {
        const holt_status what{one.what, one.what.message()};
        const std::vector<const char*> snapshots = to_c(one.snapshots);
        const holt_damage told = {.size = sizeof told,
                                  .what = &what,
                                  .snapshots = snapshots.data(),
                                  .snapshot_count = snapshots.size()};
        if (visit(user, &told) != 0) return;
    }
}

holt_verify_report report_of(const VerifyReport& report) noexcept {
    return {.size = sizeof(holt_verify_report),
            .packs = report.packs,
            .blocks = report.blocks,
            .chunks = report.chunks,
            .bytes = report.bytes,
            .snapshots = report.snapshots,
            .pool_files = report.pool_files,
            .unknown_packs = report.unknown_packs,
            .unknown_bytes = report.unknown_bytes,
            .forgotten = report.forgotten,
            .pool_changed = report.pool_changed,
            .damage = report.damage.size(),
            .all_packs = report.all_packs,
            .out_of_time = report.out_of_time ? 1 : 0};
}

holt_repair_report report_of(const RepairReport& report) noexcept {
    return {.size = sizeof(holt_repair_report),
            .packs = report.packs,
            .chunks = report.chunks,
            .snapshots = report.snapshots,
            .brought_back = report.brought_back,
            .unacknowledged = report.unacknowledged,
            .forgotten = report.forgotten,
            .salvaged_chunks = report.salvaged_chunks,
            .pool_removed = report.pool_removed,
            .quarantined = report.quarantined.size(),
            .damage = report.damage.size(),
            .regained_chunks = report.regained_chunks};
}

Result<DiffOptions> to_diff_options(const holt_diff_options* given) {
    HOLT_TRY_LET(options, read_struct(given));
    return DiffOptions{.include = texts(options.include, options.include_count),
                       .exclude = texts(options.exclude, options.exclude_count)};
}

Result<VerifyFolderOptions> to_folder_options(const holt_verify_folder_options* given) {
    HOLT_TRY_LET(options, read_struct(given));
    return VerifyFolderOptions{.against = text(options.against),
                               .paranoid = options.paranoid != 0,
                               .include = texts(options.include, options.include_count),
                               .exclude = texts(options.exclude, options.exclude_count)};
}

Result<VerifyOptions> to_verify_options(const holt_verify_options* given) {
    HOLT_TRY_LET(options, read_struct(given));
    VerifyOptions made{};
    if (options.subset_percent != 0) made.subset_percent = options.subset_percent;
    if (options.max_time_ms != 0) made.max_time = std::chrono::milliseconds(options.max_time_ms);
    return made;
}

Result<RepairOptions> to_repair_options(const holt_repair_options* given) {
    HOLT_TRY_LET(options, read_struct(given));
    return RepairOptions{.unacknowledged = options.unacknowledged != 0,
                         .from = texts(options.from, options.from_count)};
}

}  // namespace
}  // namespace holt::capi

using holt::Status;
using holt::capi::Call;
using holt::capi::operate;
using holt::capi::run;

extern "C" {

holt_kind holt_store_diff(holt_store* store, const char* a, const char* b,
                          const holt_diff_options* options, const holt_call* call,
                          holt_difference_visitor visit, void* user, holt_diff_report* report,
                          holt_status** status) {
    return operate(status, call, holt::capi::to_diff_options, options,
                   [&](auto& how, Call& operation) -> Status {
                       HOLT_TRY_LET(
                           found, store->store.diff(a, b, how, holt::capi::to_visitor(visit, user),
                                                    operation));
                       holt::capi::write_struct(report, holt::capi::report_of(found));
                       return {};
                   });
}

holt_kind holt_store_verify_folder(holt_store* store, const char* folder,
                                   const holt_verify_folder_options* options, const holt_call* call,
                                   holt_difference_visitor visit, void* user,
                                   holt_diff_report* report, holt_status** status) {
    return operate(status, call, holt::capi::to_folder_options, options,
                   [&](auto& how, Call& operation) -> Status {
                       HOLT_TRY_LET(
                           found, store->store.verify_folder(
                                      folder, how, holt::capi::to_visitor(visit, user), operation));
                       holt::capi::write_struct(report, holt::capi::report_of(found));
                       return {};
                   });
}

holt_kind holt_store_verify(holt_store* store, const char* const* snaps, size_t snap_count,
                            const holt_verify_options* options, const holt_call* call,
                            holt_damage_visitor visit, void* user, holt_verify_report* report,
                            holt_status** status) {
    return operate(status, call, holt::capi::to_verify_options, options,
                   [&](auto& how, Call& operation) -> Status {
                       HOLT_TRY_LET(found, store->store.verify(holt::capi::texts(snaps, snap_count),
                                                               how, operation));
                       holt::capi::write_struct(report, holt::capi::report_of(found));
                       holt::capi::tell_damage(found.damage, visit, user);
                       return {};
                   });
}

holt_kind holt_repair(const char* path, const holt_open_options* open,
                      const holt_repair_options* options, const holt_call* call,
                      holt_damage_visitor visit, void* user, holt_repair_report* report,
                      holt_status** status) {
    return operate(status, call, holt::capi::to_repair_options, options,
                   [&](auto& how, Call& operation) -> Status {
                       HOLT_TRY_LET(opening, holt::capi::to_open_options(open));
                       HOLT_TRY_LET(done, holt::Store::repair(path, opening, how, operation));
                       holt::capi::write_struct(report, holt::capi::report_of(done));
                       holt::capi::tell_damage(done.damage, visit, user);
                       return {};
                   });
}

holt_kind holt_store_stats(holt_store* store, holt_stats* stats, holt_status** status) {
    return run(status, [&]() -> Status {
        HOLT_TRY_LET(now, store->store.stats());
        holt::capi::write_struct(stats, {.size = sizeof(holt_stats),
                                         .snapshots = now.snapshots,
                                         .packs = now.packs,
                                         .blocks = now.blocks,
                                         .chunks = now.chunks,
                                         .forgotten = now.forgotten,
                                         .unused_packs = now.unused_packs,
                                         .unused_bytes = now.unused_bytes,
                                         .going_packs = now.going_packs,
                                         .going_bytes = now.going_bytes,
                                         .unknown_packs = now.unknown_packs,
                                         .unknown_bytes = now.unknown_bytes,
                                         .pack_bytes = now.pack_bytes,
                                         .catalog_bytes = now.catalog_bytes,
                                         .pool_files = now.pool_files,
                                         .pool_bytes = now.pool_bytes,
                                         .pool_unused_bytes = now.pool_unused_bytes,
                                         .tmp_files = now.tmp_files,
                                         .tmp_bytes = now.tmp_bytes,
                                         .quarantine_files = now.quarantine_files,
                                         .quarantine_bytes = now.quarantine_bytes,
                                         .chunk_bytes = now.chunk_bytes,
                                         .duplicate_chunks = now.duplicate_chunks,
                                         .duplicate_bytes = now.duplicate_bytes,
                                         .source_bytes = now.source_bytes});
        return {};
    });
}

}  // extern "C"
