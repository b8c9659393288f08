#include "fs/staging/staging_folders.h"

#include <unistd.h>

#include <cerrno>
#include <utility>

#include "fs/boundary.h"
#include "fs/file.h"
#include "fs/folder.h"
#include "fs/metadata/metadata.h"
#include "fs/path/open_up.h"
#include "fs/paths.h"
#include "fs/random_name.h"
#include "fs/staging/tree_writer.h"
#include "fs/sys.h"
#include "fs/walk/remove_tree.h"

namespace holt::fs {
namespace {

bool is_named(int fd, int home, const std::string& name, const std::string& shown) {
    const auto ours = stat_fd(fd, shown);
    const auto named = stat_at(home, name, shown);
    return ours && named && named->dev == ours->dev && named->ino == ours->ino;
}

// Opens and locks a folder that was just made. Nothing when another process was faster.
Result<std::optional<FileLock>> open_and_lock(int home, const std::string& name,
                                              const std::string& shown) {
    auto fd = open_subfolder(home, name, shown);
    if (!fd && fd.error().sys_errno == ENOENT) return std::optional<FileLock>();
    if (!fd) return std::unexpected(std::move(fd).error());
    HOLT_TRY_LET(lock, FileLock::try_acquire_open(*std::move(fd), shown, LockMode::exclusive));
    if (lock && !is_named(lock->fd(), home, name, shown)) return std::optional<FileLock>();
    return lock;
}

// Nothing when the name is taken.
Result<std::optional<LockedStaging>> try_to_make(int home, const std::string& name,
                                                 const Destination& destination) {
    const std::string shown = join_path(destination.parent_shown, name);
    const Status made = make_folder(home, name, shown);
    if (!made && made.error().sys_errno == EEXIST) return std::nullopt;
    HOLT_TRY(made);
    auto lock = open_and_lock(home, name, shown);
    if (!lock) {
        (void)sys::rmdirat(home, name.c_str());
        return std::unexpected(std::move(lock).error());
    }
    if (!*lock) return std::nullopt;
    return LockedStaging{name, **std::move(lock)};
}

std::unexpected<Error> keeps_vanishing(const Destination& destination) {
    return fail(ErrorKind::busy, "create staging folder", destination.shown,
                "other processes keep removing it", "run it again");
}

LockRequest request(const LockWait& wait) noexcept {
    return {.timeout = wait.timeout, .cancel = wait.cancel};
}

// Never what is mounted there: crossing().
Result<std::optional<UniqueFd>> open_within(int home, const std::string& name,
                                            const std::string& shown) {
    HOLT_TRY_LET(boundary, Boundary::around(home, shown));
    auto opened = open_or_open_up(home, name, boundary, shown);
    if (!opened && is_crossing(opened.error())) return std::unexpected(std::move(opened).error());
    if (!opened) return std::nullopt;
    const auto stat = stat_fd(opened->fd.get(), shown);
    // Root's own may have been given away already.
    if (!stat || (!is_root() && stat->uid != ::geteuid())) return std::nullopt;
    return std::move(opened->fd);
}

// False when it is in use, or no staging folder of this user.
Result<bool> remove_if_stale(int home, const std::string& name, const std::string& shown) {
    HOLT_TRY_LET(fd, open_within(home, name, shown));
    if (!fd) return false;
    HOLT_TRY_LET(lock, FileLock::try_acquire_open(*std::move(fd), shown, LockMode::exclusive));
    if (!lock || !is_named(lock->fd(), home, name, shown)) return false;
    HOLT_TRY(remove_locked(home, name, lock->fd(), shown));
    return true;
}

}  // namespace

Result<LockedStaging> make_staging(int home, const Destination& destination,
                                   std::string_view mark) {
    for (int attempt = 1; attempt <= kNameAttempts; ++attempt) {
        const std::string name =
            staging_prefix(destination.name, mark) + random_hex(kStagingDigits);
        HOLT_TRY_LET(made, try_to_make(home, name, destination));
        if (made) return *std::move(made);
    }
    return keeps_vanishing(destination);
}

Result<LockedStaging> make_first_staging(int home, const Destination& destination,
                                         const LockWait& wait) {
    const std::string name = first_staging_name(destination.name);
    for (int attempt = 1; attempt <= kNameAttempts; ++attempt) {
        HOLT_TRY_LET(made, try_to_make(home, name, destination));
        if (made) return *std::move(made);
        auto fd = open_own(home, name, destination.shown);
        if (!fd) {
            HOLT_TRY_LET(there, exists(home, name, destination.shown));
            if (there) return make_staging(home, destination);  // a stranger's: never mind
            continue;
        }
        HOLT_TRY_LET(other,
                     FileLock::acquire_open(*std::move(fd), destination.shown, request(wait)));
        if (!is_named(other.fd(), home, name, destination.shown))
            return changed_meanwhile(destination);
        HOLT_TRY_LET(empty, is_empty_folder(other.fd(), destination.shown));
        if (!empty) return make_staging(home, destination);  // one that cannot be removed
        HOLT_TRY(remove_folder(home, name, destination.shown));
    }
    return keeps_vanishing(destination);
}

Status wait_for_others(int home, const Destination& destination, const LockWait& wait) {
    HOLT_TRY_LET(names, list_names_if(home, destination.shown, [&](std::string_view name) {
                     return is_tree_name(name, destination.name);
                 }));
    for (const std::string& name : names) {
        auto fd = open_own(home, name, destination.shown);
        if (!fd) continue;
        HOLT_TRY_LET(again, duplicate(fd->get(), destination.shown));
        HOLT_TRY_LET(free, FileLock::try_acquire_open(*std::move(fd), destination.shown,
                                                      LockMode::exclusive));
        if (free) continue;  // one that could not be removed
        HOLT_TRY(FileLock::acquire_open(std::move(again), destination.shown, request(wait)));
        return changed_meanwhile(destination);
    }
    return {};
}

std::unexpected<Error> changed_meanwhile(const Destination& destination) {
    return fail(ErrorKind::busy, "use destination", destination.shown,
                "another process was restoring into it until now", "run it again");
}

std::optional<UniqueFd> open_own(int home, const std::string& name, const std::string& shown) {
    auto fd = open_within(home, name, shown);
    if (!fd) return std::nullopt;
    return *std::move(fd);
}

Status remove_locked(int home, const std::string& name, int fd, const std::string& shown) {
    HOLT_TRY(remove_contents(fd, shown));
    HOLT_TRY(remove_folder(home, name, shown));
    return {};
}

namespace {

// Calls `failed` for each that could not be removed.
template <class Failed>
void sweep_each(int home, const Destination& destination, const std::string& shown,
                const Failed& failed) {
    const auto names = list_names_if(home, shown, [&](std::string_view name) {
        return is_staging_name(name, destination.name);
    });
    if (!names) return;
    for (const std::string& name : *names) {
        const std::string path = join_path(shown, name);
        const auto gone = remove_if_stale(home, name, path);
        if (!gone) failed(path, gone.error());
    }
}

}  // namespace

void sweep(int home, const Destination& destination, const std::string& shown,
           std::vector<Error>& left) {
    sweep_each(home, destination, shown, [&](const std::string& path, const Error& why) {
        left.push_back(cannot_remove(path, why));
    });
}

Status sweep_replaced(int folder, const Destination& destination, std::vector<Error>& left) {
    std::optional<Error> mounted;
    sweep_each(folder, destination, destination.shown,
               [&](const std::string& path, const Error& why) {
                   if (is_crossing(why) && !mounted) mounted = why;
                   left.push_back(cannot_remove(path, why));
               });
    if (mounted) return std::unexpected(*std::move(mounted));
    return {};
}

Error cannot_remove(const std::string& shown, const Error& why) {
    return fail(ErrorKind::partial, "remove what is no longer needed", shown, why.message(),
                "the next restore tries again; or remove it yourself")
        .error();
}

}  // namespace holt::fs
