// The small steps on names that a store is made of: rename, unlink, make folders, ask for room.
// Thread rule: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/unique_fd.h"
#include "fs/durability.h"
#include "fs/stat.h"

namespace holt::fs {

/// Renames; EEXIST (sys_errno) when the target is there. Where the file system does not know
/// RENAME_NOREPLACE, a hard link and an unlink give the same for files.
Status rename_no_replace(int from_dir, const std::string& from, int to_dir, const std::string& to,
                         std::string_view shown);
/// Renames over whatever file is there.
Status rename_replace(int from_dir, const std::string& from, int to_dir, const std::string& to,
                      std::string_view shown);
/// Swaps two names. EINVAL, ENOSYS or EXDEV (sys_errno) where that cannot be done.
Status rename_exchange(int dir_a, const std::string& a, int dir_b, const std::string& b,
                       std::string_view shown);

/// Unlinks a file or symlink. False when there was none.
Result<bool> unlink_file(int dir, const std::string& name, std::string_view shown);
/// Removes an empty folder. False when there was none.
Result<bool> remove_folder(int dir, const std::string& name, std::string_view shown);

/// mkdir -p: makes what is missing of `path` (mode 0777 less umask; `mode` for the last one), and
/// when synced forces each new name. Opens the last one.
Result<UniqueFd> make_folders(const std::string& path, unsigned mode, Durability durability);
/// Makes `name` below `dir` if it is missing and opens it. `made`, if given, tells which.
Result<UniqueFd> make_or_open_folder(int dir, const std::string& name, unsigned mode,
                                     std::string_view shown, bool* made = nullptr);

/// True when something (not followed) has this name.
Result<bool> exists(int dir, const std::string& name, std::string_view shown);
/// The absolute path of a folder or file, symlinks resolved, as bytes. Works without /proc.
Result<std::string> real_path(const std::string& path);
/// The absolute path of an open folder: one that leads to it now. not_found when it was removed.
Result<std::string> path_of(int fd, std::string_view shown);
/// "/a//b/./c/" as "/a/b/c", by its text alone; nothing when it is "/", is relative or has "..".
std::optional<std::string> plain_path(const std::string& path);
/// What /proc says that an open descriptor is called; it may not be called so any more.
Result<std::string> read_fd_link(int fd);
/// False where /proc is not mounted.
bool has_proc();

struct Space {
    std::uint64_t total = 0, available = 0;  ///< bytes; available to this user
    std::uint64_t free_inodes = 0;  ///< 0 with total_inodes 0: the file system does not count
    std::uint64_t total_inodes = 0;
};
Result<Space> free_space(int fd, std::string_view shown);

/// Allocates the first `size` bytes of a file on the device, so that later writes there cannot run
/// out of space; extends the file when it is shorter. False where the file system cannot; no room
/// is ErrorKind::no_space.
Result<bool> reserve_space(int fd, std::uint64_t size, std::string_view shown);

}  // namespace holt::fs
