#include "store/restore/restore_writer.h"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "codec/blake3/blake3.h"
#include "fs/file.h"
#include "fs/folder.h"
#include "fs/staging/tree_writer.h"
#include "store/content/content_form.h"

namespace holt::store {
namespace {

bool all_zero(ByteView bytes) {
    return bytes.empty() ||
           (bytes[0] == 0 && equal(bytes.first(bytes.size() - 1), bytes.subspan(1)));
}

// Writes the parts of `bytes` that lie outside the file's holes. What lies in a hole must be zeros,
// or the file would not be what its digest says.
Status put_outside_holes(int fd, std::uint64_t offset, ByteView bytes, const FileTask& file) {
    const std::vector<fs::Range>& holes = file.entry->holes;
    auto hole = std::ranges::upper_bound(
        holes, offset, {}, [](const fs::Range& range) { return range.offset + range.length; });
    while (!bytes.empty()) {
        std::size_t data = bytes.size(), zeros = 0;
        if (hole != holes.end() && hole->offset < offset + bytes.size()) {
            data = hole->offset > offset ? static_cast<std::size_t>(hole->offset - offset) : 0;
            const std::uint64_t end = std::min(hole->offset + hole->length, offset + bytes.size());
            zeros = static_cast<std::size_t>(end - offset) - data;
            ++hole;
        }
        if (data > 0) HOLT_TRY(fs::pwrite_full(fd, bytes.first(data), offset, file.path));
        if (!all_zero(bytes.subspan(data, zeros))) {
            return fail(ErrorKind::corrupt, "restore file", file.path,
                        "its tree says there is a hole where its content is not zero",
                        Advice::verify_store);
        }
        offset += data + zeros;
        bytes = bytes.subspan(data + zeros);
    }
    return {};
}

}  // namespace

Result<UniqueFd> RestoreWriter::create(const RestoreJob& job, const FileTask& file) {
    const auto slot = opening_.take();
    const auto mode = file.pool_id ? fs::kNewFileMode : folders_.new_mode(*file.entry);
    HOLT_TRY_LET(fd, fs::make_file(job.fd->get(), file.entry->name, file.path, mode));
    if (file.is_link_head) {
        HOLT_TRY_LET(stat, fs::stat_fd(fd.get(), file.path));
        note_head(file, stat);
    }
    return fd;
}

void RestoreWriter::note_head(const FileTask& file, const fs::FileStat& stat) {
    if (file.is_link_head) note_head(file.path, stat);
}

void RestoreWriter::note_head(const std::string& path, const fs::FileStat& stat) {
    const std::lock_guard lock(heads_mutex_);
    heads_.insert_or_assign(path, Head{path, stat.dev, stat.ino, stat.kind});
}

// Length, metadata and name in the pool, once all content is in.
Status RestoreWriter::finish(int folder, int fd, const FileTask& file) {
    const TreeEntry& entry = *file.entry;
    const bool ends_in_hole =
        !entry.holes.empty() && entry.holes.back().offset + entry.holes.back().length == entry.size;
    if (ends_in_hole) HOLT_TRY(fs::set_size(fd, entry.size, file.path));
    if (file.pool_id) {
        HOLT_TRY_LET(right, folders_.set(fd, linker_->metadata(entry), file.path));
        HOLT_TRY(linker_->keep(folder, fd, file, [this](const FileTask& task, const auto& stat) {
            note_head(task, stat);
        }));
        const fs::FileStat written{.size = entry.size, .mtime = folders_.mtime(entry)};
        if (right) folders_.took_link(fd, written, file.path);
    } else {
        HOLT_TRY(folders_.finish(fd, entry, file.path));
    }
    files_written_.fetch_add(1, std::memory_order_relaxed);
    return {};
}

// The file of a job that is being written now: a job's own, or one shared with other jobs.
class RestoreWriter::OpenFile {
  public:
    OpenFile(RestoreWriter& writer, const RestoreJob& job) : writer_(writer), job_(job) {}

