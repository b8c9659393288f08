#include "fs/paths.h"

#include <limits.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <optional>

#include "fs/ancestors.h"
#include "fs/boundary.h"
#include "fs/file.h"
#include "fs/folder.h"
#include "fs/follow_path.h"
#include "fs/sys.h"

namespace holt::fs {
namespace {

// EBUSY: the name, or the one that it would replace, is a mount point.
std::unexpected<Error> failed(int r, const char* operation, std::string_view shown) {
    if (r == -EBUSY) return crossing(shown);
    return fail_errno(-r, operation, std::string(shown));
}

Status renamed(int r, std::string_view shown) {
    if (r < 0) return failed(r, "rename to", shown);
    return {};
}

// EINVAL: the file system does not know the flag. ENOSYS: the kernel does not know the call.
bool no_such_rename(int r) noexcept {
    return r == -EINVAL || r == -ENOSYS;
}

// The path of an open folder or file when /proc's text still leads to it. The text of what was
// removed ends in " (deleted)", which may be the name of something else.
std::optional<std::string> proc_path(int fd, const FileStat& self) {
    auto link = read_fd_link(fd);
    if (!link || !link->starts_with('/')) return std::nullopt;
    const auto named = stat_at(kWorkingFolder, *link, *link);
    if (!named || named->dev != self.dev || named->ino != self.ino) return std::nullopt;
    return *std::move(link);
}

// Opens `name` below `dir` as a step of a path, made if missing. O_PATH: a folder on the way need
// not be readable.
Result<UniqueFd> step_into(int dir, const std::string& name, unsigned mode, Durability durability,
                           std::string_view shown) {
    for (;;) {
        int fd = sys::openat(dir, name.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW);
        if (fd >= 0) return UniqueFd(fd);
        if (fd == -ENOTDIR || fd == -ELOOP) {  // a symlink, or no folder
            auto step = follow_step(dir, name, FollowLinks::trusted, shown);
            if (step || step.error().kind == ErrorKind::unsafe_input) return step;
            return fail_errno(-fd, "create folder", std::string(shown));
        }
        if (fd != -ENOENT) return fail_errno(-fd, "create folder", std::string(shown));
        const int r = sys::mkdirat(dir, name.c_str(), mode);
        if (r == -EEXIST) continue;  // another process was faster
        if (r < 0) return fail_errno(-r, "create folder", std::string(shown));
        if (durability == Durability::synced) {
            HOLT_TRY_LET(parent, open_beneath(dir, "", shown));
            HOLT_TRY(sync_folder(parent.get(), shown));
        }
    }
}

}  // namespace

Status rename_no_replace(int from_dir, const std::string& from, int to_dir, const std::string& to,
                         std::string_view shown) {
    const int r = sys::renameat2(from_dir, from.c_str(), to_dir, to.c_str(), RENAME_NOREPLACE);
    if (!no_such_rename(r)) return renamed(r, shown);
    // A link refuses an existing name too. A crash between the two calls leaves both names.
    HOLT_TRY(renamed(sys::linkat(from_dir, from.c_str(), to_dir, to.c_str(), 0), shown));
    return renamed(sys::unlinkat(from_dir, from.c_str()), shown);
}

Status rename_replace(int from_dir, const std::string& from, int to_dir, const std::string& to,
                      std::string_view shown) {
    return renamed(sys::renameat2(from_dir, from.c_str(), to_dir, to.c_str(), 0), shown);
}

Status rename_exchange(int dir_a, const std::string& a, int dir_b, const std::string& b,
                       std::string_view shown) {
    return renamed(sys::renameat2(dir_a, a.c_str(), dir_b, b.c_str(), RENAME_EXCHANGE), shown);
}

Result<bool> unlink_file(int dir, const std::string& name, std::string_view shown) {
    const int r = sys::unlinkat(dir, name.c_str());
    if (r < 0 && r != -ENOENT) return failed(r, "remove", shown);
    return r == 0;
}

Result<bool> remove_folder(int dir, const std::string& name, std::string_view shown) {
    const int r = sys::rmdirat(dir, name.c_str());
    if (r < 0 && r != -ENOENT) return failed(r, "remove folder", shown);
    return r == 0;
}

Result<UniqueFd> make_folders(const std::string& path, unsigned mode, Durability durability) {
    if (path.empty()) return fail(ErrorKind::usage, "create folder", path, "the path is empty");
    const int start = sys::openat(AT_FDCWD, path[0] == '/' ? "/" : ".", O_PATH | O_DIRECTORY);
    if (start < 0) return fail_errno(-start, "create folder", path);
    UniqueFd at(start);
    for (std::size_t begin = 0; begin < path.size();) {
        const std::size_t end = std::min(path.find('/', begin), path.size());
        const std::string name = path.substr(begin, end - begin);
        begin = end + 1;
        if (name.empty() || name == ".") continue;
        const bool last = path.find_first_not_of('/', end) == std::string::npos;
        HOLT_TRY_LET(next, step_into(at.get(), name, last ? mode : 0777, durability,
                                     std::string_view(path).substr(0, end)));
        at = std::move(next);
    }
    return open_beneath(at.get(), "", path);
}

Result<UniqueFd> make_or_open_folder(int dir, const std::string& name, unsigned mode,
                                     std::string_view shown, bool* made) {
    HOLT_TRY(check_component(name, shown));
    const int r = sys::mkdirat(dir, name.c_str(), mode);
    if (made != nullptr) *made = r == 0;
    if (r < 0 && r != -EEXIST) return fail_errno(-r, "create folder", std::string(shown));
    return open_subfolder(dir, name, shown);
}

Result<bool> exists(int dir, const std::string& name, std::string_view shown) {
    struct stat st;
    const int r = sys::fstatat(dir, name.c_str(), &st);
    if (r < 0 && r != -ENOENT) return fail_errno(-r, "look at", std::string(shown));
    return r == 0;
}

Result<std::string> real_path(const std::string& path) {
    const int opened = sys::openat(AT_FDCWD, path.c_str(), O_PATH);
    if (opened < 0) return fail_errno(-opened, "find path of", path);
    const UniqueFd fd(opened);
    HOLT_TRY_LET(self, stat_fd(fd.get(), path));
    if (self.kind == Kind::folder) return path_of(fd.get(), path);
    if (auto found = proc_path(fd.get(), self)) return *std::move(found);
    HOLT_TRY_LET(end, follow_path(path, FollowLinks::of_anyone));
    HOLT_TRY_LET(folder, path_of(end.folder.get(), path));
    return join_path(folder, end.name);
}

Result<std::string> path_of(int fd, std::string_view shown) {
    HOLT_TRY_LET(self, stat_fd(fd, shown));
    if (auto found = proc_path(fd, self)) return *std::move(found);
    return climb(fd, shown);
}

Result<std::string> read_fd_link(int fd) {
    char link[32];
    std::snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    char path[PATH_MAX + 1];
    const ssize_t got = sys::readlinkat(AT_FDCWD, link, path, sizeof path);
    if (got < 0) return fail_errno(static_cast<int>(-got), "find path of", link);
    return std::string(path, static_cast<std::size_t>(got));
}

bool has_proc() {
    struct stat st;
    return sys::fstatat(AT_FDCWD, "/proc/self/fd", &st) == 0;
}

std::optional<std::string> plain_path(const std::string& path) {
    if (!path.starts_with('/')) return std::nullopt;
    std::string plain;
    for (std::size_t begin = 1; begin <= path.size();) {
        const std::size_t end = std::min(path.find('/', begin), path.size());
        const std::string_view name = std::string_view(path).substr(begin, end - begin);
        if (name == "..") return std::nullopt;
        if (!name.empty() && name != ".") plain.append("/").append(name);
        begin = end + 1;
    }
    return plain.empty() ? std::nullopt : std::optional(plain);
}

Result<Space> free_space(int fd, std::string_view shown) {
    struct statfs st;
    if (const int r = sys::fstatfs(fd, &st); r < 0)
        return fail_errno(-r, "look at free space of", std::string(shown));
    const auto unit = static_cast<std::uint64_t>(st.f_frsize > 0 ? st.f_frsize : st.f_bsize);
    return Space{.total = unit * st.f_blocks,
                 .available = unit * st.f_bavail,
                 .free_inodes = st.f_ffree,
                 .total_inodes = st.f_files};
}

Result<bool> reserve_space(int fd, std::uint64_t size, std::string_view shown) {
    const int r = sys::fallocate(fd, 0, 0, size);
    if (r == -EOPNOTSUPP || r == -ENOSYS) return false;
    if (r < 0) return fail_errno(-r, "reserve space for", std::string(shown));
    return true;
}

}  // namespace holt::fs
