#include "archive/zip/zip_plan.h"

#include <algorithm>
#include <utility>

#include "fs/metadata/posix_acl.h"
#include "store/format/left_out.h"

namespace holt::store::zip {
namespace {

constexpr std::size_t kLongestName = 0xFFFF;

// Without its access list nobody may do more.
std::uint16_t mode_in_zip(const TreeEntry& entry) {
    for (const auto& [name, value] : entry.xattrs)
        if (name == fs::kAccessAcl) return fs::mode_without_acl(entry.mode, value);
    return entry.mode;
}

std::string name_in_zip(const TreeEntry& entry, const std::string& path) {
    if (entry.kind != fs::Kind::folder) return path;
    return path.empty() ? "./" : path + "/";
}

}  // namespace

Plan::Plan(ChunkReader& reader, TreeEntry root, const Selection& selection, Reporter& reporter)
    : reader_(reader), walk_(reader, std::move(root), selection), reporter_(reporter) {}

void Plan::lose(Severity severity, const std::string& path, const char* cause) {
    job_->losses.push_back({severity, path, cause});
}

/// False for what a zip cannot hold.
bool Plan::add_item(const TreeEntry& entry, const std::string& path) {
    std::string name = name_in_zip(entry, path);
    if (entry.kind == fs::Kind::fifo || name.size() > kLongestName) {
        lose(Severity::left_out, path,
             entry.kind == fs::Kind::fifo ? "a zip has no FIFOs"
                                          : "a zip has no paths of over 65,535 bytes");
        return false;
    }
    if (!entry.xattrs.empty())
        lose(Severity::warning, path, "a zip has no extended attributes and access control lists");
    if (!entry.hard_link_to.empty())
        lose(Severity::info, path, "a zip has no hard links: a copy is written for each name");
    if (!entry.holes.empty()) lose(Severity::info, path, "a zip has no holes: they are filled");
    job_->items.push_back({.name = std::move(name),
                           .kind = entry.kind,
                           .mode = mode_in_zip(entry),
                           .uid = entry.uid,
                           .gid = entry.gid,
                           .mtime = entry.mtime,
                           .target = entry.symlink_target,
                           .file_size = entry.kind == fs::Kind::file ? entry.size : 0});
    counts_.folders += entry.kind == fs::Kind::folder;
    counts_.symlinks += entry.kind == fs::Kind::symlink;
    counts_.files += entry.kind == fs::Kind::file;
    counts_.bytes += job_->items.back().file_size;
    return true;
}

// What comes next in the walk; false at its end.
Result<bool> Plan::take_step() {
    HOLT_TRY_LET(step, walk_.next());
    if (step.entry == nullptr) return false;
    if (!step.path.empty()) tell_left_out(reporter_, "export", *step.entry, step.path);
    if (step.entry->kind == fs::Kind::folder) {  // one that was left out comes, empty
        add_item(*step.entry, step.path);
    } else if (step.entry->left_out == LeftOut::no) {
        HOLT_TRY(add_entry(*step.entry, step.path));
    }
    return true;
}

void Plan::take_chunks(std::size_t count, Item& item) {
    item.form = form_;
    item.stored_at = stored_at_;
    for (const ChunkRef& chunk : std::span(file_.chunks).subspan(chunk_at_, count)) {
        refs_.push_back(chunk);
        stored_at_ += chunk.length;
    }
    item.size =
        static_cast<std::size_t>(form_.place_of(stored_at_) - form_.place_of(item.stored_at));
    item.chunks = count;
    job_->size += item.size;
    chunk_at_ += count;
}

Status Plan::add_entry(TreeEntry& entry, const std::string& path) {
    if (!add_item(entry, path)) return {};
    if (entry.kind != fs::Kind::file || entry.size == 0) return {};
    HOLT_TRY_LET(form, ContentForm::of(entry));
    form_ = std::move(form);
    file_ = std::move(entry);
    chunk_at_ = 0;
    stored_at_ = 0;
    if (file_.size <= kWhole) {
        take_chunks(file_.chunks.size(), job_->items.back());
    } else {
        in_file_ = true;
        job_->items.back().part = Item::Part::first;
        add_piece();
    }
    return {};
}

// The next piece of the file at hand, into the item that is the last of the job.
void Plan::add_piece() {
    std::size_t count = 0, size = 0;
    while (chunk_at_ + count < file_.chunks.size() && size < kJobSize)
        size += file_.chunks[chunk_at_ + count++].length;
    Item& item = job_->items.back();
    take_chunks(count, item);
    if (chunk_at_ < file_.chunks.size()) return;
    in_file_ = false;
    // A first piece that is all is not possible: it is no larger than kJobSize and a chunk.
    item.part = item.part == Item::Part::first ? Item::Part::whole : Item::Part::last;
}

Result<std::unique_ptr<Job>> Plan::next() {
    job_ = std::make_unique<Job>();
    refs_.clear();
    while (job_->size < kJobSize && job_->items.size() + job_->losses.size() < kJobItems) {
        if (in_file_) {
            job_->items.push_back({.part = Item::Part::middle});
            add_piece();
            continue;
        }
        HOLT_TRY_LET(more, take_step());
        if (!more) break;
    }
    if (job_->items.empty() && job_->losses.empty()) return nullptr;
    HOLT_TRY_LET(located, reader_.locate(refs_));
    job_->chunks = std::move(located);
    return std::move(job_);
}

}  // namespace holt::store::zip
