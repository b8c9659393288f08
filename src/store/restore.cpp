#include "store/restore.h"

#include <tbb/parallel_for_each.h>
#include <tbb/parallel_pipeline.h>
#include <tbb/task_arena.h>

#include <memory>
#include <optional>
#include <utility>

#include "fs/file_clock.h"
#include "fs/folder.h"
#include "fs/mount_life.h"
#include "fs/paths.h"
#include "fs/staging.h"
#include "store/file_reading.h"
#include "store/left_out.h"
#include "store/mounts_met.h"
#include "store/restore_links.h"
#include "store/restore_plan.h"
#include "store/restore_writer.h"
#include "store/snapshot.h"
#include "store/space.h"

namespace holt::store {
namespace {

// All files: planned in order, written in parallel.
Status write_files(RestorePlan& plan, RestoreWriter& writer, RestoreFolders& folders,
                   FirstError& first, const RestoreOptions& options, const SnapshotRecord& record,
                   Profile& profile) {
    using JobPtr = std::shared_ptr<RestoreJob>;
    const auto next_job = [&](tbb::flow_control& flow) -> JobPtr {
        if (options.cancel != nullptr && options.cancel->requested()) {
            first.set(cancelled("restore").error());
        }
        if (!first.stopped()) {
            const Lap lap(&profile, Stage::plan);
            auto job = plan.next();
            if (job && *job) return *std::move(job);
            first.keep(std::move(job));
        }
        flow.stop();
        return nullptr;
    };
    const auto write = [&](const JobPtr& job) {
        const Lap lap(&profile, Stage::write);
        if (!first.stopped()) {
            first.keep(writer.write(*job));
            folders.reporter().progress({.stage = "write",
                                         .files_done = writer.files_written(),
                                         .files_total = record.files,
                                         .bytes_done = writer.bytes_written(),
                                         .bytes_total = record.bytes});
        }
        folders.done(job->folder);
    };
    const auto threads = static_cast<std::size_t>(tbb::this_task_arena::max_concurrency());
    tbb::parallel_pipeline(
        4 * threads, tbb::make_filter<void, JobPtr>(tbb::filter_mode::serial_in_order, next_job) &
                         tbb::make_filter<JobPtr, void>(tbb::filter_mode::parallel, write));
    return first.take();
}

// Symlinks and hard links come after all files (SAFETY), so none can be written through.
Status make_links(RestorePlan& plan, RestoreWriter& writer, RestoreFolders& folders,
                  FirstError& first, Profile& profile) {
    std::vector<FolderLinks> links = std::exchange(plan.links(), {});
    tbb::parallel_for_each(links, [&](FolderLinks& folder) {
        const Lap lap(&profile, Stage::link);
        if (!first.stopped()) first.keep(writer.make_links(folder));
        folders.done(folder.folder);
    });
    return first.take();
}

// Where to: a folder that is new or empty, one that this store restored before, or, with --force,
// any.
struct Target {
    fs::Destination destination;
    std::optional<LockedFolder> folder{};  ///< when there is something in it
    bool in_place = false;
    bool replaced = false;  ///< whole, in one step
};

Result<Target> choose_target(const std::string& path, const StoreFolder& store, Catalog& catalog,
                             const RestoreOptions& options, const OpenOptions& open) {
    const auto closed = options.dry_run ? fs::Closed::refuse : fs::Closed::open_up;
    HOLT_TRY_LET(destination, fs::look_at_destination(path, closed));
    if (!options.dry_run) {
        HOLT_TRY_LET(finished, fs::finish_replacement(destination));
        if (finished) {
            HOLT_TRY_LET(now, fs::look_at_destination(path, closed));
            destination = std::move(now);
        }
    }
    Target target{std::move(destination)};
    if (target.destination.state != fs::DestinationState::folder) return target;
    HOLT_TRY_LET(locked,
                 lock_folder(target.destination, catalog, open.lock_timeout, options.cancel));
    const bool keeps_extras = options.force && !options.remove_extra;
    if (!keeps_extras) HOLT_TRY(refuse_store(locked, store));
    target.in_place = !keeps_extras && (locked.space || options.force);
    if (options.atomic && keeps_extras && !locked.space)
        return fail(ErrorKind::usage, "restore", path, "--atomic replaces all that is in it",
                    "give --delete too if that is meant");
    target.replaced = options.atomic && (locked.space || options.force);
    if (target.replaced) target.in_place = false;
    if (!target.in_place && !options.force && !target.replaced)
        HOLT_TRY(fs::look_at_new_destination(path));
    target.folder = std::move(locked);
    return target;
}

// What is mounted below a folder is not the folder's own. In place that is the check's to judge.
Status refuse_mounts(ChunkReader& reader, const Target& target, const RestoreSource& source) {
    if (!target.folder || target.in_place) return {};
    const std::string& shown = target.destination.shown;
    if (target.replaced) return fs::refuse_mounts_below(target.folder->fd(), shown);
    HOLT_TRY(find_extra_mounts(reader, target.folder->fd(), source.entry, shown));
    return {};
}

Result<fs::Staging> begin_staging(fs::Destination destination, bool replaced) {
    if (replaced) return fs::Staging::begin_beside(std::move(destination));
    return destination.state == fs::DestinationState::folder
               ? fs::Staging::begin_over(std::move(destination))
               : fs::Staging::begin(std::move(destination));
}

Status publish(fs::Staging& staging, const RestoreOptions& options) {
    const auto durability = options.durable ? fs::Durability::synced : fs::Durability::none;
    if (staging.destination().state != fs::DestinationState::folder)
        return staging.publish(durability);
    return staging.publish_over(options.remove_extra ? fs::Extras::remove : fs::Extras::keep,
                                durability);
}

// What a restore would write, from the trees alone.
Result<RestoreReport> dry_run(ChunkReader& reader, const RestoreSource& source,
                              Reporter& reporter) {
    RestoreReport report{.snapshot = to_info(source.snapshot)};
    std::vector<std::pair<TreeEntry, std::string>> to_visit{{source.entry, source.path}};
    while (!to_visit.empty()) {
        const auto [folder, path] = std::move(to_visit.back());
        to_visit.pop_back();
        ++report.folders;
        HOLT_TRY_LET(tree, reader.read_tree(folder, path));
        for (TreeEntry& entry : tree) {
            const std::string at = fs::join_path(path, entry.name);
            tell_left_out(reporter, "restore", entry, at);
            if (entry.left_out != LeftOut::no && entry.kind != fs::Kind::folder) continue;
            report.symlinks += entry.kind == fs::Kind::symlink;
            report.others += entry.kind == fs::Kind::fifo;
            if (entry.kind == fs::Kind::folder) {
                to_visit.emplace_back(std::move(entry), at);
            } else if (entry.kind == fs::Kind::file && !entry.hard_link_to.empty()) {
                ++report.hard_links;
            } else if (entry.kind == fs::Kind::file) {
                ++report.files;
                report.bytes += entry.size;
            }
        }
    }
    report.left_out = reporter.left_out();
    return report;
}

// A snapshot that lacks something would take what stands there with it.
Status refuse_to_replace_by_part(const RestoreSource& source, const std::string& destination) {
    if (!source.entry.incomplete) return {};
    return fail(ErrorKind::unsafe_input, "restore", destination,
                "items were left out of the snapshot, and --atomic would remove what stands at "
                "their paths",
                "restore without --atomic, which leaves that alone, or take a whole snapshot");
}

Time fixed_mtime(Mtime mode) {
    return mode == Mtime::now ? current_time() : Time{};
}

// What is remembered of a new tree while it is written.
struct NewSpace {
    fs::FileClock clock;
    SpaceRecorder recorder{};
};

// Whoever changes a file after this gives it another ctime, but for those that were written within
// the clock's tick: nothing is remembered of these.
void remember_new_space(const fs::Staging& staging, const RestoreSource& source, NewSpace& space,
                        Holds holds, const StoreFolder& store, const OpenOptions& open,
                        const Log& log) {
    const fs::ClockReading now = space.clock.read();
    const auto identity = fs::identity_of(staging.root(), staging.destination().shown);
    const auto parent = fs::path_of(staging.destination().parent.get(), "");
    if (!identity || !parent) return;
    SpaceRecords records(
        space.recorder.take(identity->dev, [&](Time ctime) { return now.is_past(ctime); }));
    if (holds == Holds::always) records.hold_always();
    remember_space(store, open,
                   {.path = fs::join_path(*parent, staging.destination().name),
                    .root = *identity,
                    .snapshot = source.snapshot.id,
                    .sub = source.path},
                   records, fs::mount_life(staging.fd()), log);
}

RestoreReport report_of(const RestorePlan& plan, const SnapshotRow& snapshot,
                        const PoolLinker* links, const Reporter& reporter) {
    const RestorePlan::Counts& counts = plan.counts();
    return {.snapshot = to_info(snapshot),
            .files = counts.files,
            .folders = counts.folders,
            .symlinks = counts.symlinks,
            .hard_links = counts.hard_links,
            .others = counts.others,
            .bytes = counts.bytes,
            .warnings = reporter.warnings(),
            .left_out = reporter.left_out(),
            .link = mode_of(links),
            .files_linked = links == nullptr ? 0 : links->files_linked(),
            .pool_replaced = links == nullptr ? 0 : links->files_replaced()};
}

Result<RestoreReport> run_restore(const StoreFolder& folder, Catalog& catalog,
                                  const std::string& snap, const std::string& destination,
                                  const RestoreOptions& options, const OpenOptions& open,
                                  Observer& observer) {
    Reporter reporter(observer);
    Profile profile(observer);
    const Log log = make_log(open.log);
    ChunkReader reader(folder, catalog, &profile);
    FirstError first;

    // 1. What to restore, and where to. The destination is only looked at, and locked if there is
    // something in it.
    HOLT_TRY_LET(owners, OwnerRule::make(options.owner, "restore"));
    HOLT_TRY_LET(source, find_restore_source(catalog, reader, snap));
    owners.apply(source.entry);
    HOLT_TRY_LET(target, choose_target(destination, folder, catalog, options, open));
    HOLT_TRY(refuse_mounts(reader, target, source));
    if (target.replaced) HOLT_TRY(refuse_to_replace_by_part(source, destination));
    if (options.dry_run && !target.in_place) return dry_run(reader, source, reporter);
    LinkHeads heads;
    if (source.snapshot.record.hard_links > 0) {
        HOLT_TRY_LET(found, find_link_heads(reader, source.entry, source.path));
        heads = std::move(found);
    }
    if (target.in_place) {
        const Lap lap(&profile, Stage::mend);
        return restore_in_place(std::move(target.destination), *target.folder, source, heads,
                                owners, folder, open, catalog, reader, options, log, reporter);
    }

    // 2. A folder beside the destination (with --force: in it) in which the tree is built out of
    // sight.
    HOLT_TRY_LET(staging, begin_staging(std::move(target.destination), target.replaced));
    if (staging.not_swept()) reporter.warn(*staging.not_swept());

    log->info("restoring {} into {}", source.snapshot.id.hex(), destination);
    log->debug("building the tree in {}", staging.name());

    // 3. Folders, files, then links; each folder gets its metadata when everything in it is done.
    // Files are linked from the pool where that is asked for and can be done.
    RestoreFolders folders(staging.fd(), staging.new_owner(), fixed_mtime(options.mtime),
                           options.mtime == Mtime::preserve, reporter, first);
    fs::Semaphore opening(static_cast<std::size_t>(tbb::this_task_arena::max_concurrency()));
    HOLT_TRY_LET(links, open_links(folder, open.access, staging, options, folders, opening));
    const bool is_exact =
        target.replaced || staging.destination().state != fs::DestinationState::folder;
    RestorePlan plan(reader, folders, std::move(heads), source.entry, owners,
                     links ? Locate::no : Locate::yes,
                     is_exact ? LeftOutFolders::make : LeftOutFolders::skip);
    RestoreWriter writer(reader, folders, opening, links.get());
    std::optional<NewSpace> space;
    if (is_exact && open.access != Access::read_only) {
        space.emplace(fs::FileClock::of_own(staging.fd()));
        folders.record_into(&space->recorder);
    }
    HOLT_TRY(write_files(plan, writer, folders, first, options, source.snapshot.record, profile));
    HOLT_TRY(make_links(plan, writer, folders, first, profile));

    // 4. The folder is remembered, as a space; first, so that it is one as soon as it is there.
    // What others could not reach yet did not change since its record was taken. A record that
    // holds always must not be durable before its file is.
    const Lap committing(&profile, Stage::commit);
    const bool durable = options.durable || target.replaced;
    if (durable && is_exact) HOLT_TRY(staging.sync());
    const bool lasting = durable && fs::sync_is_lasting(staging.fd());
    if (space)
        remember_new_space(staging, source, *space, lasting ? Holds::always : Holds::this_life,
                           folder, open, log);

    // 5. The whole tree appears at once; over a folder that has something in it, name by name.
    const Lap publishing(&profile, Stage::publish);
    HOLT_TRY(target.replaced ? staging.publish_replacing() : publish(staging, options));
    return report_of(plan, source.snapshot, links.get(), reporter);
}

}  // namespace

Result<RestoreReport> restore_snapshot(const StoreFolder& folder, Catalog& catalog,
                                       const std::string& snap, const std::string& destination,
                                       const RestoreOptions& options, const OpenOptions& open,
                                       Observer& observer) {
    auto report = run_restore(folder, catalog, snap, destination, options, open, observer);
    // Paths are told from the tree's root; the root itself is the destination.
    if (!report && report.error().object.empty()) report.error().object = destination;
    return report;
}

}  // namespace holt::store
