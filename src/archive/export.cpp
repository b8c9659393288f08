#include "archive/export.h"

#include <tbb/enumerable_thread_specific.h>

#include <memory>
#include <utility>

#include "archive/export_plan.h"
#include "archive/io/encoder.h"
#include "archive/zip/zip.h"
#include "store/catalog/snapshot_info.h"
#include "store/format/left_out.h"
#include "store/operation/ordered_pipeline.h"
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

/// What makes one archive.
struct Archive {
    ExportPlan& plan;
    const ArchiveEncoder& encoder;
    ArchiveTail& tail;
    ArchiveOutput& output;
    std::uint64_t content;  ///< bytes of the whole snapshot, for progress
};

// Laid out in order, read and compressed in parallel, written in order.
Status write_stretches(Operation& op, ChunkReader& reader, const Archive& archive) {
    FirstError first;
    tbb::enumerable_thread_specific<EncoderScratch> scratch;
    std::uint64_t raw_bytes = 0;
    const auto lay_out = [&]() -> Result<std::shared_ptr<Stretch>> {
        HOLT_TRY_LET(job, archive.plan.next());
        return job ? std::make_shared<Stretch>(std::move(job)) : nullptr;
    };
    const auto encode = [&](Stretch& stretch) -> Status {
        EncoderScratch& own = scratch.local();
        HOLT_TRY(ExportPlan::fill(reader, *stretch.job, own.raw));
        HOLT_TRY_LET(encoded, archive.encoder.encode(own));
        stretch.encoded = std::move(encoded);
        return {};
    };
    const auto write = [&](Stretch& stretch) -> Status {
        HOLT_TRY(archive.output.write(stretch.encoded.bytes));
        archive.tail.add(stretch.encoded);
        raw_bytes += stretch.encoded.raw_size;
        op.reporter.progress(
            {.stage = "export", .bytes_done = raw_bytes, .bytes_total = archive.content});
        return {};
    };
    return OrderedPipeline<Stretch>("export", op.cancel, first, lay_out)
        .parallel(encode)
        .in_order(write)
        .run(2 * pipeline_threads() + 1);
}

}  // namespace

Result<ExportReport> export_archive(Operation& op, Catalog& catalog, const std::string& snap,
                                    ArchiveFormat format, ArchiveOutput& output,
                                    const ExportOptions& options) {
    ChunkReader reader(op.store, catalog);

    // 1. What to write; for hard links, which name of each file comes first in it.
    HOLT_TRY_LET(source, find_source(catalog, reader, snap));
    HOLT_TRY_LET(selection, Selection::compile(options.include, options.exclude));
    HOLT_TRY(selection.look_into(reader, source.entry, "export", snap));
    if (format == ArchiveFormat::zip) {
        HOLT_TRY_LET(report, write_zip(op, reader, source.entry, selection, output, options.level));
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
    ExportPlan plan(reader, std::move(heads), std::move(source.entry), selection, op.reporter);
    HOLT_TRY(
        write_stretches(op, reader, {plan, encoder, tail, output, source.snapshot.record.bytes}));
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
                        .left_out = op.reporter.left_out()};
}

}  // namespace holt::store
