#include "store/restore.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

#include "fs/file_clock.h"
#include "fs/folder.h"
#include "fs/mount/mount_life.h"
#include "fs/paths.h"
#include "fs/staging/staging.h"
#include "fs/staging/staging_name.h"
#include "store/catalog/snapshot_info.h"
#include "store/disk/store_guard.h"
#include "store/format/left_out.h"
#include "store/operation/lock_wait.h"
#include "store/operation/take_turn.h"
#include "store/restore/restore_entry.h"
#include "store/restore/restore_plan.h"
#include "store/restore/restore_tree.h"
#include "store/source/file_reading.h"
#include "store/space/space.h"
#include "store/trees/entry_walk.h"
#include "store/trees/lookup.h"
#include "store/trees/mounts_met.h"
#include "store/trees/selection.h"

namespace holt::store {
namespace {

// Where to: a folder that is new or empty, one that this store restored before, or, with --force,
// any.
struct Target {
    fs::Destination destination;
    std::optional<LockedFolder> folder{};  ///< when there is something in it
    bool in_place = false;
    bool replaced = false;                 ///< whole, in one step
    std::vector<Error> left_behind{};      ///< by earlier runs, beside it
    std::optional<fs::Staging> staging{};  ///< unless it is mended in place
};

// A snapshot that lacks something would take what stands there with it.
Status refuse_to_replace_by_part(const RestoreSource& source, const std::string& destination) {
    if (!source.entry.incomplete) return {};
    return fail(ErrorKind::unsafe_input, "restore", destination,
                "items were left out of the snapshot, and an atomic restore would remove what "
                "stands at their paths",
                Advice::without_atomic_or_partial);
}

// A store that lies in the folder must not be removed or written over.
Status protect_store(const Operation& op, const Restoring& restoring, const Target& target,
                     bool keeps_extras) {
    const std::string& shown = target.destination.shown;
    HOLT_TRY_LET(below, path_to_store(target.folder->fd(), op.store));
    if (!below) return {};
    // One that a restore out of an archive made for itself.
    const std::string first = below->substr(0, below->find('/'));
    if (fs::is_staging_name(first, target.destination.name)) return {};
    bool is_in_the_way = !keeps_extras;
    for (std::size_t end = 0; keeps_extras && end != std::string::npos && !is_in_the_way;) {
        end = below->find('/', end + 1);
        const auto entry =
            find_entry(restoring.reader, restoring.source.entry, below->substr(0, end));
        if (!entry && entry.error().kind != ErrorKind::not_found)
            return std::unexpected(entry.error());
        if (!entry) break;
        is_in_the_way = end == std::string::npos || entry->kind != fs::Kind::folder;
    }
    if (!is_in_the_way) return {};
    return fail(ErrorKind::usage, "use destination", shown, "the store itself lies in it",
                "give another folder");
}

Result<fs::Destination> look_at(const std::string& path, fs::Closed closed,
                                const StoreFolder& store) {
    HOLT_TRY_LET(destination, fs::look_at_destination(path, closed));
    const int parent = destination.parent.get();
    if (destination.state == fs::DestinationState::absent) {
        HOLT_TRY(refuse_inside_store(parent, &store, "use destination", path));
    } else {
        HOLT_TRY_LET(fd, fs::open_subfolder(parent, destination.name, path));
        HOLT_TRY(refuse_inside_store(fd.get(), &store, "use destination", path));
    }
    return destination;
}

// A folder whose whole content was just saved as what is to be restored is as well known as one
// that was restored: it is mended in place. Of any other snapshot it is a folder like any other.
Status know_what_was_saved(LockedFolder& locked, const RestoreSource& source, Catalog& catalog) {
    if (locked.space || !source.path.empty()) return {};
    HOLT_TRY_LET(saved, catalog.saved_as(locked.path, locked.identity));
    if (!saved) return {};
    const auto snapshot = catalog.snapshot(*saved);
    if (!snapshot || snapshot->record.root.content != source.entry.content) return {};
    locked.space = Space{.path = locked.path, .root = locked.identity, .snapshot = *saved};
    return {};
}

Result<Target> choose_target(const Operation& op, const Restoring& restoring,
                             const std::string& path, const fs::LockWait& wait) {
    const RestoreSource& source = restoring.source;
    const RestoreOptions& options = restoring.options;
    const bool is_all = restoring.selection.all();
    const auto closed = options.dry_run ? fs::Closed::refuse : fs::Closed::open_up;
    HOLT_TRY_LET(destination, look_at(path, closed, op.store));
    if (!options.dry_run) {
        HOLT_TRY_LET(finished, fs::finish_replacement(destination));
        if (finished) {
            HOLT_TRY_LET(now, look_at(path, closed, op.store));
            destination = std::move(now);
        }
    }
    Target target{std::move(destination)};
    if (target.destination.state != fs::DestinationState::folder) return target;
    HOLT_TRY_LET(locked, lock_folder(target.destination, restoring.catalog, wait));
    HOLT_TRY(know_what_was_saved(locked, source, restoring.catalog));
    const bool is_space = locked.space.has_value();
    target.folder = std::move(locked);
    const bool keeps_extras = options.force && !options.remove_extra;
    HOLT_TRY(protect_store(op, restoring, target, keeps_extras));
    if (options.atomic && !is_all)
        return fail(ErrorKind::usage, "restore", path,
                    "an atomic restore replaces all that is in it",
                    Advice::without_atomic_or_whole);
    // What is not selected stays in its place, whatever else is asked for.
    target.in_place = (!keeps_extras || !is_all) && (is_space || options.force);
    if (options.atomic && keeps_extras && !is_space)
        return fail(ErrorKind::usage, "restore", path,
                    "an atomic restore replaces all that is in it", Advice::remove_extra_too);
    target.replaced = options.atomic && (is_space || options.force);
    if (target.replaced) {
        HOLT_TRY(refuse_to_replace_by_part(source, path));
        target.in_place = false;
    }
    if (!target.in_place && !options.force && !target.replaced)
        HOLT_TRY(fs::look_at_new_destination(path));
    if (target.in_place && !options.dry_run)
        target.left_behind = fs::sweep_beside(target.destination);
    return target;
}

// What is mounted below a folder is not the folder's own. In place that is the check's to judge.
Status refuse_mounts(const Restoring& restoring, const Target& target) {
    if (!target.folder || target.in_place) return {};
    const std::string& shown = target.destination.shown;
    if (target.replaced) return fs::refuse_mounts_below(target.folder->fd(), shown);
    HOLT_TRY(find_mounts(restoring.reader, target.folder->fd(), restoring.source.entry,
                         restoring.selection, shown));
    return {};
}

Result<fs::Staging> begin_staging(fs::Destination destination, bool replaced,
                                  const fs::LockWait& wait) {
    if (replaced) return fs::Staging::begin_beside(std::move(destination));
    return destination.state == fs::DestinationState::folder
               ? fs::Staging::begin_over(std::move(destination))
               : fs::Staging::begin(std::move(destination), wait);
}

Result<Target> take_target(const Operation& op, const Restoring& restoring,
                           const std::string& path) {
    const auto attempt = [&](const fs::LockWait& wait) -> Result<Target> {
        HOLT_TRY_LET(target, choose_target(op, restoring, path, wait));
        HOLT_TRY(refuse_mounts(restoring, target));
        if (target.in_place || restoring.options.dry_run) return target;
        HOLT_TRY_LET(staging, begin_staging(std::move(target.destination), target.replaced, wait));
        target.staging.emplace(std::move(staging));
        return target;
    };
    return take_turn(op.wait(), path, attempt);
}

Status publish(fs::Staging& staging, const RestoreOptions& options) {
    const auto durability = options.durable ? fs::Durability::synced : fs::Durability::none;
    if (staging.destination().state != fs::DestinationState::folder)
        return staging.publish(durability);
    return staging.publish_over(options.remove_extra ? fs::Extras::remove : fs::Extras::keep,
                                durability);
}

// Where the tree will stand: the real path, so that each way to say it is one.
Result<std::string> real_target(const std::string& destination) {
    auto there = fs::real_path(destination);
    if (there) return there;
    std::string_view name = destination;
    while (name.size() > 1 && name.ends_with('/')) name.remove_suffix(1);
    const std::size_t slash = name.rfind('/');
    const std::string parent = slash == name.npos ? "."
                               : slash == 0       ? "/"
                                                  : std::string(name.substr(0, slash));
    HOLT_TRY_LET(above, fs::real_path(parent));
    return fs::join_path(above, name.substr(slash + 1));
}

// A part stands at its own place only in the whole folder.
Status tell_unmoved(const RestoreSource& source, const std::string& target, Reporter& reporter) {
    HOLT_TRY_LET(prefixes, prefixes_of(source.snapshot.record));
    HOLT_TRY_LET(movable, is_movable(source));
    if (!prefixes || movable) return {};
    for (const std::string& path : prefixes->paths())
        if (fs::join_path(path, source.path) == target) return {};
    reporter.note(Severity::info,
                  fail(ErrorKind::partial, "restore", source.path,
                       "what names '" + printable(prefixes->paths().front()) +
                           "' still does: a part of a relocatable snapshot is not moved",
                       "restore the whole snapshot to move it")
                      .error());
    return {};
}

// A folder that is remembered as moved so was found to be movable then.
bool was_moved_so(const Restoring& restoring, const std::string& path, const std::string& target,
                  const Move& move) {
    const auto fd = fs::open_folder(path);
    if (!fd) return false;
    const auto identity = fs::identity_of(fd->get(), path);
    if (!identity) return false;
    const auto space = restoring.catalog.find_space(target, *identity);
    return space && *space && (*space)->snapshot == restoring.source.snapshot.id &&
           (*space)->sub == restoring.source.path && (*space)->moved == move.remember();
}

// How the tree is moved, and that all of it can be; nothing when it is restored as it was.
Result<std::optional<Move>> plan_move(Operation& op, const Restoring& restoring,
                                      const std::string& path,
                                      std::span<const std::string> together) {
    const RestoreSource& source = restoring.source;
    if (!restoring.options.relocate) return std::nullopt;
    const auto target = real_target(path);
    if (!target) return std::nullopt;  // the destination's own check says why
    std::vector<std::string> beside;
    for (const std::string& folder : together) beside.push_back(real_target(folder).value_or(""));
    HOLT_TRY(tell_unmoved(source, *target, op.reporter));
    HOLT_TRY_LET(move,
                 Move::make(source, targets_of(source, *target, beside), restoring.options.leave));
    if (move && !was_moved_so(restoring, path, *target, *move))
        HOLT_TRY(
            check_move(restoring.reader, source.entry, restoring.selection, *move, op.reporter));
    return move;
}

// What a restore would write, from the trees alone.
Result<RestoreReport> dry_run(Operation& op, const Restoring& restoring,
                              const std::string& destination) {
    const Move* const move = restoring.move;
    RestoreReport report{.snapshot = to_info(restoring.source.snapshot),
                         .path = destination,
                         .relocated = move != nullptr};
    EntryWalk walk(restoring.reader, restoring.source.entry, restoring.selection);
    for (;;) {
        HOLT_TRY_LET(step, walk.next());
        if (step.entry == nullptr) break;
        const TreeEntry& entry = *step.entry;
        if (!step.path.empty()) tell_left_out(op.reporter, "restore", entry, step.path);
        if (entry.kind == fs::Kind::folder) {
            ++report.folders;
        } else if (entry.left_out != LeftOut::no) {
            continue;
        } else if (!entry.hard_link_to.empty()) {
            ++report.hard_links;
        } else {
            report.files += entry.kind == fs::Kind::file;
            report.symlinks += entry.kind == fs::Kind::symlink;
            report.others += entry.kind == fs::Kind::fifo;
            if (entry.kind == fs::Kind::file)
                report.bytes += move != nullptr ? move->size_of(entry, step.path) : entry.size;
        }
    }
    report.left_out = op.reporter.left_out();
    return report;
}

// What is remembered of a new tree while it is written.
struct NewSpace {
    fs::FileClock clock;
    SpaceRecorder recorder{};
};

// Whoever changes a file after this gives it another ctime, but for those that were written within
// the clock's tick: nothing is remembered of these.
void remember_new_space(const Operation& op, const Restoring& restoring, const fs::Staging& staging,
                        NewSpace& space, Holds holds) {
    const RestoreSource& source = restoring.source;
    const Move* const move = restoring.move;
    const fs::ClockReading now = space.clock.read();
    const auto identity = fs::identity_of(staging.root(), staging.destination().shown);
    const auto parent = fs::path_of(staging.destination().parent.get(), "");
    if (!identity || !parent) return;
    SpaceRecords records(
        space.recorder.take(identity->dev, [&](Time ctime) { return now.is_past(ctime); }));
    if (holds == Holds::always) records.hold_always();
    remember_space(op.store, op.open,
                   {.path = fs::join_path(*parent, staging.destination().name),
                    .root = *identity,
                    .snapshot = source.snapshot.id,
                    .sub = source.path,
                    .moved = move != nullptr ? move->remember() : ""},
                   records, fs::mount_life(staging.fd()), op.log);
}

Result<RestoreReport> run_restore(Operation& op, Catalog& catalog, const std::string& snap,
                                  const std::string& destination, const RestoreOptions& options,
                                  std::span<const std::string> together) {
    ChunkReader reader(op.store, catalog, &op.profile);

    // 1. What to restore, and where to. A folder that has something in it is locked and only looked
    // at; otherwise there is a folder beside the destination (with --force: in it) by now, in which
    // the tree is built out of sight. One restore to a destination at a time.
    HOLT_TRY_LET(owners, OwnerRule::make(options.owner, "restore"));
    HOLT_TRY_LET(source, find_restore_source(catalog, reader, snap));
    if (owners.apply(source.entry)) tell_lost_rights(op.reporter, source.path);
    HOLT_TRY_LET(selection, Selection::compile(options.include, options.exclude));
    Restoring restoring{catalog, reader, source, options, owners, selection};
    if (source.entry.kind != fs::Kind::folder) return restore_entry(op, restoring, destination);
    HOLT_TRY(selection.look_into(reader, source.entry, "restore", snap));
    HOLT_TRY_LET(move, plan_move(op, restoring, destination, together));
    if (move) restoring.move = &*move;
    HOLT_TRY_LET(target, take_target(op, restoring, destination));
    for (const Error& left : target.left_behind) op.reporter.note(Severity::warning, left);
    if (options.dry_run && !target.in_place) return dry_run(op, restoring, destination);
    if (source.snapshot.record.hard_links > 0) {
        HOLT_TRY_LET(found, find_link_heads(reader, source.entry, source.path, selection));
        restoring.heads = std::move(found);
    }
    if (target.in_place) {
        const Lap lap(&op.profile, Stage::mend);
        return restore_in_place(op, restoring, std::move(target.destination), *target.folder);
    }

    fs::Staging& staging = *target.staging;
    op.log->info("restoring {} into {}", source.snapshot.id.hex(), destination);
    op.log->debug("building the tree in {}", staging.name());

    // 2. Folders, files, then links; each folder gets its metadata when everything in it is done.
    const bool is_exact =
        target.replaced || staging.destination().state != fs::DestinationState::folder;
    std::optional<NewSpace> space;
    if (is_exact && op.may_write()) space.emplace(fs::FileClock::of_own(staging.fd()));
    const BuildPlace place{.staging = staging,
                           .left_out = is_exact ? LeftOutFolders::make : LeftOutFolders::skip,
                           .recorder = space ? &space->recorder : nullptr};
    HOLT_TRY_LET(report, build_tree(op, restoring, place));

    // 3. The folder is remembered, as a space; first, so that it is one as soon as it is there.
    // What others could not reach yet did not change since its record was taken. A record that
    // holds always must not be durable before its file is.
    const Lap committing(&op.profile, Stage::commit);
    const bool durable = options.durable || target.replaced;
    if (durable && is_exact) HOLT_TRY(staging.sync());
    const bool lasting = durable && fs::sync_is_lasting(staging.fd());
    if (space)
        remember_new_space(op, restoring, staging, *space,
                           lasting ? Holds::always : Holds::this_life);

    // 4. The whole tree appears at once; over a folder that has something in it, name by name.
    const Lap publishing(&op.profile, Stage::publish);
    HOLT_TRY(target.replaced ? staging.publish_replacing() : publish(staging, options));
    for (const Error& left : staging.left_behind()) op.reporter.note(Severity::warning, left);
    report.path = destination;
    report.warnings = op.reporter.warnings();
    return report;
}

}  // namespace

Result<RestoreReport> restore_snapshot(Operation& op, Catalog& catalog, const std::string& snap,
                                       const std::string& destination,
                                       const RestoreOptions& options,
                                       std::span<const std::string> together) {
    auto report = run_restore(op, catalog, snap, destination, options, together);
    // Paths are told from the tree's root; the root itself is the destination.
    if (!report && report.error().object.empty()) report.error().object = destination;
    return report;
}

Status check_restore(Operation& op, Catalog& catalog, const std::string& snap,
                     const std::string& destination, const RestoreOptions& options,
                     std::span<const std::string> together) {
    ChunkReader reader(op.store, catalog);
    HOLT_TRY_LET(source, find_restore_source(catalog, reader, snap));
    HOLT_TRY_LET(selection, Selection::compile(options.include, options.exclude));
    const OwnerRule as_stored;
    const Restoring restoring{catalog, reader, source, options, as_stored, selection};
    HOLT_TRY(plan_move(op, restoring, destination, together));
    return {};
}

}  // namespace holt::store
