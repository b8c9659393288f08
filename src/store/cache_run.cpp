#include <optional>
#include <utility>

#include "store/cache/flight.h"
#include "store/cache/notes.h"
#include "store/cache_call.h"
#include "store/cache_folders.h"
#include "store/format/snapshot_record.h"
#include "store/keys/key_list.h"

namespace holt::store {
namespace {

CacheSaveOptions save_options(const CacheRunOptions& options, const BuildResult& built,
                              std::chrono::milliseconds time) {
    CacheSaveOptions save = options.save;
    save.key = options.restore.query.key;
    save.build_time = time;
    save.made_at = built.made_at;
    return save;
}

// What would refuse to save is told before anything is built.
Status check_run(std::span<const std::string> folders, const CacheRunOptions& options) {
    HOLT_TRY(require_folders(folders, "run"));
    HOLT_TRY(refuse_nested(folders, "save"));
    HOLT_TRY(check_scope(options.save.scope));
    const CacheSaveOptions save = save_options(options, {}, {});
    if (!save.key.key.empty()) HOLT_TRY(check_snapshot_key(save.key.key));
    if (save.snapshot.relocatable) HOLT_TRY(check_movable_paths(folders));
    return {};
}

}  // namespace

Result<CacheRunReport> run_for_key(const StoreFolder& folder, const OpenOptions& open,
                                   std::span<const std::string> folders,
                                   const CacheRunOptions& options,
                                   const std::function<Result<BuildResult>()>& build,
                                   Observer& observer) {
    const CacheCall call{folder, open, folders, observer};
    const bool saves = open.access != Access::read_only;
    if (saves) HOLT_TRY(check_run(folders, options));
    CacheRunReport report;
    CacheRestoreOptions exact = options.restore;
    exact.exact = true;
    const auto restore_exact = [&](Counting counting) -> Result<bool> {
        HOLT_TRY_LET(restored, restore_entry(call, exact, counting, Parents::are_made));
        report.restored = std::move(restored);
        return report.restored.found.match == CacheMatch::exact;
    };

    // 1. It is there.
    HOLT_TRY_LET(there, restore_exact(Counting::no));
    if (there) {
        note_hit(call, report.restored);
        return report;
    }

    // 2. Somebody may be building it: then it is there when we have the lock.
    std::optional<Flight> flight;
    if (saves) {
        HOLT_TRY_LET(taken, Flight::take(folder, options.save.scope, exact.query.key.key,
                                         {.most = options.wait,
                                          .cancel = options.restore.restore.cancel,
                                          .tell = options.waiting}));
        flight.emplace(std::move(taken));
        report.waited = flight->waited();
    }
    HOLT_TRY_LET(there_now, restore_exact(Counting::no));
    if (there_now) {
        note_hit(call, report.restored);
        return report;
    }
    note_count(folder, open, {.what = CacheCount::What::miss}, make_log(open.log));
    if (saves) HOLT_TRY(fields_of(call, save_options(options, {}, {})));

    // 3. What is nearest, to begin with. What the command changes must not be shared.
    if (options.from_nearest) {
        CacheRestoreOptions nearest = options.restore;
        nearest.query.nearest = true;
        if (nearest.restore.link == LinkMode::hardlink ||
            nearest.restore.link == LinkMode::require_hardlink)
            nearest.restore.link = LinkMode::automatic;
        HOLT_TRY_LET(restored, restore_entry(call, nearest, Counting::no, Parents::are_made));
        report.restored = std::move(restored);
    }

    // 4. The command, and what it made.
    if (options.missed) options.missed(report.restored.found);
    const auto begin = std::chrono::steady_clock::now();
    HOLT_TRY_LET(built, build());
    report.built = true;
    report.time = since(begin);
    if (!built.succeeded || !saves) return report;
    HOLT_TRY_LET(saved, save_under_key(folder, open, folders,
                                       save_options(options, built, report.time), observer));
    report.saved = std::move(saved);

    // 5. What it made names the paths that it saw: it becomes what every other restore gets.
    if (built.made_at.empty()) return report;
    CacheRestoreOptions moved = exact;
    moved.restore.force = moved.restore.remove_extra = true;
    HOLT_TRY(restore_entry(call, moved, Counting::no));
    return report;
}

}  // namespace holt::store
