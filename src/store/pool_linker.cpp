#include "store/pool_linker.h"

#include <tbb/task_arena.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <utility>

#include "codec/blake3/blake3.h"
#include "fs/file.h"
#include "fs/paths.h"
#include "fs/random_name.h"
#include "fs/tree_writer.h"

namespace holt::store {
namespace {

// Files hashed in one call: enough for the widest SIMD lanes twice over. Each is open meanwhile, so
// with many threads there are fewer.
constexpr std::size_t kBatchFiles = 32;
constexpr std::size_t kOpenFiles = 256;

std::size_t batch_files() {
    const auto threads = static_cast<std::size_t>(tbb::this_task_arena::max_concurrency());
    return std::clamp<std::size_t>(kOpenFiles / threads, 4, kBatchFiles);
}

// The same for every file of a restore.
bool rules_links_out(int err) noexcept {
    return err == EXDEV || err == EPERM || err == EOPNOTSUPP || err == ENOSYS;
}

// The record and the attributes; empty when they are as the id says.
Result<std::string> find_problem(int fd, const PoolFile& wanted, fs::FileStat& stat) {
    HOLT_TRY_LET(found, fs::stat_fd(fd, ""));
    stat = found;
    std::string problem = record_problem(wanted, stat);
    if (!problem.empty()) return problem;
    HOLT_TRY_LET(xattrs, fs::read_xattrs(fd, ""));
    if (xattrs != *wanted.xattrs) return "its extended attributes are others";
    return "";
}

Result<Digest> hash_in_pieces(int fd, std::uint64_t size, MutableByteView buffer) {
    blake3::Hasher hasher;
    for (std::uint64_t at = 0; at < size;) {
        HOLT_TRY_LET(got, fs::pread_full(fd, buffer, at, ""));
        if (got == 0) break;
        hasher.update(buffer.first(got));
        at += got;
    }
    return hasher.digest();
}

// A pool file that cannot be read is as good as a changed one, unless it is this process that lacks
// something.
template <class T>
Result<std::string> as_problem(const Result<T>& failed) {
    if (is_shortage(failed.error().sys_errno)) return std::unexpected(failed.error());
    return "it cannot be read: " + errno_text(failed.error().sys_errno);
}

constexpr const char* kOtherContent = "its content was changed";

}  // namespace

/// A pool file that was opened and read, and whose record is right.
struct PoolLinker::Candidate {
    const FileTask* file;
    Digest id;
    UniqueFd fd;
    fs::FileStat stat;
};

/// One call of link().
struct PoolLinker::Work {
    int folder;
    const OnLinked& on_linked;
    fs::BufferPool::Lease buffer;
    std::size_t used = 0;  // bytes of the buffer
    std::vector<Candidate> candidates{};
    std::vector<ByteView> contents{};
    std::vector<FileTask> left{};
};

PoolLinker::PoolLinker(Pool pool, Access access, RestoreFolders& folders, fs::Semaphore& opening,
                       Fallback fallback)
    : pool_(std::move(pool)),
      folders_(folders),
      opening_(opening),
      fallback_(fallback),
      batch_files_(batch_files()),
      filling_(access == Access::read_write) {}

fs::Metadata PoolLinker::metadata(const TreeEntry& entry) const {
    fs::Metadata metadata = folders_.metadata(entry);
    metadata.mode = pooled_mode(metadata.mode);
    return metadata;
}

PoolFile PoolLinker::wanted(const TreeEntry& entry) const {
    // Only root can give files away.
    const fs::Owner owner = fs::is_root() ? fs::Owner{entry.uid, entry.gid} : folders_.owner();
    return pool_file(entry, owner, folders_.mtime(entry));
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
        if (linking_ && can_be_pooled(*files[i].entry)) {
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
        note_changed(id, "it cannot be read: " + errno_text(err));
        return leave(work, file, id, PoolName::taken);
    }
    const auto refuse = [&](std::string problem) {
        note_changed(id, std::move(problem));
        return leave(work, file, id, PoolName::taken);
    };
    Candidate candidate{&file, id, *std::move(fd), {}};
    auto problem = find_problem(candidate.fd.get(), want, candidate.stat);
    if (!problem) problem = as_problem(problem);
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
    work.used += room.size();
    work.contents.push_back(room);
    work.candidates.push_back(std::move(candidate));
    return {};
}

// Hashes what is gathered, and links what is right.
Status PoolLinker::link_checked(Work& work) {
    std::array<Digest, kBatchFiles> digests;
    const auto count = work.candidates.size();
    blake3::hash_many(work.contents, std::span(digests).first(count));
    for (std::size_t i = 0; i < count; ++i) {
        const Candidate& candidate = work.candidates[i];
        if (digests[i] == candidate.file->entry->content) {
            HOLT_TRY(link_one(work, candidate));
        } else {
            note_changed(candidate.id, kOtherContent);
            HOLT_TRY(leave(work, *candidate.file, candidate.id, PoolName::taken));
        }
    }
    work.candidates.clear();
    work.contents.clear();
    work.used = 0;
    return {};
}

Status PoolLinker::link_one(Work& work, const Candidate& candidate) {
    const FileTask& file = *candidate.file;
    Status linked = [&] {
        const auto slot = opening_.take();
        return fs::link_open_file(candidate.fd.get(), work.folder, file.entry->name, file.path);
    }();
    if (linked) {
        linked_.fetch_add(1, std::memory_order_relaxed);
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

void PoolLinker::note_changed(const Digest& id, std::string problem) {
    replaced_.fetch_add(1, std::memory_order_relaxed);
    folders_.reporter().warn(fail(ErrorKind::corrupt, "use pool file", pool_.shown(id),
                                  std::move(problem) + "; it is not used, and made anew",
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

Status PoolLinker::keep(int folder, int fd, const FileTask& file, const OnLinked& on_linked) {
    // What this file system made of the time and the owner must be what the id says.
    HOLT_TRY_LET(stat, fs::stat_fd(fd, file.path));
    const std::string problem = record_problem(wanted(*file.entry), stat);
    if (!problem.empty()) {
        const Error why = fail(ErrorKind::failed, "put into the pool", file.path, problem).error();
        HOLT_TRY(give_up(filling_, why, "what is written is not shared"));
    }
    if (file.pool_name == PoolName::taken && filling_) (void)pool_.remove(*file.pool_id);
    constexpr int kAttempts = 3;  // more are lost only to someone who keeps changing pool files
    for (int attempt = 0; attempt < kAttempts && filling_; ++attempt) {
        const Status put = [&] {
            const auto slot = opening_.take();
            return pool_.put(fd, *file.pool_id);
        }();
        if (put) {
            linked_.fetch_add(1, std::memory_order_relaxed);
            return {};
        }
        if (put.error().sys_errno != EEXIST) {
            HOLT_TRY(give_up(filling_, put.error(), "what is written is not shared"));
            break;
        }
        bool shared = false;
        HOLT_TRY(share_existing(folder, file, on_linked, shared));
        if (shared) return {};
        if (!pool_.remove(*file.pool_id)) break;
    }
    return fs::set_mode(fd, file.entry->mode, file.path);
}

// The pool has such a file by now: it replaces the one just written, when it is right.
Status PoolLinker::share_existing(int folder, const FileTask& file, const OnLinked& on_linked,
                                  bool& shared) {
    shared = false;
    const auto slot = opening_.take();
    auto fd = pool_.find(*file.pool_id);
    if (!fd && fd.error().sys_errno == ENOENT) return {};
    const PoolFile want = wanted(*file.entry);
    fs::FileStat stat;
    auto problem = fd ? find_problem(fd->get(), want, stat) : as_problem(fd);
    if (!problem) problem = as_problem(problem);
    if (!problem) return std::unexpected(std::move(problem).error());
    if (problem->empty()) {
        const auto buffer = buffers_.lease();
        const auto digest = hash_in_pieces(fd->get(), want.size, buffer.bytes());
        if (!digest && is_shortage(digest.error().sys_errno))
            return std::unexpected(digest.error());
        if (!digest || *digest != want.content) problem = kOtherContent;
    }
    if (!problem->empty()) {
        note_changed(*file.pool_id, *std::move(problem));
        return {};
    }
    // Over the name of our own file, in one step.
    const std::string other = ".holt-link-" + fs::random_hex(16);
    if (!fs::link_open_file(fd->get(), folder, other, file.path)) return {};
    HOLT_TRY(fs::rename_replace(folder, other, folder, file.entry->name, file.path));
    linked_.fetch_add(1, std::memory_order_relaxed);
    on_linked(file, stat);
    shared = true;
    return {};
}

}  // namespace holt::store