    Status begin(const FileTask& file) {
        file_ = &file;
        offset_ = file.offset;
        left_ = file.chunk_count;
        HOLT_TRY_LET(form, ContentForm::of(*file.entry));
        form_ = std::move(form);
        if (!file.shared) {
            HOLT_TRY_LET(fd, writer_.create(job_, file));
            own_ = std::move(fd);
            return left_ == 0 ? end() : Status{};
        }
        Status made;
        std::call_once(file.shared->made, [&] {
            auto fd = writer_.create(job_, file);
            if (fd) {
                file.shared->fd = *std::move(fd);
            } else {
                made = std::unexpected(std::move(fd).error());
            }
        });
        if (made && !file.shared->fd) {
            return fail(ErrorKind::failed, "restore file", file.path, "it could not be created");
        }
        return made;
    }

    Status put(ByteView stored) {
        const int fd = file_->shared ? file_->shared->fd.get() : own_.get();
        HOLT_TRY_LET(bytes, form_.apply(offset_, stored));
        HOLT_TRY(put_outside_holes(fd, form_.place_of(offset_), bytes, *file_));
        offset_ += stored.size();
        writer_.bytes_written_.fetch_add(bytes.size(), std::memory_order_relaxed);
        return --left_ == 0 ? end() : Status{};
    }

  private:
    Status end() {
        if (!file_->shared) {
            HOLT_TRY(writer_.finish(job_.fd->get(), own_.get(), *file_));
            own_.reset();
        } else if (--file_->shared->pending == 0) {
            HOLT_TRY(writer_.finish(job_.fd->get(), file_->shared->fd.get(), *file_));
            file_->shared->fd.reset();
        }
        return {};
    }

