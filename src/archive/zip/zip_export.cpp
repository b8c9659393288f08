#include <tbb/enumerable_thread_specific.h>
#include <tbb/parallel_pipeline.h>
#include <tbb/task_arena.h>

#include <memory>
#include <optional>
#include <utility>

#include "archive/zip/zip.h"
#include "archive/zip/zip_layout.h"
#include "archive/zip/zip_plan.h"
#include "codec/gzip/block_encoder.h"
#include "codec/gzip/crc32.h"
#include "store/operation/reporter.h"

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

// Planned in order, read and compressed in parallel, laid out and written in order.
Status write_jobs(zip::Plan& plan, ChunkReader& reader, zip::Layout& layout, ArchiveOutput& output,
                  const gzip::LevelPlan& level, Reporter& reporter, const Cancel* cancel) {
    using JobPtr = std::shared_ptr<EncodedJob>;
    FirstError first;
    tbb::enumerable_thread_specific<Scratch> scratch;
    Bytes out;
    Progress progress{.stage = "export"};
    const auto next = [&](tbb::flow_control& flow) -> JobPtr {
        if (cancel != nullptr && cancel->requested()) first.set(cancelled("export").error());
        if (!first.stopped()) {
            auto job = plan.next();
            if (job && *job) return std::make_shared<EncodedJob>(*std::move(job));
            first.keep(std::move(job));
        }
        flow.stop();
        return nullptr;
    };
    const auto fill = [&](JobPtr job) {
        if (first.stopped()) return job;
        Scratch& own = scratch.local();
        if (!own.encoder) own.encoder.emplace(level);
        if (first.keep(read_chunks(reader, *job->job, own.raw))) encode(*job, own);
        return job;
    };
    const auto write = [&](const JobPtr& job) {
        if (first.stopped()) return;
        out.clear();
        lay_out(*job, layout, out);
        if (!first.keep(output.write(out))) return;
        tell_losses(*job->job, reporter);
        progress.files_done += job->job->items.size();
        progress.bytes_done += job->job->size;
        reporter.progress(progress);
    };
    const auto threads = static_cast<std::size_t>(tbb::this_task_arena::max_concurrency());
    using tbb::filter_mode;
    tbb::parallel_pipeline(2 * threads + 1,
                           tbb::make_filter<void, JobPtr>(filter_mode::serial_in_order, next) &
                               tbb::make_filter<JobPtr, JobPtr>(filter_mode::parallel, fill) &
                               tbb::make_filter<JobPtr, void>(filter_mode::serial_in_order, write));
    return first.take();
}

}  // namespace

Result<ExportReport> write_zip(ChunkReader& reader, const TreeEntry& root,
                               const Selection& selection, ArchiveOutput& output,
                               const ExportOptions& options, Reporter& reporter) {
    if (options.level < 0 || options.level > kMaxLevel)
        return fail(ErrorKind::usage, "export", std::to_string(options.level),
                    "zip has no such level", "give 1 to 9");
    const int level = options.level != 0 ? options.level : kDefaultLevel;
    zip::Plan plan(reader, root, selection, reporter);
    zip::Layout layout;
    HOLT_TRY(
        write_jobs(plan, reader, layout, output, gzip::plan_of(level), reporter, options.cancel));
    HOLT_TRY(output.write(layout.finish()));
    HOLT_TRY(output.commit());
    const zip::Plan::Counts& counts = plan.counts();
    return ExportReport{.files = counts.files,
                        .folders = counts.folders,
                        .symlinks = counts.symlinks,
                        .bytes = counts.bytes,
                        .archive_bytes = output.size(),
                        .left_out = reporter.left_out() + reporter.warnings()};
}

}  // namespace holt::store
