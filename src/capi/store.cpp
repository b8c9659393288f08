// The store of holt/store.h: open, snapshot, restore.
#include "base/error.h"
#include "capi/call.h"
#include "capi/handles.h"
#include "capi/status.h"
#include "capi/structs.h"

namespace holt::capi {

Result<OpenOptions> to_open_options(const holt_open_options* given) {
    HOLT_TRY_LET(options, read_struct(given));
    OpenOptions made{.access = options.read_only != 0 ? Access::read_only : Access::read_write,
                     .threads = options.threads,
                     .allow_network_store = options.allow_network_store != 0};
    if (options.no_lock_wait != 0)
        made.lock_timeout = std::chrono::milliseconds(0);
    else if (options.lock_wait_ms != 0)
        made.lock_timeout = std::chrono::milliseconds(options.lock_wait_ms);
    if (options.log != nullptr) {
        made.log.level = static_cast<LogLevel>(options.log_level);
        made.log.sink = [log = options.log, user = options.log_user](LogLevel level,
                                                                     std::string_view line) {
            log(user, static_cast<holt_log_level>(level), std::string(line).c_str());
        };
    }
    return made;
}

OwnerChoice to_owner(holt_owner owner, std::uint32_t uid, std::uint32_t gid) noexcept {
    return {.who = static_cast<OwnerChoice::Who>(owner), .uid = uid, .gid = gid};
}

Result<RestoreOptions> to_restore_options(const holt_restore_options* given) {
    HOLT_TRY_LET(options, read_struct(given));
    // The C names of the modes begin with the default, as those of C++ do.
    return RestoreOptions{.force = options.force != 0,
                          .remove_extra = options.remove_extra != 0,
                          .paranoid = options.paranoid != 0,
                          .atomic = options.atomic != 0,
                          .dry_run = options.dry_run != 0,
                          .durable = options.durable != 0,
                          .mtime = static_cast<Mtime>(options.mtime),
                          .link = static_cast<LinkMode>(options.link),
                          .owner = to_owner(options.owner, options.uid, options.gid),
                          .relocate = options.without_relocation == 0,
                          .leave = texts(options.leave, options.leave_count),
                          .include = texts(options.include, options.include_count),
                          .exclude = texts(options.exclude, options.exclude_count)};
}

Result<SnapshotOptions> to_snapshot_options(const holt_snapshot_options* given) {
    HOLT_TRY_LET(options, read_struct(given));
    return SnapshotOptions{
        .name = text(options.name),
        .key = text(options.key),
        .tags = to_tags(options.tags, options.tag_count),
        .exclude = texts(options.exclude, options.exclude_count),
        .exclude_caches = options.exclude_caches != 0,
        .gitignore = options.gitignore != 0,
        .exclude_if_present = texts(options.exclude_if_present, options.exclude_if_present_count),
        .level = options.level,
        .one_file_system = options.one_file_system != 0,
        .read_all = options.read_all != 0,
        .relocatable = options.relocatable != 0};
}

holt_restore_report restore_report_of(const RestoreReport& report) {
    holt_restore_report made{.size = sizeof made,
                             .id = {},
                             .in_place = report.in_place ? 1 : 0,
                             .files = report.files,
                             .folders = report.folders,
                             .symlinks = report.symlinks,
                             .hard_links = report.hard_links,
                             .others = report.others,
                             .bytes = report.bytes,
                             .kept = report.kept,
                             .hashed = report.hashed,
                             .mended = report.mended,
                             .removed = report.removed,
                             .warnings = report.warnings,
                             .left_out = report.left_out,
                             .link = static_cast<holt_link>(report.link),
                             .files_linked = report.files_linked,
                             .pool_replaced = report.pool_replaced,
                             .relocated = report.relocated ? 1 : 0};
    made.id = to_c(report.snapshot.id);
    return made;
}

namespace {

Result<InitOptions> to_init_options(const holt_init_options* given) {
    HOLT_TRY_LET(options, read_struct(given));
    return InitOptions{.shared_group = text(options.shared_group),
                       .allow_network_store = options.allow_network_store != 0};
}

holt_snapshot_report report_of(const SnapshotReport& report) {
    holt_snapshot_report made{.size = sizeof made,
                              .id = {},
                              .files = report.snapshot.files,
                              .folders = report.snapshot.folders,
                              .symlinks = report.snapshot.symlinks,
                              .others = report.snapshot.others,
                              .bytes = report.snapshot.bytes,
                              .files_read = report.files_read,
                              .files_unchanged = report.files_unchanged,
                              .bytes_read = report.bytes_read,
                              .new_chunks = report.new_chunks,
                              .new_bytes = report.new_bytes,
                              .stored_bytes = report.stored_bytes,
                              .skipped = report.skipped,
                              .left_out = report.left_out};
    made.id = to_c(report.snapshot.id);
    return made;
}

}  // namespace
}  // namespace holt::capi

using holt::Status;
using holt::capi::Call;
using holt::capi::operate;
using holt::capi::run;

extern "C" {

const char* holt_version(void) {
    return holt::version().data();
}

holt_kind holt_store_init(const char* path, const holt_init_options* options, holt_store** store,
                          holt_status** status) {
    *store = nullptr;
    return run(status, [&]() -> Status {
        HOLT_TRY_LET(how, holt::capi::to_init_options(options));
        HOLT_TRY_LET(made, holt::Store::init(path, how));
        *store = new holt_store{std::move(made)};
        return {};
    });
}

holt_kind holt_store_open(const char* path, const holt_open_options* options, holt_store** store,
                          holt_status** status) {
    *store = nullptr;
    return run(status, [&]() -> Status {
        HOLT_TRY_LET(how, holt::capi::to_open_options(options));
        HOLT_TRY_LET(opened, holt::Store::open(path, how));
        *store = new holt_store{std::move(opened)};
        return {};
    });
}

void holt_store_close(holt_store* store) {
    delete store;
}

const char* holt_store_path(const holt_store* store) {
    return store->store.path().c_str();
}

holt_kind holt_store_is_shared_by(holt_store* store, const char* group, int* shared,
                                  holt_status** status) {
    *shared = 0;
    return run(status, [&]() -> Status {
        HOLT_TRY_LET(is_shared, store->store.is_shared_by(group));
        *shared = is_shared ? 1 : 0;
        return {};
    });
}

holt_kind holt_store_snapshot(holt_store* store, const char* source,
                              const holt_snapshot_options* options, const holt_call* call,
                              holt_snapshot_report* report, holt_status** status) {
    return operate(status, call, holt::capi::to_snapshot_options, options,
                   [&](auto& how, Call& operation) -> Status {
                       HOLT_TRY_LET(taken, store->store.snapshot(source, how, operation));
                       holt::capi::write_struct(report, holt::capi::report_of(taken));
                       return {};
                   });
}

holt_kind holt_store_restore(holt_store* store, const char* snap, const char* destination,
                             const holt_restore_options* options, const holt_call* call,
                             holt_restore_report* report, holt_status** status) {
    return operate(status, call, holt::capi::to_restore_options, options,
                   [&](auto& how, Call& operation) -> Status {
                       HOLT_TRY_LET(restored,
                                    store->store.restore(snap, destination, how, operation));
                       holt::capi::write_struct(report, holt::capi::restore_report_of(restored));
                       return {};
                   });
}

}  // extern "C"
