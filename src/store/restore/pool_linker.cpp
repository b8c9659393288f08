#include "store/restore/pool_linker.h"

#include <tbb/task_arena.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <deque>
#include <optional>
#include <utility>

#include "base/guard.h"
#include "codec/blake3/blake3.h"
#include "fs/file.h"
#include "fs/machine/open_limit.h"
#include "fs/paths.h"
#include "fs/staging/tree_writer.h"
#include "store/content/content_form.h"
#include "store/pool/pool_file_check.h"

namespace holt::store {
namespace {

// Files hashed in one call: enough for the widest SIMD lanes twice over. Each is open meanwhile, so
// with many threads there are fewer.
constexpr std::size_t kBatchFiles = 32;

std::size_t batch_files() {
    const auto threads = static_cast<std::size_t>(tbb::this_task_arena::max_concurrency());
    return std::clamp<std::size_t>(fs::open_limit(256, 0.25) / threads, 4, kBatchFiles);
}

// The same for every file of a restore.
bool rules_links_out(int err) noexcept {
    return err == EXDEV || err == EPERM || err == EOPNOTSUPP || err == ENOSYS;
}

constexpr const char* kOtherContent = "its content was changed";

// A larger file is not hashed in one piece.
constexpr std::uint64_t kMostNoted = 256u << 10;

// Of a file and where it is moved to.
Digest key_of_moved(const TreeEntry& entry) {
    blake3::Hasher hasher;
    hasher.update(as_bytes("holt moved file"));
    hasher.update(entry.content.bytes);
    hasher.update(blake3::hash(entry.relocation).bytes);
    hasher.update(as_bytes(entry.moved_to));
    return hasher.digest();
}

}  // namespace

/// A pool file that was opened and read, and whose record is right.
struct PoolLinker::Candidate {
    const FileTask* file;
    Digest id;
    UniqueFd fd;
    fs::FileStat stat;

