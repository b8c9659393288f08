// The part of PoolLinker that puts what was written into the pool.
#include <cerrno>
#include <utility>

#include "fs/file.h"
#include "fs/paths.h"
#include "fs/random_name.h"
#include "fs/staging/tree_writer.h"
#include "store/pool/pool_file_check.h"
#include "store/restore/pool_linker.h"

namespace holt::store {

Status PoolLinker::keep(int folder, int fd, const FileTask& file, const OnLinked& on_linked) {
    return sharing_ == Sharing::link ? keep_link(folder, fd, file, on_linked)
                                     : keep_clone(fd, file);
}

// The pool gets an inode of its own, with the record that its name says, and the same blocks.
Status PoolLinker::keep_clone(int fd, const FileTask& file) {
    if (!filling_) return {};
    const auto slot = opening_.take();
    const auto clone = [&]() -> Status {
        HOLT_TRY_LET(copy, pool_.make_unnamed(*file.pool_id));
        HOLT_TRY_LET(cloned, fs::clone_file(fd, copy.get(), file.path));
        if (!cloned) return fail_errno(EOPNOTSUPP, "clone into the pool", file.path);
        fs::Metadata metadata = folders_.metadata(*file.entry);
        metadata.mode = pooled_mode(metadata.mode);
        metadata.mtime = file.entry->mtime;
        // Exactly: the pool may lie in a folder whose ACL new files inherit.
        HOLT_TRY(fs::apply_metadata(copy.get(), metadata, {.exact_xattrs = true}, file.path));
        if (file.pool_name == PoolName::taken) HOLT_TRY(pool_.remove(*file.pool_id));
        Status put = pool_.put(copy.get(), *file.pool_id);
        // Another one was first: these blocks are not shared, which is no harm.
        if (!put && put.error().sys_errno == EEXIST) return {};
        return put;
    };
    const Status kept = clone();
    if (!kept) return give_up(filling_, kept.error(), "what is written is not shared");
    linked_.fetch_add(1, std::memory_order_relaxed);
    return {};
}

// One more name for the inode that was written.
Status PoolLinker::keep_link(int folder, int fd, const FileTask& file, const OnLinked& on_linked) {
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
    auto problem = fd ? find_problem(fd->get(), want, stat) : as_problem(fd.error());
    if (!problem) problem = as_problem(problem.error());
    if (!problem) return std::unexpected(std::move(problem).error());
    if (problem->empty()) {
        const auto buffer = buffers_.lease();
        const auto digest = hash_in_pieces(fd->get(), want.size, buffer.bytes());
        if (!digest && is_shortage(digest.error().sys_errno))
            return std::unexpected(digest.error());
        if (!digest || *digest != want.content) problem = "its content was changed";
    }
    if (!problem->empty()) {
        note_changed(*file.pool_id, file, *std::move(problem));
        return {};
    }
    // Over the name of our own file, in one step.
    const std::string other = ".holt-link-" + fs::random_hex(16);
    if (!fs::link_open_file(fd->get(), folder, other, file.path)) return {};
    HOLT_TRY(fs::rename_replace(folder, other, folder, file.entry->name, file.path));
    linked_.fetch_add(1, std::memory_order_relaxed);
    folders_.took_link(fd->get(), stat, file.path);
    on_linked(file, stat);
    shared = true;
    return {};
}

}  // namespace holt::store
