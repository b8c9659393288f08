// Opening folders without being led astray, and listing them.
//
// A name from a listing or a stored tree is opened as one component with O_NOFOLLOW|O_DIRECTORY, a
// relative path of many components by one openat2 that stays beneath its start and follows no
// symlink at all; where openat2 is missing or refused (seccomp), component by component.
// Thread rule: pure functions. list_folder moves the descriptor's position: one thread at a time
// may list one descriptor.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/unique_fd.h"
#include "fs/stat.h"

namespace holt::fs {

struct DirEntry {
    std::string name;  ///< bytes, one component
    FileStat stat;
    std::string symlink_target{};  ///< bytes, of a symlink only
};

/// One name that could not be looked at; the others are listed all the same.
struct EntryError {
    std::string name;
    Error error;
};

struct Listing {
    std::vector<DirEntry> entries;   ///< sorted by the bytes of their names
    std::vector<EntryError> errors;  ///< sorted likewise
};

/// True for what may stand as one name in a folder: 1 to 255 bytes, no '/', no NUL, not "." or
/// "..".
bool is_component(std::string_view name) noexcept;
/// ErrorKind::unsafe_input unless is_component(name).
Status check_component(std::string_view name, std::string_view shown);

/// `parent` + "/" + `name`, for messages and relative paths; just `name` when `parent` is empty.
std::string join_path(std::string_view parent, std::string_view name);

/// Opens the folder that the user named, symlinks followed. Says so when it is missing or no
/// folder.
Result<UniqueFd> open_folder(const std::string& path);
/// Opens one subfolder by its name; a symlink is an error (ENOTDIR).
Result<UniqueFd> open_subfolder(int dir, const std::string& name, std::string_view shown);
/// Opens "a/b/c" below `dir`; "" is `dir` itself. No symlink on the way, no "..", any length.
Result<UniqueFd> open_beneath(int dir, std::string_view relative, std::string_view shown);

/// All names in a folder but "." and "..", each with its record, symlinks with their targets. Names
/// that vanish meanwhile are left out.
Result<Listing> list_folder(int fd, std::string_view shown);
/// Only the names, sorted by bytes.
Result<std::vector<std::string>> list_names(int fd, std::string_view shown);
/// Of these, those for which `wanted` is true. It is called for all, in no order, and must not list
/// anything itself.
Result<std::vector<std::string>> list_names_if(int fd, std::string_view shown,
                                               const std::function<bool(std::string_view)>& wanted);
/// What list_folder gives for these names, which are sorted and moved from. The descriptor's
/// position stays: several threads may look at names of one folder.
Listing look_at_names(int fd, std::span<std::string> names, std::string_view shown);
/// The target of a symlink, by its name in a folder. EINVAL (sys_errno): it is none.
Result<std::string> read_symlink(int dir, const std::string& name, std::string_view shown);
/// True when the folder has no names but "." and "..".
Result<bool> is_empty_folder(int fd, std::string_view shown);

}  // namespace holt::fs
