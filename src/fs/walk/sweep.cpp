#include "fs/walk/sweep.h"

#include <string>
#include <utility>

#include "fs/file.h"
#include "fs/folder.h"
#include "fs/lock.h"
#include "fs/paths.h"

namespace holt::fs {
namespace {

// False for whatever is in use, or not to be had.
Result<bool> remove_if_unlocked(int folder, const std::string& name, const std::string& shown) {
    HOLT_TRY_LET(fd, open_read(folder, name, shown));
    HOLT_TRY_LET(file, stat_fd(fd.get(), shown));
    if (file.kind != Kind::file) return false;
    HOLT_TRY_LET(lock, FileLock::try_acquire_open(std::move(fd), shown, LockMode::exclusive));
    if (!lock) return false;
    // Another sweep may have been faster, and the name be a new file's.
    HOLT_TRY_LET(named, stat_at(folder, name, shown));
    if (named.dev != file.dev || named.ino != file.ino) return false;
    return unlink_file(folder, name, shown);
}

}  // namespace

Result<std::size_t> remove_unlocked_files(int folder, std::string_view shown,
                                          const std::function<bool(std::string_view)>& is_ours) {
    HOLT_TRY_LET(names, list_names_if(folder, shown, is_ours));
    std::size_t removed = 0;
    for (const std::string& name : names) {
        const auto gone = remove_if_unlocked(folder, name, join_path(shown, name));
        if (!gone && is_shortage(gone.error().sys_errno)) return std::unexpected(gone.error());
        removed += gone && *gone ? 1 : 0;
    }
    return removed;
}

}  // namespace holt::fs
