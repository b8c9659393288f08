#include "store/restore_links.h"

#include <cerrno>
#include <utility>

#include "fs/file.h"

namespace holt::store {
namespace {

bool asks_for_links(LinkMode mode) noexcept {
    return mode == LinkMode::hardlink || mode == LinkMode::require_hardlink;
}

// Two file systems have no inode in common. A bind mount of the same one is found by the first
// link.
Result<Pool> open_pool(const StoreFolder& folder, Access access, const fs::Staging& staging) {
    HOLT_TRY_LET(store, fs::stat_fd(folder.fd(), folder.path()));
    HOLT_TRY_LET(target, fs::stat_fd(staging.fd(), staging.destination().shown));
    if (store.dev != target.dev) {
        Error error = fail(ErrorKind::failed, "link from the pool", staging.destination().shown,
                           "it lies on another file system than the store")
                          .error();
        error.sys_errno = EXDEV;
        return std::unexpected(std::move(error));
    }
    return Pool::open(folder, access);
}

}  // namespace

Result<std::unique_ptr<PoolLinker>> open_links(const StoreFolder& folder, Access access,
                                               const fs::Staging& staging,
                                               const RestoreOptions& options,
                                               RestoreFolders& folders, fs::Semaphore& opening) {
    if (options.link == LinkMode::require_reflink)
        return fail(ErrorKind::failed, "restore", "", "files cannot be cloned from this store");
    if (!asks_for_links(options.link)) return nullptr;
    const bool required = options.link == LinkMode::require_hardlink;
    if (options.mtime == Mtime::now) {
        return fail(ErrorKind::usage, "restore", "",
                    "hard links share their time of modification, so it cannot be `now`",
                    "give --mtime preserve or epoch, or --link copy");
    }
    auto pool = open_pool(folder, access, staging);
    if (pool) {
        return std::make_unique<PoolLinker>(*std::move(pool), access, folders, opening,
                                            required ? Fallback::fail : Fallback::copy);
    }
    if (required || is_shortage(pool.error().sys_errno))
        return std::unexpected(std::move(pool).error());
    Error told = std::move(pool).error();
    told.kind = ErrorKind::partial;
    if (told.cause.empty()) told.cause = errno_text(told.sys_errno);
    told.cause += "; files are copied instead";
    told.advice.clear();
    folders.reporter().warn(told);
    return nullptr;
}

LinkMode mode_of(const PoolLinker* linker) noexcept {
    return linker != nullptr && linker->files_linked() > 0 ? LinkMode::hardlink : LinkMode::copy;
}

}  // namespace holt::store