    /// Of what was gathered to be hashed.
    const Digest& expected() const {
        return file->original ? *file->original : file->entry->content;
    }
};

/// One call of link().
struct PoolLinker::Work {
    int folder;
    const OnLinked& on_linked;
    fs::BufferPool::Lease buffer;
    std::size_t used = 0;  // bytes of the buffer
    std::vector<Candidate> candidates{};
    std::vector<ByteView> contents{};
    std::deque<Bytes> originals{};  // of files that were moved
    std::vector<FileTask> left{};
};

PoolLinker::PoolLinker(Pool pool, Access access, Sharing sharing, RestoreFolders& folders,
                       fs::Semaphore& opening, Fallback fallback)
    : pool_(std::move(pool)),
      folders_(folders),
      opening_(opening),
      sharing_(sharing),
      fallback_(fallback),
      batch_files_(batch_files()),
      filling_(access == Access::read_write) {}

fs::Metadata PoolLinker::metadata(const TreeEntry& entry) const {
    fs::Metadata metadata = folders_.metadata(entry);
    if (sharing_ == Sharing::link) metadata.mode = pooled_mode(metadata.mode);
    return metadata;
}

std::optional<Digest> PoolLinker::noted_digest(const TreeEntry& entry) {
    if (entry.size > kMostNoted || !linking_ || !can_be_shared(entry)) return std::nullopt;
    return pool_.moved(key_of_moved(entry));
}

void PoolLinker::note_digest(const TreeEntry& entry, const Digest& moved) {
    if (filling_ && entry.size <= kMostNoted && can_be_shared(entry))
        pool_.put_moved(key_of_moved(entry), moved);
}

PoolFile PoolLinker::wanted(const TreeEntry& entry) const {
    const fs::Owner owner = is_root_ ? fs::Owner{entry.uid, entry.gid} : folders_.owner();
    // A clone gets its own time; the pool's file has that of the snapshot.
    return pool_file(entry, owner, sharing_ == Sharing::link ? folders_.mtime(entry) : entry.mtime);
}

bool PoolLinker::can_be_shared(const TreeEntry& entry) const noexcept {
    return can_be_pooled(entry) && (sharing_ == Sharing::link || entry.size >= kLeastClone);
}

Result<std::vector<FileTask>> PoolLinker::link(int folder, std::span<const FileTask> files,
                                               const OnLinked& on_linked) {
    Work work{folder, on_linked, buffers_.lease()};
    // Their ids, many at once.
    Bytes encoded;
    std::vector<std::size_t> ends;
    for (const FileTask& file : files) {
        encode_pool_file(wanted(*file.entry), encoded);
        ends.push_back(encoded.size());
    }
    std::vector<ByteView> views;
    for (std::size_t begin = 0; const std::size_t end : ends) {
        views.push_back(ByteView(encoded).subspan(begin, end - begin));
        begin = end;
    }
    std::vector<Digest> ids(files.size());
    blake3::hash_many(views, ids);

    for (std::size_t i = 0; i < files.size(); ++i) {
        if (linking_ && can_be_shared(*files[i].entry)) {
            HOLT_TRY(look_up(work, files[i], ids[i]));
        } else {
            work.left.push_back(files[i]);
        }
    }
    HOLT_TRY(link_checked(work));
    return std::move(work.left);
}

Status PoolLinker::look_up(Work& work, const FileTask& file, const Digest& id) {
    const PoolFile want = wanted(*file.entry);
    auto fd = [&] {
        const auto slot = opening_.take();
        return pool_.find(id);
    }();
    if (!fd) {
        const int err = fd.error().sys_errno;
        if (is_shortage(err)) return std::unexpected(std::move(fd).error());
        if (err == ENOENT || err == ENOTDIR) return leave(work, file, id, PoolName::free);
        note_changed(id, file, "it cannot be read: " + errno_text(err));
        return leave(work, file, id, PoolName::taken);
    }
    const auto refuse = [&](std::string problem) {
        note_changed(id, file, std::move(problem));
        return leave(work, file, id, PoolName::taken);
    };
    Candidate candidate{&file, id, *std::move(fd), {}};
    auto problem = find_problem(candidate.fd.get(), want, candidate.stat);
    if (!problem) problem = as_problem(problem.error());
    if (!problem) return std::unexpected(std::move(problem).error());
    if (!problem->empty()) return refuse(*std::move(problem));
    const MutableByteView buffer = work.buffer.bytes();
    if (work.candidates.size() == batch_files_ || want.size > buffer.size() - work.used)
        HOLT_TRY(link_checked(work));
    if (want.size > buffer.size()) {
        const auto digest = hash_in_pieces(candidate.fd.get(), want.size, buffer);
        if (!digest && is_shortage(digest.error().sys_errno))
            return std::unexpected(digest.error());
        if (digest && *digest == want.content) return link_one(work, candidate);
        return refuse(kOtherContent);
    }
    const auto room = buffer.subspan(work.used, static_cast<std::size_t>(want.size));
    const auto got = fs::pread_full(candidate.fd.get(), room, 0, "");
    if (!got && is_shortage(got.error().sys_errno)) return std::unexpected(got.error());
    if (!got || *got != room.size()) return refuse(kOtherContent);
    HOLT_TRY_LET(gathered, gather(work, file, room));
    if (!gathered) return refuse_content(work, candidate);
    work.candidates.push_back(std::move(candidate));
    return {};
}

// It was changed, or a note said that it is what it is not.
Status PoolLinker::refuse_content(Work& work, const Candidate& candidate) {
    const FileTask& file = *candidate.file;
    if (file.original) {
        TreeEntry noted = *file.entry;
        Bytes content(static_cast<std::size_t>(noted.size));
        const auto got = fs::pread_full(candidate.fd.get(), content, 0, "");
        const bool is_whole = got && *got == content.size();
        if (is_whole && blake3::hash(content) == noted.content) {
            noted.content = *file.original;
            pool_.remove_moved(key_of_moved(noted));
            if (fallback_ == Fallback::fail)
                return fail(ErrorKind::failed, "link from the pool", file.path,
                            "what it becomes at this path was noted wrong", Advice::none);
            work.left.push_back(file);
            return {};
        }
    }
    note_changed(candidate.id, file, kOtherContent);
    return leave(work, file, candidate.id, PoolName::taken);
}

// What is to be hashed of a pool file: its content, or the original that it leads back to.
Result<bool> PoolLinker::gather(Work& work, const FileTask& file, ByteView content) {
    if (!file.original) {
        work.used += content.size();
        work.contents.push_back(content);
        return true;
    }
    HOLT_TRY_LET(back, back_to_original(*file.entry));
    Bytes original;
    if (!back || !back->apply(0, content, original)) return false;
    work.contents.push_back(work.originals.emplace_back(std::move(original)));
    return true;
}

// Hashes what is gathered, and links what is right.
Status PoolLinker::link_checked(Work& work) {
    std::array<Digest, kBatchFiles> digests;
    const auto count = work.candidates.size();
    blake3::hash_many(work.contents, std::span(digests).first(count));
    for (std::size_t i = 0; i < count; ++i) {
        const Candidate& candidate = work.candidates[i];
        if (!guard("digest of a pool file") || digests[i] == candidate.expected()) {
            HOLT_TRY(link_one(work, candidate));
        } else {
            HOLT_TRY(refuse_content(work, candidate));
        }
    }
    work.candidates.clear();
    work.contents.clear();
    work.originals.clear();
    work.used = 0;
    return {};
}

Status PoolLinker::link_one(Work& work, const Candidate& candidate) {
    const FileTask& file = *candidate.file;
    if (sharing_ == Sharing::clone) return clone_one(work, candidate);
    Status linked = [&] {
        const auto slot = opening_.take();
        return fs::link_open_file(candidate.fd.get(), work.folder, file.entry->name, file.path);
    }();
    if (linked) {
        linked_.fetch_add(1, std::memory_order_relaxed);
        folders_.took_link(candidate.fd.get(), candidate.stat, file.path);
        work.on_linked(file, candidate.stat);
        return {};
    }
    const int err = linked.error().sys_errno;
    // ENOENT: removed from the pool since it was opened.
    if (err == ENOENT) return leave(work, file, candidate.id, PoolName::free);
    if (err == EMLINK) return leave(work, file, candidate.id, PoolName::taken);
    if (!rules_links_out(err)) return linked;
    filling_ = false;
    HOLT_TRY(give_up(linking_, linked.error(), "files are copied instead"));
    work.left.push_back(file);
    return {};
}

Status PoolLinker::clone_one(Work& work, const Candidate& candidate) {
    const FileTask& file = *candidate.file;
    const auto slot = opening_.take();
    HOLT_TRY_LET(fd, fs::make_file(work.folder, file.entry->name, file.path));
    HOLT_TRY_LET(cloned, fs::clone_file(candidate.fd.get(), fd.get(), file.path));
    if (!cloned) {
        HOLT_TRY(fs::unlink_file(work.folder, file.entry->name, file.path));
        filling_ = false;
        work.left.push_back(file);
        return give_up(linking_, fail_errno(EOPNOTSUPP, "clone from the pool", file.path).error(),
                       "files are copied instead");
    }
    HOLT_TRY(folders_.apply(fd.get(), folders_.metadata(*file.entry), file.path));
    HOLT_TRY_LET(stat, fs::stat_fd(fd.get(), file.path));
    linked_.fetch_add(1, std::memory_order_relaxed);
    work.on_linked(file, stat);
    return {};
}

Status PoolLinker::leave(Work& work, const FileTask& file, const Digest& id, PoolName name) const {
    work.left.push_back(file);
    if (filling_) {
        work.left.back().pool_id = id;
        work.left.back().pool_name = name;
    } else if (fallback_ == Fallback::fail) {
        return fail(ErrorKind::failed, "link from the pool", file.path,
                    "the pool does not have it, and this store is not to be written to");
    }
    return {};
}

void PoolLinker::note_changed(const Digest& id, const FileTask& file, std::string problem) {
    replaced_.fetch_add(1, std::memory_order_relaxed);
    folders_.reporter().warn(
        fail(ErrorKind::corrupt, "use pool file", pool_.shown(id),
             std::move(problem) + "; it stands for '" + printable(file.path) + "' and is made anew",
             "trees that it was linked into before have the changed file: "
             "restore them again")
            .error());
}

Status PoolLinker::give_up(std::atomic<bool>& what, const Error& why, const char* consequence) {
    if (fallback_ == Fallback::fail) return std::unexpected(why);
    if (!what.exchange(false)) return {};
    Error told = why;
    told.kind = ErrorKind::partial;
    if (told.cause.empty()) told.cause = errno_text(told.sys_errno);
    told.cause += std::string("; ") + consequence;
    told.advice.clear();
    folders_.reporter().warn(told);
    return {};
}

}  // namespace holt::store
