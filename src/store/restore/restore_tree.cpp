#include "store/restore/restore_tree.h"

#include <tbb/parallel_for_each.h>

#include <memory>
#include <utility>

#include "store/catalog/snapshot_info.h"
#include "store/operation/ordered_pipeline.h"
#include "store/restore/restore_links.h"
#include "store/restore/restore_writer.h"
#include "store/source/file_reading.h"

namespace holt::store {
namespace {

/// What builds one tree.
struct Builders {
    RestorePlan& plan;
    RestoreWriter& writer;
    RestoreFolders& folders;
    FirstError& first;
};

// All files: planned in order, written in parallel.
Status write_files(Operation& op, const Builders& build, const SnapshotRecord& record) {
    const auto plan = [&] {
        const Lap lap(&op.profile, Stage::plan);
        return build.plan.next();
    };
    const auto write = [&](RestoreJob& job) -> Status {
        const Lap lap(&op.profile, Stage::write);
        HOLT_TRY(build.writer.write(job));
        op.reporter.progress({.stage = "write",
                              .files_done = build.writer.files_written(),
                              .files_total = record.files,
                              .bytes_done = build.writer.bytes_written(),
                              .bytes_total = record.bytes});
        return {};
    };
    const auto finish = [&](RestoreJob& job) {
        const Lap lap(&op.profile, Stage::write);
        build.folders.done(job.folder);
    };
    return OrderedPipeline<RestoreJob>("restore", op.cancel, build.first, plan)
        .parallel(write)
        .always(finish)
        .run(4 * pipeline_threads());
}

// Symlinks and hard links come after all files, so none can be written through; hard links last, as
// they may be further names of a symlink or FIFO.
Status make_links(Operation& op, const Builders& build) {
    std::vector<FolderLinks> links = std::exchange(build.plan.links(), {});
    tbb::parallel_for_each(links, [&](const FolderLinks& folder) {
        const Lap lap(&op.profile, Stage::link);
        if (!build.first.stopped())
            build.first.keep(build.writer.make_specials(build.plan, folder));
    });
    tbb::parallel_for_each(links, [&](const FolderLinks& folder) {
        const Lap lap(&op.profile, Stage::link);
        if (!build.first.stopped()) build.first.keep(build.writer.make_links(build.plan, folder));
        build.folders.done(folder.folder);
    });
    return build.first.take();
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

Result<RestoreReport> build_tree(Operation& op, const Restoring& restoring,
                                 const BuildPlace& place) {
    const RestoreOptions& options = restoring.options;
    FirstError first;
    RestoreFolders folders(place.staging.fd(), place.staging.new_owner(),
                           fixed_mtime(options.mtime), options.mtime == Mtime::preserve,
                           op.reporter, first);
    fs::Semaphore opening(pipeline_threads());
    HOLT_TRY_LET(links, open_links(op, place.staging, options, folders, opening));
    RestorePlan plan(restoring, folders, links ? Locate::no : Locate::yes, place.left_out);
    RestoreWriter writer(restoring.reader, folders, opening, links.get());
    if (place.recorder != nullptr) folders.record_into(place.recorder);
    const Builders build{plan, writer, folders, first};
    HOLT_TRY(write_files(op, build, restoring.source.snapshot.record));
    HOLT_TRY(make_links(op, build));
    return report_of(plan, restoring.source.snapshot, links.get(), restoring.move != nullptr,
                     op.reporter);
}

}  // namespace holt::store
