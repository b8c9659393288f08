#include "store/restore/restore_links.h"

#include <cerrno>
#include <optional>
#include <utility>

#include "fs/file.h"
#include "fs/staging/tree_writer.h"

namespace holt::store {
namespace {

std::optional<Sharing> asked_for(LinkMode mode) noexcept {
    switch (mode) {
        case LinkMode::hardlink:
        case LinkMode::require_hardlink:
            return Sharing::link;
        case LinkMode::automatic:
        case LinkMode::reflink:
        case LinkMode::require_reflink:
            return Sharing::clone;
        case LinkMode::copy:
            break;
    }
    return std::nullopt;
}

bool is_required(LinkMode mode) noexcept {
    return mode == LinkMode::require_hardlink || mode == LinkMode::require_reflink;
}

std::unexpected<Error> not_here(int err, const fs::Staging& staging, const char* cause) {
    auto failed = fail(ErrorKind::failed, "share with the pool", staging.destination().shown, cause,
                       Advice::link_by_copy);
    failed.error().sys_errno = err;
    return failed;
}

// Two file systems have no inode in common. A bind mount of the same one is found by the first
// link.
Status check_links(const StoreFolder& folder, const fs::Staging& staging) {
    HOLT_TRY_LET(store, fs::stat_fd(folder.fd(), folder.path()));
    HOLT_TRY_LET(target, fs::stat_fd(staging.fd(), staging.destination().shown));
    if (store.dev == target.dev) return {};
    return not_here(EXDEV, staging, "it lies on another file system than the store");
}

// Only trying tells: one of the store's own files is cloned into a file without a name, so that
// nothing of it can be left. What can clone knows such files.
Status check_clones(const StoreFolder& folder, const fs::Staging& staging) {
    const std::string& shown = staging.destination().shown;
    HOLT_TRY_LET(from, fs::open_read(folder.fd(), "CACHEDIR.TAG", folder.shown("CACHEDIR.TAG")));
    HOLT_TRY_LET(to, fs::make_unnamed_file(staging.fd(), shown));
    HOLT_TRY_LET(cloned, fs::clone_file(from.get(), to.get(), shown));
    if (cloned) return {};
    return not_here(EOPNOTSUPP, staging, "files of the store cannot be cloned there");
}

Result<Pool> open_pool(const StoreFolder& folder, Access access, Sharing sharing,
                       const fs::Staging& staging) {
    HOLT_TRY(sharing == Sharing::link ? check_links(folder, staging)
                                      : check_clones(folder, staging));
    return Pool::open(folder, access);
}

}  // namespace

Result<std::unique_ptr<PoolLinker>> open_links(const Operation& op, const fs::Staging& staging,
                                               const RestoreOptions& options,
                                               RestoreFolders& folders, fs::Semaphore& opening) {
    const Access access = op.open.access;
    const std::optional<Sharing> sharing = asked_for(options.link);
    if (!sharing) return nullptr;
    if (*sharing == Sharing::link && options.mtime == Mtime::now) {
        return fail(ErrorKind::usage, "restore", "",
                    "hard links share their time of modification, so it cannot be `now`",
                    Advice::link_by_copy_or_time);
    }
    auto pool = open_pool(op.store, access, *sharing, staging);
    const bool required = is_required(options.link);
    if (pool) {
        return std::make_unique<PoolLinker>(*std::move(pool), access, *sharing, folders, opening,
                                            required ? Fallback::fail : Fallback::copy);
    }
    if (required || is_shortage(pool.error().sys_errno))
        return std::unexpected(std::move(pool).error());
    if (options.link == LinkMode::automatic) return nullptr;  // the report says what was done
    Error told = std::move(pool).error();
    told.kind = ErrorKind::partial;
    if (told.cause.empty()) told.cause = errno_text(told.sys_errno);
    told.cause += "; files are copied instead";
    told.advice.clear();
    folders.reporter().warn(told);
    return nullptr;
}

LinkMode mode_of(const PoolLinker* linker) noexcept {
    if (linker == nullptr || linker->files_linked() == 0) return LinkMode::copy;
    return linker->sharing() == Sharing::link ? LinkMode::hardlink : LinkMode::reflink;
}

}  // namespace holt::store
