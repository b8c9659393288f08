#include "store/space/space.h"

#include <algorithm>
#include <cerrno>
#include <mutex>
#include <utility>

#include "fs/file.h"
#include "fs/folder.h"
#include "fs/metadata/metadata.h"
#include "fs/mount/mount_life.h"
#include "fs/path/open_up.h"
#include "fs/paths.h"
#include "store/catalog/snapshot_info.h"
#include "store/disk/pin.h"
#include "store/format/left_out.h"
#include "store/source/file_reading.h"
#include "store/space/space_check.h"
#include "store/space/space_mend.h"
#include "store/trees/lookup.h"
#include "store/trees/mounts_met.h"

namespace holt::store {
namespace {

// How long a finished restore waits for the catalog to remember what it did: longer than any commit
// takes on a busy machine, as the next restore refuses a folder that nobody remembers.
constexpr std::chrono::seconds kPatience{10};

// What is known after a check: what was known and what was learnt, or, when the records were of
// another snapshot, only what was seen to be as in this one.
SpaceRecords records_after(const KnownSpace* known, bool same_base,
                           std::vector<SpaceRecord> learnt) {
    if (known == nullptr || !same_base) return SpaceRecords(std::move(learnt));
    std::vector<SpaceRecord> all = known->records.all();
    all.insert(all.end(), learnt.begin(), learnt.end());
    return SpaceRecords(std::move(all));
}

// Gives a folder below the root to its own user.
Status open_up_folder(int root, const std::string& path) {
    const std::size_t slash = path.rfind('/');
    const bool at_root = slash == std::string::npos;
    HOLT_TRY_LET(boundary, fs::Boundary::around(root, path));
    HOLT_TRY_LET(parent, boundary.open_beneath(root, at_root ? "" : path.substr(0, slash), path));
    HOLT_TRY(fs::open_up(parent.get(), at_root ? path : path.substr(slash + 1), boundary, path));
    return {};
}

// Makes records hold always: `durable` where the restore itself is, else where that costs little
// and saves reading much after the next start of the machine. True when something was gained.
Result<bool> sync_what_is_known(int root, const std::string& shown, fs::Staging* staging,
                                fs::Durability durability, const SpaceRecords& records) {
    if (durability == fs::Durability::synced) {
        HOLT_TRY(staging != nullptr ? staging->sync() : fs::sync_file_system(root, shown));
        return fs::sync_is_lasting(root) && !records.all_hold_always();
    }
    constexpr std::ptrdiff_t kWorthASync = 1000;
    const auto unsynced = std::ranges::count(records.all(), Holds::this_life, &SpaceRecord::holds);
    return unsynced >= kWorthASync && fs::sync_if_quiet(root) == fs::QuietSync::synced;
}

void put_counts(RestoreReport& report, const MendCounts& counts) {
    report.files = counts.files;
    report.folders = counts.folders;
    report.symlinks = counts.symlinks;
    report.hard_links = counts.hard_links;
    report.others = counts.others;
    report.bytes = counts.bytes;
    report.mended = counts.mended;
    report.removed = counts.removed;
    report.link = counts.link;
    report.files_linked = counts.files_linked;
    report.pool_replaced = counts.pool_replaced;
}

}  // namespace

std::optional<KnownSpace> recall_space(Catalog& catalog, ChunkReader& reader, const Space& space,
                                       const std::string& life) {
    const auto load = [&]() -> Result<KnownSpace> {
        HOLT_TRY_LET(snapshot, catalog.snapshot(space.snapshot));
        HOLT_TRY_LET(base, find_entry(reader, snapshot.record.root, space.sub));
        HOLT_TRY_LET(records, catalog.space_records(space, life));
        KnownSpace known{std::move(records), std::move(base), {}};
        const auto prefixes = prefixes_of(snapshot.record);
        if (!prefixes) return std::unexpected(prefixes.error());
        if (*prefixes) known.prefixes = (*prefixes)->paths();
        return known;
    };
    auto known = load();
    if (known) return *std::move(known);
    return std::nullopt;
}

Result<LockedFolder> lock_folder(const fs::Destination& destination, Catalog& catalog,
                                 const fs::LockWait& wait) {
    const std::string& shown = destination.shown;
    const int parent = destination.parent.get();
    HOLT_TRY_LET(fd, fs::open_subfolder(parent, destination.name, shown));
    LockedFolder locked;
    HOLT_TRY_LET(lock, fs::FileLock::acquire_open(
                           std::move(fd), shown, {.timeout = wait.timeout, .cancel = wait.cancel}));
    locked.lock = std::move(lock);
    // While we waited another process may have put another folder there.
    HOLT_TRY_LET(ours, fs::stat_fd(locked.fd(), shown));
    const auto named = fs::stat_at(parent, destination.name, shown);
    if (!named && named.error().sys_errno != ENOENT) return std::unexpected(named.error());
    if (!named || ours.dev != named->dev || ours.ino != named->ino)
        return fail(ErrorKind::busy, "use destination", shown,
                    "another process has replaced it meanwhile", "run it again");
    HOLT_TRY_LET(path, fs::path_of(locked.fd(), shown));
    HOLT_TRY_LET(identity, fs::identity_of(locked.fd(), shown));
    HOLT_TRY_LET(space, catalog.find_space(path, identity));
    locked.path = std::move(path);
    locked.identity = identity;
    locked.space = std::move(space);
    return locked;
}

void remember_space(const StoreFolder& store, const OpenOptions& open, const Space& space,
                    const SpaceRecords& records, const std::string& life, const Log& log) {
    if (open.access == Access::read_only) return;
    const auto put = [&]() -> Status {
        // Not while a repair replaces the catalog.
        HOLT_TRY_LET(no_repair, Pin::keep_repair_away(store));
        if (!no_repair)
            return fail(ErrorKind::busy, "remember space", space.path, "repair is at work");
        HOLT_TRY_LET(catalog, Catalog::open(store, Catalog::Mode::read_write,
                                            std::min<std::chrono::milliseconds>(open.lock_timeout,
                                                                                kPatience)));
        return catalog.put_space(space, records, life);
    };
    if (const Status done = put(); !done)
        log->info("{} is not remembered: {}", space.path, done.error().message());
}

Result<RestoreReport> restore_in_place(Operation& op, const Restoring& restoring,
                                       fs::Destination destination, const LockedFolder& locked) {
    const RestoreSource& source = restoring.source;
    const RestoreOptions& options = restoring.options;
    const Move* const move = restoring.move;
    // 1. What is remembered. Of a folder that was moved, only that it is a space.
    const std::string life = fs::mount_life(locked.fd());
    std::optional<KnownSpace> known;
    const std::string moved = move != nullptr ? move->remember() : "";
    if (locked.space && !locked.moved() && !options.paranoid && locked.space->moved == moved)
        known = recall_space(restoring.catalog, restoring.reader, *locked.space, life);
    if (known && move != nullptr && known->prefixes != move->prefixes().paths()) known.reset();
    const bool same_base = known && known->base.content == source.entry.content;

    // 2. What is mounted in it, which is not the folder's own.
    const bool keep_extras = options.force && !options.remove_extra;
    HOLT_TRY_LET(met, find_mounts(restoring.reader, locked.fd(), source.entry, restoring.selection,
                                  destination.shown));
    if (!keep_extras) tell_extra_mounts(met, destination.shown, op.reporter);

    // 3. What differs. Nothing is changed yet, but for the modes of folders that could not be
    // looked into otherwise.
    std::optional<fs::Staging> staging;
    const auto begin = [&]() -> Status {
        if (staging) return {};
        HOLT_TRY_LET(begun, fs::Staging::begin_over(std::move(destination)));
        staging.emplace(std::move(begun));
        return {};
    };
    std::mutex opening;
    const auto open_up = [&](const std::string& path) -> Status {
        const std::lock_guard lock(opening);
        HOLT_TRY(begin());
        staging->mark_incomplete();
        return open_up_folder(locked.fd(), path);
    };
    const bool now = options.mtime == Mtime::now;
    const bool links = options.link == LinkMode::automatic || options.link == LinkMode::hardlink ||
                       options.link == LinkMode::require_hardlink;
    const PoolLinks pool(op.store);
    SpaceCheckInput input{.root = locked.fd(),
                          .name = destination.name,
                          .shown = destination.shown,
                          .target = source.entry,
                          .heads = &restoring.heads,
                          .selection = restoring.selection,
                          .keep_extras = keep_extras,
                          .owner_rule = restoring.owners,
                          .move = move,
                          .owners = fs::is_root() ? Owners::compare : Owners::ignore,
                          .mounts = &met.mounts,
                          .root_mode = destination.opened.old_mode(),
                          .pool = links ? &pool : nullptr,
                          .any_mtime = now,
                          .unseen = Severity::warning,
                          .cancel = op.cancel};
    // Read before anything is looked at: what changes after that has another ctime.
    if (!options.dry_run) input.clock = fs::FileClock::of(locked.fd()).last();
    if (options.mtime == Mtime::epoch) input.fixed_mtime = Time{};
    if (!options.dry_run) input.open_up = open_up;
    if (known) {
        input.records = &known->records;
        input.base = known->base;
    }
    HOLT_TRY_LET(findings, check_space(restoring.reader, input, op.reporter));
    RestoreReport report{.snapshot = to_info(source.snapshot),
                         .path = input.shown,
                         .in_place = true,
                         .kept = findings.kept,
                         .hashed = findings.hashed,
                         .relocated = move != nullptr};
    if (options.dry_run) {
        HOLT_TRY_LET(counts, count_mending(restoring.reader, findings));
        put_counts(report, counts);
        report.left_out = op.reporter.left_out();
        return report;
    }

    // 4. Mend it: marked incomplete from the first change to the last.
    if (staging || !findings.nothing_to_do()) {
        HOLT_TRY(begin());
        HOLT_TRY_LET(counts, mend_space(op, restoring, findings, *staging));
        put_counts(report, counts);
    }

    // 5. Remember what is known by now, while the mark still says that more may be to do.
    const bool other_source = !locked.space || locked.moved() || locked.space->moved != moved ||
                              locked.space->snapshot != source.snapshot.id ||
                              locked.space->sub != source.path;
    // A part does not make the folder a space of the snapshot, and of another snapshot than that of
    // the space there is nothing to remember: its records say what they said.
    const bool may_remember = restoring.selection.all() || (!other_source && known);
    const bool says_more = other_source || !known || !findings.learnt.empty();
    SpaceRecords records =
        records_after(known ? &*known : nullptr, same_base, std::move(findings.learnt));
    const auto durability = options.durable ? fs::Durability::synced : fs::Durability::none;
    bool holds_longer = false;
    if (options.durable || op.may_write()) {
        HOLT_TRY_LET(synced,
                     sync_what_is_known(locked.fd(), locked.path, staging ? &*staging : nullptr,
                                        durability, records));
        holds_longer = synced;
    }
    if (holds_longer) records.hold_always();
    if (may_remember && (says_more || holds_longer)) {
        remember_space(op.store, op.open,
                       {.path = locked.path,
                        .root = locked.identity,
                        .snapshot = source.snapshot.id,
                        .sub = source.path,
                        .moved = moved},
                       records, life, op.log);
    }

    // 6. It is whole again.
    if (staging) {
        HOLT_TRY(staging->finish_in_place(durability));
        for (const Error& left : staging->left_behind()) op.reporter.note(Severity::warning, left);
    }
    report.warnings = op.reporter.warnings();
    report.left_out = op.reporter.left_out();
    return report;
}

}  // namespace holt::store
