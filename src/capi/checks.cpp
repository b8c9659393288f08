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
            .damage = report.damage.size()};
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
            .damage = report.damage.size()};
}

}  // namespace
}  // namespace holt::capi

using holt::Status;
using holt::capi::Call;
using holt::capi::run;

extern "C" {

holt_kind holt_store_diff(holt_store* store, const char* a, const char* b,
                          const holt_diff_options* options, const holt_call* call,
                          holt_difference_visitor visit, void* user, holt_diff_report* report,
                          holt_status** status) {
    return run(status, [&]() -> Status {
        HOLT_TRY_LET(how, holt::capi::read_struct(options));
        HOLT_TRY_LET(given, Call::read(call));
        Call operation(given);
        HOLT_TRY_LET(
            found, store->store.diff(a, b,
                                     {.include = holt::capi::texts(how.include, how.include_count),
                                      .exclude = holt::capi::texts(how.exclude, how.exclude_count),
                                      .cancel = operation.cancel(),
                                      .threads = operation.threads()},
                                     holt::capi::to_visitor(visit, user), operation));
        holt::capi::write_struct(report, holt::capi::report_of(found));
        return {};
    });
}

holt_kind holt_store_verify_folder(holt_store* store, const char* folder,
                                   const holt_verify_folder_options* options, const holt_call* call,
                                   holt_difference_visitor visit, void* user,
                                   holt_diff_report* report, holt_status** status) {
    return run(status, [&]() -> Status {
        HOLT_TRY_LET(how, holt::capi::read_struct(options));
        HOLT_TRY_LET(given, Call::read(call));
        Call operation(given);
        HOLT_TRY_LET(found, store->store.verify_folder(
                                folder,
                                {.against = holt::capi::text(how.against),
                                 .paranoid = how.paranoid != 0,
                                 .include = holt::capi::texts(how.include, how.include_count),
                                 .exclude = holt::capi::texts(how.exclude, how.exclude_count),
                                 .cancel = operation.cancel(),
                                 .threads = operation.threads()},
                                holt::capi::to_visitor(visit, user), operation));
        holt::capi::write_struct(report, holt::capi::report_of(found));
        return {};
    });
}

holt_kind holt_store_verify(holt_store* store, const char* const* snaps, size_t snap_count,
                            unsigned subset_percent, const holt_call* call,
                            holt_damage_visitor visit, void* user, holt_verify_report* report,
                            holt_status** status) {
    return run(status, [&]() -> Status {
        HOLT_TRY_LET(given, Call::read(call));
        Call operation(given);
        HOLT_TRY_LET(found, store->store.verify(
                                holt::capi::texts(snaps, snap_count),
                                {.subset_percent = subset_percent == 0 ? 100 : subset_percent,
                                 .cancel = operation.cancel(),
                                 .threads = operation.threads()},
                                operation));
        holt::capi::write_struct(report, holt::capi::report_of(found));
        holt::capi::tell_damage(found.damage, visit, user);
        return {};
    });
}

holt_kind holt_repair(const char* path, const holt_open_options* open, int also_unacknowledged,
                      const holt_call* call, holt_damage_visitor visit, void* user,
                      holt_repair_report* report, holt_status** status) {
    return run(status, [&]() -> Status {
        HOLT_TRY_LET(how, holt::capi::to_open_options(open));
        HOLT_TRY_LET(given, Call::read(call));
        Call operation(given);
        HOLT_TRY_LET(done, holt::Store::repair(path, how,
                                               {.unacknowledged = also_unacknowledged != 0,
                                                .cancel = operation.cancel(),
                                                .threads = operation.threads()},
                                               operation));
        holt::capi::write_struct(report, holt::capi::report_of(done));
        holt::capi::tell_damage(done.damage, visit, user);
        return {};
    });
}

}  // extern "C"
