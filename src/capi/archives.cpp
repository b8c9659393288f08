// Archives, for holt.h: export and import, to and from files and functions of the caller's.
#include <holt/archive.hpp>

#include "base/error.h"
#include "capi/call.h"
#include "capi/handles.h"
#include "capi/status.h"
#include "capi/structs.h"

namespace holt::capi {
namespace {

Result<ArchivePlace> to_place(const holt_place* given) {
    HOLT_TRY_LET(place, read_struct(given));
    ArchivePlace made{.path = text(place.path)};
    if (place.use_fd != 0) made.fd = place.fd;
    if (place.write != nullptr)
        made.write = [write = place.write, user = place.user,
                      name = made.path](std::span<const std::uint8_t> bytes) -> Status {
            if (write(user, bytes.data(), bytes.size()) == 0) return {};
            return fail(ErrorKind::failed, "export", name, "the caller's writer failed");
        };
    if (place.read != nullptr)
        made.read = [read = place.read, user = place.user,
                     name = made.path](std::span<std::uint8_t> room) -> Result<std::size_t> {
            std::size_t got = 0;
            if (read(user, room.data(), room.size(), &got) == 0 && got <= room.size()) return got;
            return fail(ErrorKind::failed, "import", name, "the caller's reader failed");
        };
    return made;
}

Result<ExportOptions> to_export_options(const holt_export_options* given) {
    HOLT_TRY_LET(options, read_struct(given));
    ExportOptions made{.level = options.level,
                       .overwrite = options.overwrite != 0,
                       .since = texts(options.since, options.since_count),
                       .include = texts(options.include, options.include_count),
                       .exclude = texts(options.exclude, options.exclude_count)};
    if (options.format != HOLT_FORMAT_BY_NAME)
        made.format = static_cast<ArchiveFormat>(options.format - HOLT_FORMAT_TAR);
    return made;
}

Result<ImportOptions> to_import_options(const holt_import_options* given) {
    HOLT_TRY_LET(options, read_struct(given));
    ImportOptions made{.name = text(options.name),
                       .key = text(options.key),
                       .tags = to_tags(options.tags, options.tag_count),
                       .level = options.level,
                       .special_modes = options.special_modes != 0,
                       .special_files = options.special_files != 0,
                       .all_xattrs = options.all_xattrs != 0,
                       .owner = to_owner(options.owner, options.uid, options.gid)};
    const auto limit = [](auto& into, auto given_limit) {
        if (given_limit != 0) into = given_limit;
    };
    limit(made.max_entries, options.max_entries);
    limit(made.max_bytes, options.max_bytes);
    limit(made.max_ratio, options.max_ratio);
    limit(made.max_metadata, options.max_metadata);
    limit(made.window_limit, options.window_limit);
    limit(made.max_depth, options.max_depth);
    return made;
}

holt_export_report report_of(const ExportReport& report) noexcept {
    return {.size = sizeof(holt_export_report),
            .snapshots = report.snapshots.size(),
            .files = report.files,
            .folders = report.folders,
            .symlinks = report.symlinks,
            .hard_links = report.hard_links,
            .others = report.others,
            .bytes = report.bytes,
            .archive_bytes = report.archive_bytes,
            .left_out = report.left_out};
}

holt_import_report report_of(const ImportReport& report) {
    holt_import_report made{.size = sizeof made,
                            .id = {},
                            .snapshots = report.snapshots.size(),
                            .archive_bytes = report.archive_bytes,
                            .new_chunks = report.new_chunks,
                            .new_bytes = report.new_bytes,
                            .stored_bytes = report.stored_bytes,
                            .skipped = report.skipped,
                            .stripped = report.stripped,
                            .warnings = report.warnings};
    if (!report.snapshots.empty()) made.id = to_c(report.snapshots.front().id);
    return made;
}

}  // namespace
}  // namespace holt::capi

using holt::Status;
using holt::capi::Call;
using holt::capi::operate;

extern "C" {

holt_kind holt_store_export(holt_store* store, const char* const* snaps, size_t snap_count,
                            const holt_place* place, const holt_export_options* options,
                            const holt_call* call, holt_export_report* report,
                            holt_status** status) {
    return operate(status, call, holt::capi::to_export_options, options,
                   [&](auto& how, Call& operation) -> Status {
                       HOLT_TRY_LET(where, holt::capi::to_place(place));
                       HOLT_TRY_LET(
                           done, store->store.export_to(holt::capi::texts(snaps, snap_count), where,
                                                        how, operation));
                       holt::capi::write_struct(report, holt::capi::report_of(done));
                       return {};
                   });
}

holt_kind holt_store_import(holt_store* store, const holt_place* place,
                            const holt_import_options* options, const holt_call* call,
                            holt_import_report* report, holt_status** status) {
    return operate(status, call, holt::capi::to_import_options, options,
                   [&](auto& how, Call& operation) -> Status {
                       HOLT_TRY_LET(where, holt::capi::to_place(place));
                       HOLT_TRY_LET(done, store->store.import_from(where, how, operation));
                       holt::capi::write_struct(report, holt::capi::report_of(done));
                       return {};
                   });
}

holt_kind holt_restore_archive(const holt_place* place, const char* destination,
                               const holt_restore_options* options,
                               const holt_import_options* import_options, const holt_call* call,
                               holt_restore_report* report, holt_status** status) {
    return operate(status, call, holt::capi::to_restore_options, options,
                   [&](auto& how, Call& operation) -> Status {
                       HOLT_TRY_LET(import, holt::capi::to_import_options(import_options));
                       HOLT_TRY_LET(where, holt::capi::to_place(place));
                       operation.give(import);
                       HOLT_TRY_LET(
                           done, holt::restore_archive(where, destination, how, import, operation));
                       holt::capi::write_struct(report, holt::capi::restore_report_of(done));
                       return {};
                   });
}

}  // extern "C"
