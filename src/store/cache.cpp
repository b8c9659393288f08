#include "store/cache.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "fs/folder.h"
#include "fs/machine/platform.h"
#include "store/cache/entries.h"
#include "store/cache/flight.h"
#include "store/cache/notes.h"
#include "store/cache/use_log.h"
#include "store/cache_folders.h"
#include "store/catalog/catalog_cache.h"
#include "store/catalog/snapshot_info.h"
#include "store/disk/pin.h"
#include "store/disk/reserve.h"
#include "store/forget.h"
#include "store/format/cache_fields.h"
#include "store/format/snapshot_record.h"
#include "store/keys/key_list.h"
#include "store/operation/lock_wait.h"
#include "store/restore.h"
#include "store/snapshot.h"
#include "store/source/file_reading.h"

namespace holt::store {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

milliseconds since(Clock::time_point begin) {
    return std::chrono::duration_cast<milliseconds>(Clock::now() - begin);
}

Result<Catalog> open_to_read(const StoreFolder& folder, const OpenOptions& open,
                             const Cancel* cancel = nullptr) {
    return Catalog::open(folder, Catalog::Mode::read_only, lock_wait(open, cancel));
}

Status require_folders(std::span<const std::string> folders, const char* operation) {
    if (!folders.empty()) return {};
    return fail(ErrorKind::usage, operation, "", "no folder is given");
}

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

// The folders of an entry that was found.
Status restore_entry(const StoreFolder& folder, const OpenOptions& open, Catalog& catalog,
                     std::span<const std::string> folders, const RestoreOptions& options,
                     CacheRestoreReport& report, Observer& observer) {
    const SnapshotInfo& entry = *report.found.snapshot;
    HOLT_TRY(check_folder_count(entry, folders));
    HOLT_TRY(refuse_nested(folders, "restore"));
    const auto begin = Clock::now();
    // Before anything is written: each can be moved to where it shall be. One alone finds that out
    // by itself.
    const auto together = folders.size() > 1 ? folders : std::span<const std::string>{};
    for (std::size_t i = 0; i < together.size(); ++i) {
        Operation op(folder, open, options.cancel, observer);
        HOLT_TRY(
            check_restore(op, catalog, folder_of_entry(entry, i), folders[i], options, together));
    }
    for (std::size_t i = 0; i < folders.size(); ++i) {
        Operation op(folder, open, options.cancel, observer);
        HOLT_TRY_LET(restored, restore_snapshot(op, catalog, folder_of_entry(entry, i), folders[i],
                                                options, together));
        report.folders.push_back(std::move(restored));
    }
    report.time = since(begin);
    if (!entry.build_ms) return {};
    const milliseconds built(*entry.build_ms);
    report.saved = std::max(built - report.time, milliseconds{0});
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

void note_hit(const StoreFolder& folder, const OpenOptions& open,
              const CacheRestoreReport& report) {
    note_count(folder, open, count_of(report), make_log(open.log));
    // That of an entry whose folder was made was noted when the folder was remembered.
    if (std::ranges::all_of(report.folders, &RestoreReport::in_place))
        note_use(folder, open, *report.found.snapshot);
}

// What a save finds in the place that it wants to take.
struct Admission {
    std::optional<SnapshotRow> there{};
    std::optional<CacheSaveReport::Outcome> outcome{};  // when nothing is to be saved
};

Status admit(Catalog& catalog, const TreeEntry& root, std::size_t folders,
             const CacheSaveOptions& options, Admission& admission) {
    HOLT_TRY_LET(there, CatalogCache(catalog).find(options.key.key, options.scope));
    admission.there = std::move(there);
    if (!admission.there) return {};
    const SnapshotRecord& record = admission.there->record;
    const bool is_same = record.root.content == root.content &&
                         decode_cache_fields(record.fields).folders == folders;
    if (is_same)
        admission.outcome = CacheSaveReport::Outcome::already;
    else if (!options.replace)
        admission.outcome = CacheSaveReport::Outcome::kept;
    if (!admission.outcome) return {};
    return fail(ErrorKind::failed, "save", options.key.key, "the key is taken");
}

Result<Bytes> fields_of(const StoreFolder& folder, const OpenOptions& open, std::size_t folders,
                        const CacheSaveOptions& options) {
    HOLT_TRY_LET(catalog, open_to_read(folder, open, options.snapshot.cancel));
    HOLT_TRY_LET(inputs, inputs_of(catalog, options.key, {options.scope}));
    CacheFields fields{
        .scope = stored_scope(options.scope), .producer = fs::user_and_host(), .folders = folders};
    if (!inputs.empty()) fields.inputs = encode_inputs(inputs);
    if (options.build_time)
        fields.build_ms = static_cast<std::uint64_t>(options.build_time->count());
    Bytes encoded = encode_cache_fields(fields);
    if (encoded.size() <= kMaxFields) return encoded;
    return fail(ErrorKind::usage, "save", options.key.key, "the list of its inputs is over 64 KiB",
                "name fewer files, or one glob for many");
}

// Older entries of the key, which are not looked up any more.
Status forget_replaced(const StoreFolder& folder, const OpenOptions& open,
                       const CacheSaveOptions& options, const std::string& kept) {
    const fs::LockWait wait = lock_wait(open, options.snapshot.cancel);
    HOLT_TRY_LET(pin, Pin::hold(folder, wait));
    HOLT_TRY_LET(catalog, Catalog::open(folder, Catalog::Mode::read_write, wait));
    return catalog.forget([&](const std::vector<SnapshotRow>& all) -> Result<std::vector<Digest>> {
        std::vector<Digest> older;
        for (const SnapshotRow& row : all) {
            if (row.id.hex() == kept) break;  // what came after it is not ours to judge
            const bool is_entry =
                row.record.key == options.key.key &&
                decode_cache_fields(row.record.fields).scope == stored_scope(options.scope);
            if (is_entry && !row.hold) older.push_back(row.id);
        }
        return older;
    });
}

Status check_save(const OpenOptions& open, std::span<const std::string> folders,
                  const CacheSaveOptions& options) {
    if (open.access == Access::read_only)
        return fail(ErrorKind::usage, "save", options.key.key,
                    "the store was opened for reading only");
    HOLT_TRY(require_folders(folders, "save"));
    if (options.key.key.empty())
        return fail(ErrorKind::usage, "save", folders.front(), "no key is given",
                    "give a key, or what it is to be made from");
    HOLT_TRY(check_snapshot_key(options.key.key));
    HOLT_TRY(check_scope(options.scope));
    for (const std::string& path : folders) HOLT_TRY(fs::open_folder(path));
    if (options.snapshot.relocatable) HOLT_TRY(check_movable_paths(folders));
    return {};
}

CacheSaveOptions save_options(const CacheRunOptions& options, const BuildResult& built,
                              milliseconds time) {
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

bool is_evictable(const SnapshotRow& row, const CacheEvictOptions& options, Time now) {
    const SnapshotRecord& record = row.record;
    if (record.key.empty() || row.hold || !record.name.empty() || !record.tags.empty())
        return false;
    if (!options.keys.empty() && std::ranges::find(options.keys, record.key) == options.keys.end())
        return false;
    if (options.prefix && !record.key.starts_with(*options.prefix)) return false;
    const std::string scope = decode_cache_fields(record.fields).scope;
    const auto is_scope = [&](const std::string& one) { return stored_scope(one) == scope; };
    if (!options.scopes.empty() && std::ranges::none_of(options.scopes, is_scope)) return false;
    const Time last = std::max(record.created, row.used.value_or(Time{}));
    return !options.unused_seconds || now.seconds - last.seconds >= *options.unused_seconds;
}

std::string why_evicted(const CacheEvictOptions& options) {
    if (!options.unused_seconds) return "evicted by hand";
    return "not used for " + std::to_string(*options.unused_seconds / 86'400) + " days";
}

}  // namespace

Result<CacheFound> look_up_key(const StoreFolder& folder, const OpenOptions& open,
                               const CacheQuery& query) {
    HOLT_TRY(check_query(query));
    HOLT_TRY_LET(catalog, open_to_read(folder, open));
    return find_entry(catalog, query);
}

namespace {

enum class Counting : bool { no, yes };
enum class Parents : bool { must_be_there, are_made };

Result<CacheRestoreReport> try_restore(const StoreFolder& folder, const OpenOptions& open,
                                       std::span<const std::string> folders,
                                       const CacheRestoreOptions& options, Counting counting,
                                       Observer& observer,
                                       Parents parents = Parents::must_be_there) {
    // 1. Which entry.
    HOLT_TRY(check_query(options.query));
    HOLT_TRY(require_folders(folders, "restore"));
    const Log log = make_log(open.log);
    CacheRestoreReport report;
    {
        HOLT_TRY_LET(catalog, open_to_read(folder, open, options.restore.cancel));
        HOLT_TRY_LET(found, find_entry(catalog, options.query));
        report.found = std::move(found);
        if (options.exact) leave_nothing_but_exact(report.found);

        // 2. Its folders.
        if (report.found.match != CacheMatch::none) {
            if (parents == Parents::are_made) HOLT_TRY(make_parents(folders));
            HOLT_TRY(
                restore_entry(folder, open, catalog, folders, options.restore, report, observer));
        }
    }

    // 3. What came of it is counted.
    if (counting == Counting::no || options.restore.dry_run) return report;
    if (report.found.match == CacheMatch::none)
        note_count(folder, open, {.what = CacheCount::What::miss}, log);
    else
        note_hit(folder, open, report);
    return report;
}

}  // namespace

Result<CacheRestoreReport> restore_by_key(const StoreFolder& folder, const OpenOptions& open,
                                          std::span<const std::string> folders,
                                          const CacheRestoreOptions& options, Observer& observer) {
    return try_restore(folder, open, folders, options, Counting::yes, observer);
}

Result<CacheSaveReport> save_under_key(const StoreFolder& folder, const OpenOptions& open,
                                       std::span<const std::string> folders,
                                       const CacheSaveOptions& options, Observer& observer) {
    using Outcome = CacheSaveReport::Outcome;
    HOLT_TRY(check_save(open, folders, options));
    const Log log = make_log(open.log);

    // 1. The snapshot; whether the key is free is decided when its tree is known, and again in the
    // transaction that would commit it.
    Admission admission;
    bool is_whole = false;
    SnapshotTerms terms{
        .complete = !options.allow_incomplete, .is_whole = &is_whole, .made_at = options.made_at};
    HOLT_TRY_LET(fields, fields_of(folder, open, folders.size(), options));
    terms.fields = std::move(fields);
    terms.admit = [&](Catalog& catalog, const TreeEntry& root) {
        return admit(catalog, root, folders.size(), options, admission);
    };
    SnapshotOptions snapshot = options.snapshot;
    snapshot.key = options.key.key;
    auto taken = take_snapshot(folder, open, folders, snapshot, terms, observer);
    if (!taken && !admission.outcome) return std::unexpected(std::move(taken).error());

    // 2. What there is under the key now.
    CacheSaveReport report;
    if (taken) {
        report.report = *std::move(taken);
        if (admission.there) {
            report.outcome = Outcome::replaced;
            HOLT_TRY(forget_replaced(folder, open, options, report.report.snapshot.id));
        }
        note_count(folder, open, {.what = CacheCount::What::save}, log);
    } else {
        report.outcome = *admission.outcome;
        report.report.snapshot = to_info(*admission.there);
    }

    // 3. The folders are known as what they were saved as. Of a single one the snapshot itself
    // remembers that, with the records of its files.
    const bool is_known = taken && folders.size() == 1;
    if (report.outcome != Outcome::kept && is_whole && !is_known)
        note_saved_folders(folder, open, folders, report.report.snapshot, log);
    return report;
}

Result<CacheRunReport> run_for_key(const StoreFolder& folder, const OpenOptions& open,
                                   std::span<const std::string> folders,
                                   const CacheRunOptions& options,
                                   const std::function<Result<BuildResult>()>& build,
                                   Observer& observer) {
    const bool saves = open.access != Access::read_only;
    if (saves) HOLT_TRY(check_run(folders, options));
    CacheRunReport report;
    CacheRestoreOptions exact = options.restore;
    exact.exact = true;
    const auto restore_exact = [&](Counting counting) -> Result<bool> {
        HOLT_TRY_LET(restored, try_restore(folder, open, folders, exact, counting, observer,
                                           Parents::are_made));
        report.restored = std::move(restored);
        return report.restored.found.match == CacheMatch::exact;
    };

    // 1. It is there.
    HOLT_TRY_LET(there, restore_exact(Counting::no));
    if (there) {
        note_hit(folder, open, report.restored);
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
        note_hit(folder, open, report.restored);
        return report;
    }
    note_count(folder, open, {.what = CacheCount::What::miss}, make_log(open.log));
    if (saves) HOLT_TRY(fields_of(folder, open, folders.size(), save_options(options, {}, {})));

    // 3. What is nearest, to begin with. What the command changes must not be shared.
    if (options.from_nearest) {
        CacheRestoreOptions nearest = options.restore;
        nearest.query.nearest = true;
        if (nearest.restore.link == LinkMode::hardlink ||
            nearest.restore.link == LinkMode::require_hardlink)
            nearest.restore.link = LinkMode::automatic;
        HOLT_TRY_LET(restored, try_restore(folder, open, folders, nearest, Counting::no, observer,
                                           Parents::are_made));
        report.restored = std::move(restored);
    }

    // 4. The command, and what it made.
    if (options.missed) options.missed(report.restored.found);
    const auto begin = Clock::now();
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
    HOLT_TRY(try_restore(folder, open, folders, moved, Counting::no, observer));
    return report;
}

Result<CacheEvictReport> evict_entries(const StoreFolder& folder, const OpenOptions& open,
                                       const CacheEvictOptions& options) {
    const Time now = current_time();
    CacheEvictReport report;
    const auto choose = [&](const std::vector<SnapshotRow>& all) -> Result<std::vector<Digest>> {
        std::vector<Digest> chosen;
        report.evicted.clear();
        for (const SnapshotRow& row : all) {
            if (!is_evictable(row, options, now)) continue;
            chosen.push_back(row.id);
            report.evicted.push_back(to_info(row));
        }
        return chosen;
    };
    if (options.dry_run) {
        HOLT_TRY_LET(catalog, open_to_read(folder, open));
        HOLT_TRY_LET(all, catalog.snapshots());
        HOLT_TRY(choose(all));
        return report;
    }
    const fs::LockWait wait = lock_wait(open);
    const ReserveLoan reserve(folder);  // this is what makes room
    HOLT_TRY_LET(pin, Pin::hold(folder, wait));
    HOLT_TRY_LET(catalog, Catalog::open(folder, Catalog::Mode::read_write, wait));
    HOLT_TRY(catalog.forget(choose, [&](const Digest&) { return why_evicted(options); }));
    return report;
}

Result<CacheStats> count_cache(const StoreFolder& folder, const OpenOptions& open) {
    constexpr std::size_t kShown = 100;
    HOLT_TRY_LET(catalog, open_to_read(folder, open));
    CatalogCache cache(catalog);
    CacheStats stats;
    HOLT_TRY_LET(days, cache.days());
    HOLT_TRY_LET(uses, read_uses(folder));
    add_days(days, uses);
    stats.days = std::move(days);
    HOLT_TRY_LET(evictions, cache.evictions(kShown));
    stats.evictions = std::move(evictions);
    HOLT_TRY_LET(rows, catalog.snapshots());
    stats.entries = static_cast<std::uint64_t>(std::ranges::count_if(
        rows, [](const SnapshotRow& row) { return !row.record.key.empty(); }));
    return stats;
}

Status remember_key_list(const StoreFolder& folder, const OpenOptions& open, const CacheKey& key) {
    const fs::LockWait wait = lock_wait(open);
    HOLT_TRY_LET(pin, Pin::hold(folder, wait));
    HOLT_TRY_LET(catalog, Catalog::open(folder, Catalog::Mode::read_write, wait));
    return CatalogCache(catalog).put_list(key.key, encode_inputs(key.inputs));
}

Result<std::vector<KeyInput>> find_key_inputs(const StoreFolder& folder, const OpenOptions& open,
                                              const std::string& key_or_snap,
                                              const std::vector<std::string>& scopes) {
    HOLT_TRY_LET(catalog, open_to_read(folder, open));
    HOLT_TRY_LET(inputs, inputs_of(catalog, {.key = key_or_snap}, scopes));
    if (!inputs.empty()) return inputs;
    HOLT_TRY_LET(row, catalog.look_up(key_or_snap));
    if (row) inputs = saved_inputs(*row);
    if (!inputs.empty()) return inputs;
    return fail(ErrorKind::not_found, "explain key", key_or_snap,
                row ? "the list of its inputs is not known" : "no such key is known",
                Advice::save_key_list);
}

}  // namespace holt::store
