#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "store/cache/entries.h"
#include "store/cache/notes.h"
#include "store/cache_call.h"
#include "store/cache_folders.h"
#include "store/forget.h"
#include "store/operation/operation.h"
#include "store/restore.h"

namespace holt::store {
namespace {

Status check_folder_count(const SnapshotInfo& entry, std::span<const std::string> folders) {
    if (entry.folders_saved == folders.size()) return {};
    return fail(ErrorKind::usage, "restore", entry.key,
                "it was saved with " + std::to_string(entry.folders_saved) +
                    (entry.folders_saved == 1 ? " folder, and " : " folders, and ") +
                    std::to_string(folders.size()) + " are given",
                "give as many, in the same order");
}

void leave_nothing_but_exact(CacheFound& found) {
    if (found.match == CacheMatch::exact) return;
    found.match = CacheMatch::none;
    found.snapshot.reset();
}

// The folders of the entry that was found.
Status restore_folders(const CacheCall& call, Catalog& catalog, const RestoreOptions& options,
                       CacheRestoreReport& report) {
    const SnapshotInfo& entry = *report.found.snapshot;
    const std::span<const std::string> folders = call.folders;
    HOLT_TRY(check_folder_count(entry, folders));
    HOLT_TRY(refuse_nested(folders, "restore"));
    const auto begin = std::chrono::steady_clock::now();
    // Before anything is written: each can be moved to where it shall be. One alone finds that out
    // by itself.
    const auto together = folders.size() > 1 ? folders : std::span<const std::string>{};
    for (std::size_t i = 0; i < together.size(); ++i) {
        Operation op(call.store, call.open, options.cancel, call.observer);
        HOLT_TRY(
            check_restore(op, catalog, folder_of_entry(entry, i), folders[i], options, together));
    }
    for (std::size_t i = 0; i < folders.size(); ++i) {
        Operation op(call.store, call.open, options.cancel, call.observer);
        HOLT_TRY_LET(restored, restore_snapshot(op, catalog, folder_of_entry(entry, i), folders[i],
                                                options, together));
        report.folders.push_back(std::move(restored));
    }
    report.time = since(begin);
    if (!entry.build_ms) return {};
    const std::chrono::milliseconds built(*entry.build_ms);
    report.saved = std::max(built - report.time, std::chrono::milliseconds{0});
    return {};
}

CacheCount count_of(const CacheRestoreReport& report) {
    const bool is_hit = report.found.match == CacheMatch::exact;
    CacheCount count{.what = is_hit ? CacheCount::What::hit : CacheCount::What::partial};
    count.bytes = report.found.snapshot->bytes;
    // A command that still has to run was not saved.
    if (is_hit && report.saved)
        count.milliseconds = static_cast<std::uint64_t>(report.saved->count());
    return count;
}

}  // namespace

void note_hit(const CacheCall& call, const CacheRestoreReport& report) {
    note_count(call.store, call.open, count_of(report), make_log(call.open.log));
    // That of an entry whose folder was made was noted when the folder was remembered.
    if (std::ranges::all_of(report.folders, &RestoreReport::in_place))
        note_use(call.store, call.open, *report.found.snapshot);
}

Result<CacheRestoreReport> restore_entry(const CacheCall& call, const CacheRestoreOptions& options,
                                         Counting counting, Parents parents) {
    // 1. Which entry.
    HOLT_TRY(check_query(options.query));
    HOLT_TRY(require_folders(call.folders, "restore"));
    CacheRestoreReport report;
    {
        HOLT_TRY_LET(catalog, open_to_read(call.store, call.open, options.restore.cancel));
        HOLT_TRY_LET(found, find_entry(catalog, options.query));
        report.found = std::move(found);
        if (options.exact) leave_nothing_but_exact(report.found);

        // 2. Its folders.
        if (report.found.match != CacheMatch::none) {
            if (parents == Parents::are_made) HOLT_TRY(make_parents(call.folders));
            HOLT_TRY(restore_folders(call, catalog, options.restore, report));
        }
    }

    // 3. What came of it is counted.
    if (counting == Counting::no || options.restore.dry_run) return report;
    if (report.found.match == CacheMatch::none)
        note_count(call.store, call.open, {.what = CacheCount::What::miss},
                   make_log(call.open.log));
    else
        note_hit(call, report);
    return report;
}

Result<CacheRestoreReport> restore_by_key(const StoreFolder& folder, const OpenOptions& open,
                                          std::span<const std::string> folders,
                                          const CacheRestoreOptions& options, Observer& observer) {
    return restore_entry({folder, open, folders, observer}, options, Counting::yes);
}

}  // namespace holt::store
