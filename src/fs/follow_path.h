// Following a path that the user gave to the folder that it ends in.
//
// Where something is written, a symlink on the way is followed only when its owner is root or this
// user: whoever may write into one of the folders could otherwise lead the write anywhere (and
// could do so after any check). So the path is walked component by component, each link is judged
// and read through its own descriptor, and what was opened is what is used from then on. A path
// without symlinks costs one system call. Thread rule: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/unique_fd.h"
#include "fs/stat.h"

namespace holt::fs {

/// Whose symlinks are followed.
enum class FollowLinks : std::uint8_t {
    trusted,   ///< root's and this user's; another is ErrorKind::unsafe_input
    of_anyone  ///< for reading
};

enum class LastLink : std::uint8_t {
    follow,
    keep  ///< a symlink in the last place is what the path names
};

/// Where a path ends.
struct PathEnd {
    UniqueFd folder{};               ///< the folder above, open for reading
    std::string folder_shown{};      ///< its path, as far as it was given
    std::string name{};              ///< one component; "" of the root folder
    std::optional<FileStat> stat{};  ///< of what has that name; nothing when it is not there
    bool through_link = false;       ///< a symlink stood in the last place
    /// A link of /proc, which only the kernel can follow (/dev/stdout), to something that is no
    /// folder; `stat` is of that.
    bool kernel_link = false;
};

/// Follows `path` to its end. not_found or failed when the folder above is missing or is no folder.
Result<PathEnd> follow_path(const std::string& path, FollowLinks links,
                            LastLink last = LastLink::follow);
/// The folder `name` below `dir`, which may be a symlink to one, as a step of a path (O_PATH).
Result<UniqueFd> follow_step(int dir, const std::string& name, FollowLinks links,
                             std::string_view shown);

/// The folder above an open folder, and its name there. not_found when it was removed.
Result<PathEnd> place_of_folder(int fd, std::string_view shown);

}  // namespace holt::fs
