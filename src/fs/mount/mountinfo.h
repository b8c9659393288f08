// /proc/self/mountinfo: which of its mounts lie below a folder.
//
// A line is "ID PARENT MAJOR:MINOR ROOT POINT OPTIONS ... - TYPE SOURCE OPTIONS" (proc(5)): the
// mount ID shows the part ROOT of a file system at POINT, which lies on the mount PARENT. Spaces,
// tabs, newlines and backslashes in paths are \ooo. Thread rule: pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace holt::fs {

struct MountLine {
    std::uint64_t id = 0, parent = 0;
    std::string device;           ///< of the file system: "259:1"
    std::string root;             ///< the folder of that file system which is shown
    std::string point;            ///< where, as a path from this process's root
    std::string type{};           ///< of the file system: "ext4"
    std::string super_options{};  ///< those of the file system, not of the mount
};

/// Lines that are not as described are left out.
std::vector<MountLine> parse_mountinfo(std::string_view text);

/// The mount points below the folder `path`, which lies on the mount `id`: paths from there,
/// sorted, each once. What is mounted on another mount below it is not among them. A mount point
/// that is reached by another mount of the same file system is: the kernel lets nobody remove or
/// replace it there either.
std::vector<std::string> mount_points_below(const std::vector<MountLine>& lines, std::uint64_t id,
                                            std::string_view path);

}  // namespace holt::fs