    RestoreWriter& writer_;
    const RestoreJob& job_;
    const FileTask* file_ = nullptr;
    UniqueFd own_;
    ContentForm form_;
    std::uint64_t offset_ = 0;  // in the stored form
    std::size_t left_ = 0;
};

Status RestoreWriter::write(const RestoreJob& job) {
    return linker_ == nullptr ? write_files(job) : link_files(job);
}

// The pool knows a file by its own content: that of one that is moved is not in its tree. Where it
// was not noted before, it is made here, without being written.
Result<std::vector<FileTask>> RestoreWriter::with_moved_digests(std::span<const FileTask> files) {
    std::vector<FileTask> known(files.begin(), files.end());
    for (FileTask& file : known) {
        if (file.entry->moved_to.empty() || file.entry->relocation.empty()) continue;
        TreeEntry moved = *file.entry;
        if (const auto noted = linker_->noted_digest(moved)) {
            file.original = std::exchange(moved.content, *noted);
            file.entry = std::make_shared<const TreeEntry>(std::move(moved));
            continue;
        }
        HOLT_TRY_LET(form, ContentForm::of(*file.entry));
        HOLT_TRY_LET(located, reader_.locate(file.entry->chunks));
        blake3::Hasher hasher;
        std::uint64_t at = 0;
        HOLT_TRY(reader_.read(located, [&](std::size_t, ByteView stored) -> Status {
            HOLT_TRY_LET(bytes, form.apply(at, stored));
            hasher.update(bytes);
            at += stored.size();
            return {};
        }));
        const Digest content = hasher.digest();
        linker_->note_digest(moved, content);
        moved.content = content;
        file.entry = std::make_shared<const TreeEntry>(std::move(moved));
    }
    return known;
}

// What the pool has not is written as by a restore that copies.
Status RestoreWriter::link_files(const RestoreJob& job) {
    const auto on_linked = [this](const FileTask& file, const fs::FileStat& stat) {
        note_head(file, stat);
        files_written_.fetch_add(1, std::memory_order_relaxed);
        bytes_written_.fetch_add(file.entry->size, std::memory_order_relaxed);
    };
    HOLT_TRY_LET(files, with_moved_digests(job.files));
    HOLT_TRY_LET(left, linker_->link(job.fd->get(), files, on_linked));
    if (left.empty()) return {};
    HOLT_TRY_LET(located, reader_.locate(chunks_of(left)));
    const auto jobs = make_jobs(job.folder, job.fd, std::move(left), located);
    FirstError first;
    tbb::parallel_for(std::size_t{0}, jobs.size(), [&](std::size_t i) {
        if (!first.stopped()) first.keep(write_files(*jobs[i]));
    });
    return first.take();
}

Status RestoreWriter::write_files(const RestoreJob& job) {
    OpenFile open(*this, job);
    auto file = job.files.begin();
    std::size_t left = 0;  // chunks of the file that is open
    // Opens the next file that has content; empty ones on the way are complete at once.
    const auto advance = [&]() -> Status {
        while (left == 0 && file != job.files.end()) {
            HOLT_TRY(open.begin(*file));
            left = file->chunk_count;
            ++file;
        }
        return {};
    };
    HOLT_TRY(advance());
    const auto put = [&](std::size_t, ByteView bytes) -> Status {
        HOLT_TRY(open.put(bytes));
        --left;
        return advance();
    };
    return reader_.read(job.chunks, put, job.reuse);
}

Status RestoreWriter::make_hard_link(int folder_fd, const LinkTask& link) {
    Head head;
    {
        const std::lock_guard lock(heads_mutex_);
        const auto found = heads_.find(link.head);
        if (found == heads_.end() || found->second.kind != link.entry.kind) {
            return fail(
                ErrorKind::corrupt, "restore hard link", link.path,
                "its first name '" + link.head + "' is nothing of its kind in this snapshot",
                Advice::verify_store);
        }
        head = found->second;
    }
    const std::size_t slash = head.path.rfind('/');
    const std::string parent = slash == std::string::npos ? "" : head.path.substr(0, slash);
    const auto link_from = [&](int head_folder) {
        const auto slot = opening_.take();
        return fs::link_made_file({head_folder, head.path.substr(slash + 1), head.dev, head.ino},
                                  folder_fd, link.entry.name, link.path);
    };
    const auto head_folder = folders_.open_path(parent);
    const Status made =
        head_folder ? link_from(head_folder->get()) : std::unexpected(head_folder.error());
    if (made || made.error().sys_errno != EACCES) return made;
    // It is complete, and closed to its own user.
    const std::lock_guard lock(opened_mutex_);
    std::vector<fs::OpenedUp> opened;
    HOLT_TRY_LET(up, folders_.open_up_path(parent, opened));
    return link_from(up.get());
}

Status RestoreWriter::make_special(int folder, const TreeEntry& entry, const std::string& path) {
    const fs::Owner owner = folders_.owner();
    const fs::Metadata metadata = folders_.metadata(entry);
    const fs::ApplyOptions options{.current_owner = &owner};
    Result<fs::Warnings> warnings;
    if (entry.kind == fs::Kind::symlink) {
        HOLT_TRY(fs::make_symlink(folder, entry.name, entry.symlink_target, path));
        warnings = fs::apply_symlink_metadata(folder, entry.name, metadata, options, path);
    } else {
        HOLT_TRY(fs::make_fifo(folder, entry.name, path));
        warnings = fs::apply_special_metadata(folder, entry.name, metadata, options, path);
    }
    HOLT_TRY(warnings);
    folders_.tell(*warnings);
    return {};
}

Status RestoreWriter::make_specials(const RestorePlan& plan, const FolderLinks& links) {
    if (links.specials.empty()) return {};
    HOLT_TRY_LET(fd, folders_.open(*links.folder));
    return links.specials.for_each([&](const TreeEntry& entry) -> Status {
        const std::string path = fs::join_path(links.folder->path, entry.name);
        HOLT_TRY(make_special(fd->get(), entry, path));
        if (!plan.is_link_head(path)) return {};
        HOLT_TRY_LET(stat, fs::stat_at(fd->get(), entry.name, path));
        note_head(path, stat);
        return {};
    });
}

// A file system may know no hard links to symlinks: then there are two, which is told.
Status RestoreWriter::link_or_make(int folder, const LinkTask& link) {
    Status linked = make_hard_link(folder, link);
    const int err = linked ? 0 : linked.error().sys_errno;
    const bool refused = err == EPERM || err == EOPNOTSUPP || err == EMLINK;
    if (link.entry.kind == fs::Kind::file || !refused) return linked;
    Error told = std::move(linked).error();
    told.kind = ErrorKind::partial;
    told.cause = "it is made as one of its own";
    told.advice.clear();
    folders_.reporter().tally(Severity::warning, told);
    return make_special(folder, link.entry, link.path);
}

Status RestoreWriter::make_links(const RestorePlan& plan, const FolderLinks& links) {
    if (links.links.empty()) return {};
    HOLT_TRY_LET(fd, folders_.open(*links.folder));
    return links.links.for_each([&](const TreeEntry& entry) -> Status {
        const std::string path = fs::join_path(links.folder->path, entry.name);
        const std::string* const head = plan.link_head_of(entry, path);
        return link_or_make(fd->get(), {.entry = entry, .path = path, .head = *head});
    });
}

}  // namespace holt::store
