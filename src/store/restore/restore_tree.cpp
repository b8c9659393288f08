#include "store/restore/restore_tree.h"

#include <tbb/parallel_for_each.h>
#include <tbb/parallel_pipeline.h>
#include <tbb/task_arena.h>

#include <memory>
#include <utility>

#include "store/catalog/snapshot_info.h"
#include "store/restore/restore_links.h"
#include "store/restore/restore_writer.h"
#include "store/source/file_reading.h"

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

// Symlinks and hard links come after all files, so none can be written through; hard links last, as
// they may be further names of a symlink or FIFO.
Status make_links(RestorePlan& plan, RestoreWriter& writer, RestoreFolders& folders,
                  FirstError& first, Profile& profile) {
    std::vector<FolderLinks> links = std::exchange(plan.links(), {});
    tbb::parallel_for_each(links, [&](const FolderLinks& folder) {
        const Lap lap(&profile, Stage::link);
        if (!first.stopped()) first.keep(writer.make_specials(folder));
    });
    tbb::parallel_for_each(links, [&](const FolderLinks& folder) {
        const Lap lap(&profile, Stage::link);
        if (!first.stopped()) first.keep(writer.make_links(folder));
        folders.done(folder.folder);
    });
    return first.take();
}

Time fixed_mtime(Mtime mode) {
    return mode == Mtime::now ? current_time() : Time{};
}

RestoreReport report_of(const RestorePlan& plan, const SnapshotRow& snapshot,
                        const PoolLinker* links, bool relocated, const Reporter& reporter) {
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
            .pool_replaced = links == nullptr ? 0 : links->files_replaced(),
            .relocated = relocated};
}

}  // namespace

Result<RestoreReport> build_tree(ChunkReader& reader, const RestoreSource& source, LinkHeads heads,
                                 const BuildInput& input) {
    const RestoreOptions& options = input.options;
    FirstError first;
    RestoreFolders folders(input.staging.fd(), input.staging.new_owner(),
                           fixed_mtime(options.mtime), options.mtime == Mtime::preserve,
                           input.reporter, first);
    fs::Semaphore opening(static_cast<std::size_t>(tbb::this_task_arena::max_concurrency()));
    HOLT_TRY_LET(links,
                 open_links(input.store, input.access, input.staging, options, folders, opening));
    RestorePlan plan(reader, folders, std::move(heads), source.entry, input.owners, input.move,
                     links ? Locate::no : Locate::yes, input.selection, input.left_out);
    RestoreWriter writer(reader, folders, opening, links.get());
    if (input.recorder != nullptr) folders.record_into(input.recorder);
    HOLT_TRY(
        write_files(plan, writer, folders, first, options, source.snapshot.record, input.profile));
    HOLT_TRY(make_links(plan, writer, folders, first, input.profile));
    return report_of(plan, source.snapshot, links.get(), input.move != nullptr, input.reporter);
}

}  // namespace holt::store
