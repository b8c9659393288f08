#include "archive/export.h"

#include <tbb/enumerable_thread_specific.h>
#include <tbb/parallel_pipeline.h>
#include <tbb/task_arena.h>

#include <memory>
#include <utility>

#include "archive/export_plan.h"
#include "archive/io/encoder.h"
#include "archive/zip/zip.h"
#include "store/catalog/snapshot_info.h"
#include "store/format/left_out.h"
#include "store/operation/reporter.h"
#include "store/trees/lookup.h"
#include "store/trees/selection.h"

namespace holt::store {
namespace {

struct Source {
    SnapshotRow snapshot;
    std::string path;  // in the snapshot
    TreeEntry entry;
};

Result<Source> find_source(Catalog& catalog, ChunkReader& reader, const std::string& snap) {
    HOLT_TRY_LET(where, find_snap_path(catalog, snap));
    HOLT_TRY_LET(entry, find_entry(reader, where.snapshot.record.root, where.path));
    if (entry.left_out != LeftOut::no)
        return std::unexpected(left_out_error("export", entry, where.path));
    if (entry.kind != fs::Kind::folder) {
        return fail(ErrorKind::usage, "export", snap,
                    "'" + printable(where.path) + "' is not a folder", Advice::export_folder);
    }
    return Source{std::move(where.snapshot), std::move(where.path), std::move(entry)};
}

/// A stretch of the archive as it goes from stage to stage.
struct Stretch {
    std::unique_ptr<ExportJob> job;
    EncodedStretch encoded{};
};

// Laid out in order, read and compressed in parallel, written in order.
Status write_stretches(ExportPlan& plan, ChunkReader& reader, const ArchiveEncoder& encoder,
                       ArchiveTail& tail, ArchiveOutput& output, const SnapshotRecord& record,
                       Reporter& reporter, const Cancel* cancel) {
    using StretchPtr = std::shared_ptr<Stretch>;
    FirstError first;
    tbb::enumerable_thread_specific<EncoderScratch> scratch;
    std::uint64_t raw_bytes = 0;
    const auto lay_out = [&](tbb::flow_control& flow) -> StretchPtr {
        if (cancel != nullptr && cancel->requested()) first.set(cancelled("export").error());
        if (!first.stopped()) {
            auto job = plan.next();
            if (job && *job) return std::make_shared<Stretch>(*std::move(job));
            first.keep(std::move(job));
        }
        flow.stop();
        return nullptr;
    };
    const auto encode = [&](StretchPtr stretch) {
        if (first.stopped()) return stretch;
        EncoderScratch& own = scratch.local();
        if (!first.keep(ExportPlan::fill(reader, *stretch->job, own.raw))) return stretch;
        auto encoded = encoder.encode(own);
        if (encoded) {
            stretch->encoded = *std::move(encoded);
        } else {
            first.set(std::move(encoded).error());
        }
        return stretch;
    };
    const auto write = [&](const StretchPtr& stretch) {
        if (first.stopped()) return;
        if (!first.keep(output.write(stretch->encoded.bytes))) return;
        tail.add(stretch->encoded);
        raw_bytes += stretch->encoded.raw_size;
        reporter.progress(
            {.stage = "export", .bytes_done = raw_bytes, .bytes_total = record.bytes});
    };
    const auto threads = static_cast<std::size_t>(tbb::this_task_arena::max_concurrency());
    using tbb::filter_mode;
    tbb::parallel_pipeline(
        2 * threads + 1,
        tbb::make_filter<void, StretchPtr>(filter_mode::serial_in_order, lay_out) &
            tbb::make_filter<StretchPtr, StretchPtr>(filter_mode::parallel, encode) &
            tbb::make_filter<StretchPtr, void>(filter_mode::serial_in_order, write));
    return first.take();
}

}  // namespace

Result<ExportReport> export_archive(const StoreFolder& folder, Catalog& catalog,
                                    const std::string& snap, ArchiveFormat format,
                                    ArchiveOutput& output, const ExportOptions& options,
                                    Observer& observer) {
    Reporter reporter(observer);
    ChunkReader reader(folder, catalog);

    // 1. What to write; for hard links, which name of each file comes first in it.
    HOLT_TRY_LET(source, find_source(catalog, reader, snap));
    HOLT_TRY_LET(selection, Selection::compile(options.include, options.exclude));
    HOLT_TRY(selection.look_into(reader, source.entry, "export", snap));
    if (format == ArchiveFormat::zip) {
        HOLT_TRY_LET(report, write_zip(reader, source.entry, selection, output, options, reporter));
        report.snapshots.push_back(to_info(source.snapshot));
        return report;
    }
    LinkHeads heads;
    if (source.snapshot.record.hard_links > 0) {
        HOLT_TRY_LET(found, find_link_heads(reader, source.entry, source.path, selection));
        heads = std::move(found);
    }

    // 2. The archive, stretch by stretch, and what the format has at its end.
    HOLT_TRY_LET(encoder, ArchiveEncoder::make(format, options.level));
    ArchiveTail tail(format);
    HOLT_TRY(output.write(encoder.head()));
    ExportPlan plan(reader, std::move(heads), std::move(source.entry), selection, reporter);
    HOLT_TRY(write_stretches(plan, reader, encoder, tail, output, source.snapshot.record, reporter,
                             options.cancel));
    HOLT_TRY_LET(end, tail.finish());
    HOLT_TRY(output.write(end));

    // 3. It appears.
    HOLT_TRY(output.commit());
    const ExportPlan::Counts& counts = plan.counts();
    return ExportReport{.snapshots = {to_info(source.snapshot)},
                        .files = counts.files,
                        .folders = counts.folders,
                        .symlinks = counts.symlinks,
                        .hard_links = counts.hard_links,
                        .others = counts.others,
                        .bytes = counts.bytes,
                        .archive_bytes = output.size(),
                        .left_out = reporter.left_out()};
}

}  // namespace holt::store
