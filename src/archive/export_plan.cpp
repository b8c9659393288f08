#include "archive/export_plan.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "archive/format/tar_format.h"
#include "archive/tar/tar_writer.h"
#include "store/format/left_out.h"

namespace holt::store {
namespace {

// Chunks are looked up so many at a time.
constexpr std::size_t kLocate = 64;

}  // namespace

ExportPlan::ExportPlan(ChunkReader& reader, LinkHeads heads, TreeEntry root,
                       const Selection& selection, Reporter& reporter)
    : reader_(reader),
      heads_(std::move(heads)),
      walk_(reader, std::move(root), selection),
      reporter_(reporter) {}

void ExportPlan::add_literal(ByteView bytes) {
    if (bytes.empty()) return;
    if (!job_->parts.empty() && job_->parts.back().literal) {
        job_->parts.back().length += bytes.size();
    } else {
        job_->parts.push_back({true, job_->literals.size(), bytes.size()});
    }
    job_->literals.insert(job_->literals.end(), bytes.begin(), bytes.end());
    job_->size += bytes.size();
}

void ExportPlan::add_chunk_part(const LocatedChunk& chunk, std::uint64_t from,
                                std::uint64_t length) {
    job_->parts.push_back({false, from, static_cast<std::size_t>(length)});
    job_->chunks.push_back(chunk);
    job_->size += static_cast<std::size_t>(length);
}

// What comes next in the walk; false at its end.
Result<bool> ExportPlan::take_step() {
    HOLT_TRY_LET(step, walk_.next());
    if (step.entry == nullptr) return false;
    if (!step.path.empty()) tell_left_out(reporter_, "export", *step.entry, step.path);
    if (step.entry->kind == fs::Kind::folder) {  // one that was left out comes, empty
        ++counts_.folders;
        Bytes header;
        tar::append_header(header, *step.entry, step.path, "");
        add_literal(header);
    } else if (step.entry->left_out == LeftOut::no) {
        HOLT_TRY(add_entry(*step.entry, step.path));
    }
    return true;
}

Status ExportPlan::add_entry(TreeEntry& entry, const std::string& path) {
    std::string link_to;
    const auto head = heads_.find(entry.hard_link_to);
    if (head != heads_.end() && head->second != path) link_to = head->second;
    Bytes header;
    tar::append_header(header, entry, path, link_to);
    add_literal(header);
    if (!link_to.empty()) {
        ++counts_.hard_links;
        return {};
    }
    counts_.symlinks += entry.kind == fs::Kind::symlink;
    counts_.others += entry.kind == fs::Kind::fifo;
    if (entry.kind != fs::Kind::file) return {};
    ++counts_.files;
    counts_.bytes += entry.size;
    in_file_ = entry.size > 0;
    chunk_at_ = 0;
    file_at_ = 0;
    data_at_ = 0;
    data_ = tar::data_ranges(entry);
    HOLT_TRY_LET(form, ContentForm::of(entry));
    form_ = std::move(form);
    file_ = std::move(entry);
    return {};
}

// The next chunks of the file at hand, without what lies in holes.
Status ExportPlan::add_chunks() {
    if (!form_.is_stored()) return add_original();
    const auto refs = std::span(file_.chunks)
                          .subspan(chunk_at_, std::min(kLocate, file_.chunks.size() - chunk_at_));
    HOLT_TRY_LET(located, reader_.locate(refs));
    for (const LocatedChunk& chunk : located) {
        const std::uint64_t end = file_at_ + chunk.length;
        while (data_at_ < data_.size() && data_[data_at_].offset < end) {
            const fs::Range& piece = data_[data_at_];
            const std::uint64_t from = std::max(piece.offset, file_at_);
            const std::uint64_t to = std::min(piece.offset + piece.length, end);
            add_chunk_part(chunk, from - file_at_, to - from);
            if (to < piece.offset + piece.length) break;  // goes on in the next chunk
            ++data_at_;
        }
        file_at_ = end;
        ++chunk_at_;
        if (job_->size >= kJobSize) break;
    }
    end_of_file();
    return {};
}

// A file that is stored with placeholders: what it was, a chunk at a time.
Status ExportPlan::add_original() {
    while (chunk_at_ < file_.chunks.size() && job_->size < kJobSize) {
        HOLT_TRY_LET(stored, reader_.read_content(std::span(file_.chunks).subspan(chunk_at_++, 1)));
        HOLT_TRY_LET(original, form_.apply(file_at_, stored));
        add_literal(original);
        file_at_ += stored.size();
    }
    end_of_file();
    return {};
}

void ExportPlan::end_of_file() {
    if (chunk_at_ < file_.chunks.size()) return;
    in_file_ = false;
    const std::array<std::uint8_t, tar::kBlock> zeros{};
    add_literal(ByteView(zeros).first(tar::padding(tar::stored_size(file_))));
}

Result<std::unique_ptr<ExportJob>> ExportPlan::next() {
    if (ended_) return nullptr;
    job_ = std::make_unique<ExportJob>();
    while (job_->size < kJobSize) {
        if (in_file_) {
            HOLT_TRY(add_chunks());
            continue;
        }
        HOLT_TRY_LET(more, take_step());
        if (more) continue;
        const std::array<std::uint8_t, tar::kEndSize> zeros{};
        add_literal(zeros);
        ended_ = true;
        break;
    }
    return std::move(job_);
}

Status ExportPlan::fill(ChunkReader& reader, const ExportJob& job, Bytes& out) {
    out.resize(job.size);
    // Where each chunk's part goes to; literals are copied on the way.
    std::vector<std::pair<std::size_t, const ExportJob::Part*>> places;
    places.reserve(job.chunks.size());
    std::size_t at = 0;
    for (const ExportJob::Part& part : job.parts) {
        if (part.literal) {
            std::memcpy(out.data() + at, job.literals.data() + part.from, part.length);
        } else {
            places.emplace_back(at, &part);
        }
        at += part.length;
    }
    return reader.read(job.chunks, [&](std::size_t index, ByteView bytes) -> Status {
        const auto& [place, part] = places[index];
        std::memcpy(out.data() + place, bytes.data() + part->from, part->length);
        return {};
    });
}

}  // namespace holt::store
