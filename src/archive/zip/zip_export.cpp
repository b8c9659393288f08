#include <tbb/enumerable_thread_specific.h>

#include <memory>
#include <optional>
#include <utility>

#include "archive/zip/zip.h"
#include "archive/zip/zip_layout.h"
#include "archive/zip/zip_plan.h"
#include "codec/gzip/block_encoder.h"
#include "codec/gzip/crc32.h"
#include "store/operation/ordered_pipeline.h"

namespace holt::store {
namespace {

constexpr int kMaxLevel = 9, kDefaultLevel = 6;

/// What one thread keeps from one job to the next.
struct Scratch {
    Bytes raw{};
    std::optional<gzip::BlockEncoder> encoder{};
};

/// A job with what became of its items: bytes are kept one behind the other.
struct EncodedJob {
    std::unique_ptr<zip::Job> job;
    struct Piece {
        std::size_t begin = 0, size = 0;
        std::uint16_t method = zip::kStored;
        std::uint32_t crc = 0;
    };
    std::vector<Piece> pieces{};
    Bytes bytes{};
};

// Every chunk hashed first.
Status read_chunks(ChunkReader& reader, const zip::Job& job, Bytes& raw) {
    raw.resize(job.size);
    std::size_t at = 0, left = 0;
    auto item = job.items.begin();  // the next that is to be begun
    ContentForm form;
    std::uint64_t stored_at = 0;
    return reader.read(job.chunks, [&](std::size_t, ByteView stored) -> Status {
        for (; left == 0; ++item) {
            left = item->chunks;
            form = item->form;
            stored_at = item->stored_at;
        }
        --left;
        HOLT_TRY_LET(bytes, form.apply(stored_at, stored));
        std::ranges::copy(bytes, raw.begin() + static_cast<std::ptrdiff_t>(at));
        at += bytes.size();
        stored_at += stored.size();
        return {};
    });
}

void store(ByteView content, Bytes& out) {
    out.insert(out.end(), content.begin(), content.end());
}

// What does not get smaller is stored; a piece of a large file cannot be, since its header was
// written when the first one was known.
EncodedJob::Piece deflate(const zip::Item& item, ByteView content, Scratch& scratch, Bytes& out) {
    using Part = zip::Item::Part;
    EncodedJob::Piece piece{.begin = out.size()};
    if (!content.empty()) {
        const bool goes_on = item.part == Part::first || item.part == Part::middle;
        out.resize(piece.begin + gzip::BlockEncoder::part_bound(content.size()));
        const auto part = scratch.encoder->encode_part(
            content, goes_on ? gzip::StreamEnd::joint : gzip::StreamEnd::last_block,
            MutableByteView(out).subspan(piece.begin));
        const std::size_t size = part.size;
        piece.method = zip::kDeflate;
        piece.crc = part.crc;
        const bool stored = item.part == Part::whole && size >= content.size();
        out.resize(piece.begin + (stored ? 0 : size));
        if (stored) {
            piece.method = zip::kStored;
            store(content, out);
        }
    }
    piece.size = out.size() - piece.begin;
    return piece;
}

void encode(EncodedJob& encoded, Scratch& scratch) {
    std::size_t at = 0;
    for (const zip::Item& item : encoded.job->items) {
        const ByteView content = ByteView(scratch.raw).subspan(at, item.size);
        at += item.size;
        if (item.kind == fs::Kind::symlink) {
            const ByteView target = as_bytes(item.target);
            encoded.pieces.push_back({.begin = encoded.bytes.size(),
                                      .size = target.size(),
                                      .crc = gzip::crc32(0, target)});
            store(target, encoded.bytes);
        } else {
            encoded.pieces.push_back(deflate(item, content, scratch, encoded.bytes));
        }
    }
}

void lay_out(const EncodedJob& encoded, zip::Layout& layout, Bytes& out) {
    for (std::size_t i = 0; i < encoded.pieces.size(); ++i) {
        const zip::Item& item = encoded.job->items[i];
        const EncodedJob::Piece& piece = encoded.pieces[i];
        layout.add(item,
                   {.bytes = ByteView(encoded.bytes).subspan(piece.begin, piece.size),
                    .method = piece.method,
                    .crc = piece.crc,
                    .size = item.kind == fs::Kind::symlink ? item.target.size() : item.size},
                   out);
    }
}

void tell_losses(const zip::Job& job, Reporter& reporter) {
    for (const zip::Loss& loss : job.losses) {
        reporter.tally(loss.severity, fail(ErrorKind::partial, "export", loss.path, loss.cause,
                                           "export a .tar to keep it")
                                          .error());
    }
}

/// What makes one zip.
struct Archive {
    zip::Plan& plan;
    zip::Layout& layout;
    ArchiveOutput& output;
    const gzip::LevelPlan& level;
};

// Planned in order, read and compressed in parallel, laid out and written in order.
Status write_jobs(Operation& op, ChunkReader& reader, const Archive& archive) {
    FirstError first;
    tbb::enumerable_thread_specific<Scratch> scratch;
    Bytes out;
    Progress progress{.stage = "export"};
    const auto next = [&]() -> Result<std::shared_ptr<EncodedJob>> {
        HOLT_TRY_LET(job, archive.plan.next());
        return job ? std::make_shared<EncodedJob>(std::move(job)) : nullptr;
    };
    const auto fill = [&](EncodedJob& job) -> Status {
        Scratch& own = scratch.local();
        if (!own.encoder) own.encoder.emplace(archive.level);
        HOLT_TRY(read_chunks(reader, *job.job, own.raw));
        encode(job, own);
        return {};
    };
    const auto write = [&](EncodedJob& job) -> Status {
        out.clear();
        lay_out(job, archive.layout, out);
        HOLT_TRY(archive.output.write(out));
        tell_losses(*job.job, op.reporter);
        progress.files_done += job.job->items.size();
        progress.bytes_done += job.job->size;
        op.reporter.progress(progress);
        return {};
    };
    return OrderedPipeline<EncodedJob>("export", op.cancel, first, next)
        .parallel(fill)
        .in_order(write)
        .run(2 * pipeline_threads() + 1);
}

}  // namespace

Result<ExportReport> write_zip(Operation& op, ChunkReader& reader, const TreeEntry& root,
                               const Selection& selection, ArchiveOutput& output, int level) {
    if (level < 0 || level > kMaxLevel)
        return fail(ErrorKind::usage, "export", std::to_string(level), "zip has no such level",
                    "give 1 to 9");
    zip::Plan plan(reader, root, selection, op.reporter);
    zip::Layout layout;
    const gzip::LevelPlan level_plan = gzip::plan_of(level != 0 ? level : kDefaultLevel);
    HOLT_TRY(write_jobs(op, reader, {plan, layout, output, level_plan}));
    HOLT_TRY(output.write(layout.finish()));
    HOLT_TRY(output.commit());
    const zip::Plan::Counts& counts = plan.counts();
    return ExportReport{.files = counts.files,
                        .folders = counts.folders,
                        .symlinks = counts.symlinks,
                        .bytes = counts.bytes,
                        .archive_bytes = output.size(),
                        .left_out = op.reporter.left_out() + op.reporter.warnings()};
}

}  // namespace holt::store
