#include "fs/staging/tree_writer.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>

#include "fs/file.h"
#include "fs/folder.h"
#include "fs/paths.h"
#include "fs/sys.h"

namespace holt::fs {
namespace {

std::atomic<bool> g_link_through_proc{false};

Status made(int r, const char* operation, std::string_view shown) {
    if (r < 0) return fail_errno(-r, operation, std::string(shown));
    return {};
}

// What a tree is written into is new, and no tree has a name twice: a name that is there already
// is another one to which this file system is blind.
Status made_new(int r, const char* operation, std::string_view shown) {
    Status status = made(r, operation, shown);
    if (status || status.error().sys_errno != EEXIST) return status;
    status.error().kind = ErrorKind::unsafe_input;
    status.error().cause = "this file system takes its name for that of another entry";
    status.error().advice = "restore to a file system that tells upper and lower case apart";
    return status;
}

}  // namespace

Status make_folder(int parent, const std::string& name, std::string_view shown,
                   std::uint16_t mode) {
    HOLT_TRY(check_component(name, shown));
    return made_new(sys::mkdirat(parent, name.c_str(), mode), "create folder", shown);
}

Result<UniqueFd> make_and_open_folder(int parent, const std::string& name, std::string_view shown) {
    HOLT_TRY(make_folder(parent, name, shown));
    return open_subfolder(parent, name, shown);
}

Result<UniqueFd> make_file(int parent, const std::string& name, std::string_view shown,
                           std::uint16_t mode) {
    HOLT_TRY(check_component(name, shown));
    const int fd = sys::openat(parent, name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, mode);
    HOLT_TRY(made_new(fd, "create file", shown));
    return UniqueFd(fd);
}

Result<UniqueFd> make_unnamed_file(int folder, std::string_view shown) {
    const int fd = sys::openat(folder, ".", O_RDWR | O_TMPFILE, kNewFileMode);
    if (fd < 0) return fail_errno(-fd, "create file in", std::string(shown));
    return UniqueFd(fd);
}

Status make_symlink(int parent, const std::string& name, const std::string& target,
                    std::string_view shown) {
    HOLT_TRY(check_component(name, shown));
    if (target.empty() || target.find('\0') != std::string::npos)
        return fail(ErrorKind::unsafe_input, "create symlink", std::string(shown),
                    "its target is empty or has a NUL byte");
    return made_new(sys::symlinkat(target.c_str(), parent, name.c_str()), "create symlink", shown);
}

Status make_fifo(int parent, const std::string& name, std::string_view shown) {
    HOLT_TRY(check_component(name, shown));
    return made_new(sys::mknodat(parent, name.c_str(), S_IFIFO | kNewFileMode, 0), "create FIFO",
                    shown);
}

Status link_made_file(const MadeFile& from, int parent, const std::string& name,
                      std::string_view shown) {
    HOLT_TRY(check_component(name, shown));
    HOLT_TRY(made_new(sys::linkat(from.folder, from.name.c_str(), parent, name.c_str(), 0),
                      "create hard link", shown));
    struct stat st;
    const int r = sys::fstatat(parent, name.c_str(), &st);
    if (r == 0 && st.st_dev == from.dev && st.st_ino == from.ino) return {};
    (void)sys::unlinkat(parent, name.c_str());
    if (r < 0) return fail_errno(-r, "look at hard link", std::string(shown));
    return fail(ErrorKind::unsafe_input, "create hard link", std::string(shown),
                "'" + printable(from.name) + "' is no longer the file that this run made",
                "make sure that no other program writes there and run it again");
}

Status link_open_file(int fd, int parent, const std::string& name, std::string_view shown) {
    HOLT_TRY(check_component(name, shown));
    // The direct way needs CAP_DAC_READ_SEARCH, or Linux 6.10 and the credentials that opened the
    // file; else it answers ENOENT. The magic link of /proc needs nothing, and takes 1 us more.
    int r = -ENOENT;
    if (!g_link_through_proc.load(std::memory_order_relaxed))
        r = sys::linkat(fd, "", parent, name.c_str(), AT_EMPTY_PATH);
    if (r == -ENOENT) {
        char path[32];
        std::snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
        r = sys::linkat(AT_FDCWD, path, parent, name.c_str(), AT_SYMLINK_FOLLOW);
        // ENOENT again: the file itself has no name any more.
        if (r == 0) g_link_through_proc.store(true, std::memory_order_relaxed);
        if (r == -ENOENT && !has_proc()) {
            auto refused = fail_errno(EPERM, "create hard link", std::string(shown));
            refused.error().cause = "/proc is not mounted, and only root can link without it";
            return refused;
        }
    }
    return made(r, "create hard link", shown);
}

Result<Owner> new_owner(int folder, std::string_view shown) {
    // A new name gets the process' user, and its group or, in a setgid folder, that of the folder.
    // A folder that was made the same way, in the same run, has exactly these.
    HOLT_TRY_LET(stat, stat_fd(folder, shown));
    return Owner{stat.uid, stat.gid};
}

Status FileFill::put(std::uint64_t offset, ByteView bytes) {
    HOLT_TRY(pwrite_full(fd_, bytes, offset, shown_));
    end_ = std::max(end_, offset + bytes.size());
    return {};
}

Status FileFill::finish(std::uint64_t size) {
    if (size == end_) return {};
    end_ = size;
    return set_size(fd_, size, shown_);
}

}  // namespace holt::fs
