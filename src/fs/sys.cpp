#include "fs/sys.h"

#include <linux/fs.h>
#include <linux/openat2.h>
#include <sched.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <system_error>
#include <thread>

namespace holt::fs::sys {
namespace {

// Makes one system call: asks the fault plan first, retries EINTR, turns -1 into -errno. `call`
// takes the number of bytes that it may transfer.
template <class Function>
auto transfer(Call kind, const Where& where, std::size_t size, Function call)
    -> decltype(call(size)) {
    if (fault_detail::armed.load(std::memory_order_relaxed) != 0) [[unlikely]] {
        const fault_detail::Verdict verdict = fault_detail::judge(kind, where);
        // An injected EINTR is what the loop below would see and retry: go on to the real call.
        if (verdict.err != 0 && verdict.err != EINTR) return -verdict.err;
        size = std::min(size, verdict.count);
    }
    for (;;) {
        const auto result = call(size);
        if (result != -1) return result;
        if (errno != EINTR) return -errno;
    }
}

template <class Function>
auto plain(Call kind, const Where& where, Function call) -> decltype(call()) {
    return transfer(kind, where, 0, [&](std::size_t) { return call(); });
}

// "/proc/self/fd/<dir>/<name>": the way to the ...xattr calls that take a path only. The last
// component is the only one that an l-call does not follow.
class ProcPath {
  public:
    ProcPath(int dir, const char* name) {
        const std::size_t length = std::strlen(name);
        if (length > 255) {
            path_ = nullptr;
        } else if (dir == AT_FDCWD) {
            path_ = name;
        } else {
            std::snprintf(buffer_, sizeof buffer_, "/proc/self/fd/%d/%s", dir, name);
            path_ = buffer_;
        }
    }
    /// Null when the name is too long to exist.
    const char* get() const { return path_; }

  private:
    const char* path_;
    char buffer_[300];
};

// True where /proc is not there at all: in a bare chroot.
bool has_no_proc() noexcept {
    struct stat st;
    return ::fstatat(AT_FDCWD, "/proc/self/fd", &st, 0) != 0;
}

// Makes a call with `dir` as the working folder, without changing that of the process: a thread can
// have one of its own.
template <class Function>
auto in_folder(int dir, Function call) -> decltype(call()) {
    decltype(call()) result = -1;
    int err = EAGAIN;
    try {
        std::thread([&] {
            if (::unshare(CLONE_FS) == 0 && ::fchdir(dir) == 0) result = call();
            err = errno;
        }).join();
    } catch (const std::system_error&) {  // no thread to be had
    }
    errno = err;
    return result;
}

// Makes one of the ...xattr calls that take a path, for a name below `dir`.
template <class Function>
auto by_name(Call kind, const Where& where, int dir, const char* name, Function call)
    -> decltype(call(name)) {
    const ProcPath path(dir, name);
    if (path.get() == nullptr) return -ENAMETOOLONG;
    return plain(kind, where, [&] {
        const auto result = call(path.get());
        if (result != -1 || errno != ENOENT || dir == AT_FDCWD) return result;
        if (!has_no_proc()) {
            errno = ENOENT;
            return result;
        }
        return in_folder(dir, [&] { return call(name); });
    });
}

}  // namespace

int openat(int dir, const char* name, int flags, mode_t mode, Where where) {
    return plain(Call::open, where, [&] { return ::openat(dir, name, flags | O_CLOEXEC, mode); });
}

int openat2(int dir, const char* path, int flags, std::uint64_t resolve, Where where) {
    struct open_how how = {};
    how.flags = static_cast<std::uint64_t>(flags | O_CLOEXEC);
    how.resolve = resolve;
    return plain(Call::open, where, [&] {
        return static_cast<int>(::syscall(SYS_openat2, dir, path, &how, sizeof how));
    });
}

int memory_file(const char* name, Where where) {
    return plain(Call::open, where, [&] { return ::memfd_create(name, MFD_CLOEXEC); });
}

int duplicate(int fd, Where where) {
    return plain(Call::open, where,
                 [&] { return ::fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1); });
}

int close(int fd) noexcept {
    // Linux frees the descriptor whatever close answers: never retried.
    return ::close(fd) == 0 ? 0 : -errno;
}

int fstat(int fd, struct stat* out, Where where) {
    return plain(Call::stat, where, [&] { return ::fstat(fd, out); });
}

int fstatat(int dir, const char* name, struct stat* out, Where where) {
    return plain(Call::stat, where, [&] { return ::fstatat(dir, name, out, AT_SYMLINK_NOFOLLOW); });
}

int statx_fd(int fd, unsigned mask, struct statx* out, Where where) {
    return plain(Call::stat, where, [&] { return ::statx(fd, "", AT_EMPTY_PATH, mask, out); });
}

int is_mount_root(int fd, Where where) {
    struct statx out;
    const int r = plain(Call::stat, where, [&] { return ::statx(fd, "", AT_EMPTY_PATH, 0, &out); });
    if (r < 0) return r;
    if ((out.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT) == 0) return -ENOSYS;
    return (out.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0 ? 1 : 0;
}

ssize_t getdents64(int dir, void* buffer, std::size_t size, Where where) {
    return plain(Call::getdents, where, [&] {
        return static_cast<ssize_t>(::syscall(SYS_getdents64, dir, buffer, size));
    });
}

ssize_t readlinkat(int dir, const char* name, char* buffer, std::size_t size, Where where) {
    return plain(Call::readlink, where, [&] { return ::readlinkat(dir, name, buffer, size); });
}

int faccess(int dir, int mode, Where where) {
    return plain(Call::stat, where, [&] { return ::faccessat(dir, ".", mode, AT_EACCESS); });
}

int fstatfs(int fd, struct statfs* out, Where where) {
    return plain(Call::statfs, where, [&] { return ::fstatfs(fd, out); });
}

ssize_t read(int fd, void* buffer, std::size_t size, Where where) {
    return transfer(Call::read, where, size,
                    [&](std::size_t part) { return ::read(fd, buffer, part); });
}

ssize_t pread(int fd, void* buffer, std::size_t size, std::uint64_t offset, Where where) {
    return transfer(Call::pread, where, size, [&](std::size_t part) {
        return ::pread(fd, buffer, part, static_cast<off_t>(offset));
    });
}

ssize_t write(int fd, const void* bytes, std::size_t size, Where where) {
    return transfer(Call::write, where, size,
                    [&](std::size_t part) { return ::write(fd, bytes, part); });
}

ssize_t pwrite(int fd, const void* bytes, std::size_t size, std::uint64_t offset, Where where) {
    return transfer(Call::pwrite, where, size, [&](std::size_t part) {
        return ::pwrite(fd, bytes, part, static_cast<off_t>(offset));
    });
}

int ftruncate(int fd, std::uint64_t size, Where where) {
    return plain(Call::truncate, where, [&] { return ::ftruncate(fd, static_cast<off_t>(size)); });
}

int fallocate(int fd, int mode, std::uint64_t offset, std::uint64_t size, Where where) {
    return plain(Call::allocate, where, [&] {
        return ::fallocate(fd, mode, static_cast<off_t>(offset), static_cast<off_t>(size));
    });
}

std::int64_t lseek(int fd, std::int64_t offset, int whence, Where where) {
    return plain(Call::seek, where,
                 [&] { return static_cast<std::int64_t>(::lseek(fd, offset, whence)); });
}

ssize_t copy_file_range(int from, std::uint64_t from_offset, int to, std::uint64_t to_offset,
                        std::size_t size, Where where) {
    return transfer(Call::copy_range, where, size, [&](std::size_t part) {
        auto in = static_cast<loff_t>(from_offset), out = static_cast<loff_t>(to_offset);
        return ::copy_file_range(from, &in, to, &out, part, 0);
    });
}

int clone(int from, int to, Where where) {
    return plain(Call::clone, where, [&] { return ::ioctl(to, FICLONE, from); });
}

int fadvise(int fd, std::uint64_t offset, std::uint64_t size, int advice, Where where) {
    // posix_fadvise returns the errno instead of setting it.
    return plain(Call::advise, where, [&] {
        const int err =
            ::posix_fadvise(fd, static_cast<off_t>(offset), static_cast<off_t>(size), advice);
        errno = err;
        return err == 0 ? 0 : -1;
    });
}

int mkdirat(int dir, const char* name, mode_t mode, Where where) {
    return plain(Call::mkdir, where, [&] { return ::mkdirat(dir, name, mode); });
}

int unlinkat(int dir, const char* name, Where where) {
    return plain(Call::unlink, where, [&] { return ::unlinkat(dir, name, 0); });
}

int rmdirat(int dir, const char* name, Where where) {
    return plain(Call::rmdir, where, [&] { return ::unlinkat(dir, name, AT_REMOVEDIR); });
}

int renameat2(int from_dir, const char* from, int to_dir, const char* to, unsigned flags,
              Where where) {
    return plain(Call::rename, where,
                 [&] { return ::renameat2(from_dir, from, to_dir, to, flags); });
}

int linkat(int from_dir, const char* from, int to_dir, const char* to, int flags, Where where) {
    return plain(Call::link, where, [&] { return ::linkat(from_dir, from, to_dir, to, flags); });
}

int symlinkat(const char* target, int dir, const char* name, Where where) {
    return plain(Call::symlink, where, [&] { return ::symlinkat(target, dir, name); });
}

int mknodat(int dir, const char* name, mode_t mode, dev_t device, Where where) {
    return plain(Call::mknod, where, [&] { return ::mknodat(dir, name, mode, device); });
}

int fchmod(int fd, mode_t mode, Where where) {
    return plain(Call::chmod, where, [&] { return ::fchmod(fd, mode); });
}

int fchmodat(int dir, const char* name, mode_t mode, Where where) {
    return plain(Call::chmod, where,
                 [&] { return ::fchmodat(dir, name, mode, AT_SYMLINK_NOFOLLOW); });
}

int chmod_handle(int fd, mode_t mode, Where where) {
    constexpr long kFchmodat2 = 452;  // Linux 6.6; the same number on every processor
    return plain(Call::chmod, where, [&] {
        const int r = static_cast<int>(::syscall(kFchmodat2, fd, "", mode, AT_EMPTY_PATH));
        if (r == 0 || (errno != ENOSYS && errno != EPERM)) return r;
        char path[32];
        std::snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
        return ::chmod(path, mode);
    });
}

int fchown(int fd, uid_t uid, gid_t gid, Where where) {
    return plain(Call::chown, where, [&] { return ::fchown(fd, uid, gid); });
}

int fchownat(int dir, const char* name, uid_t uid, gid_t gid, Where where) {
    return plain(Call::chown, where,
                 [&] { return ::fchownat(dir, name, uid, gid, AT_SYMLINK_NOFOLLOW); });
}

int futimens(int fd, const struct timespec times[2], Where where) {
    return plain(Call::utimens, where, [&] { return ::futimens(fd, times); });
}

int utimensat(int dir, const char* name, const struct timespec times[2], Where where) {
    return plain(Call::utimens, where,
                 [&] { return ::utimensat(dir, name, times, AT_SYMLINK_NOFOLLOW); });
}

ssize_t flistxattr(int fd, char* list, std::size_t size, Where where) {
    return plain(Call::getxattr, where, [&] { return ::flistxattr(fd, list, size); });
}

ssize_t fgetxattr(int fd, const char* name, void* value, std::size_t size, Where where) {
    return plain(Call::getxattr, where, [&] { return ::fgetxattr(fd, name, value, size); });
}

int fsetxattr(int fd, const char* name, const void* value, std::size_t size, Where where) {
    return plain(Call::setxattr, where, [&] { return ::fsetxattr(fd, name, value, size, 0); });
}

int fremovexattr(int fd, const char* name, Where where) {
    return plain(Call::removexattr, where, [&] { return ::fremovexattr(fd, name); });
}

ssize_t llistxattr(int dir, const char* name, char* list, std::size_t size, Where where) {
    return by_name(Call::getxattr, where, dir, name,
                   [&](const char* path) { return ::llistxattr(path, list, size); });
}

ssize_t lgetxattr(int dir, const char* name, const char* attribute, void* value, std::size_t size,
                  Where where) {
    return by_name(Call::getxattr, where, dir, name,
                   [&](const char* path) { return ::lgetxattr(path, attribute, value, size); });
}

int lsetxattr(int dir, const char* name, const char* attribute, const void* value, std::size_t size,
              Where where) {
    return by_name(Call::setxattr, where, dir, name,
                   [&](const char* path) { return ::lsetxattr(path, attribute, value, size, 0); });
}

int fsync(int fd, Where where) {
    return plain(Call::fsync, where, [&] { return ::fsync(fd); });
}

int fdatasync(int fd, Where where) {
    return plain(Call::fsync, where, [&] { return ::fdatasync(fd); });
}

int syncfs(int fd, Where where) {
    return plain(Call::syncfs, where, [&] { return ::syncfs(fd); });
}

int ioctl(int fd, unsigned long request, void* argument, Where where) {
    return plain(Call::ioctl, where, [&] { return ::ioctl(fd, request, argument); });
}

int flock(int fd, int operation, Where where) {
    return plain(Call::lock, where, [&] { return ::flock(fd, operation); });
}

namespace {

struct flock range_of(short type, std::uint64_t start, std::uint64_t length) noexcept {
    struct flock range = {};
    range.l_type = type;
    range.l_whence = SEEK_SET;
    range.l_start = static_cast<off_t>(start);
    range.l_len = static_cast<off_t>(length);
    return range;  // l_pid stays 0, as locks of open files want it
}

void lower_range(int fd, short type, std::uint64_t start, std::uint64_t length) noexcept {
    struct flock range = range_of(type, start, length);
    while (::fcntl(fd, F_OFD_SETLK, &range) == -1 && errno == EINTR) {
    }
}

}  // namespace

int lock_range(int fd, short type, std::uint64_t start, std::uint64_t length, Where where) {
    struct flock range = range_of(type, start, length);
    // Of a lock that another has Linux says EAGAIN, where POSIX allows EACCES too.
    return plain(Call::lock, where, [&] { return ::fcntl(fd, F_OFD_SETLK, &range); });
}

void unlock_range(int fd, std::uint64_t start, std::uint64_t length) noexcept {
    lower_range(fd, F_UNLCK, start, length);
}

void share_range(int fd, std::uint64_t start, std::uint64_t length) noexcept {
    lower_range(fd, F_RDLCK, start, length);
}

int range_is_locked(int fd, short type, std::uint64_t start, std::uint64_t length, Where where) {
    struct flock range = range_of(type, start, length);
    const int r = plain(Call::lock, where, [&] { return ::fcntl(fd, F_OFD_GETLK, &range); });
    if (r < 0) return r;
    return range.l_type == F_UNLCK ? 0 : 1;
}

int checkpoint(Call call, Where where) noexcept {
    if (fault_detail::armed.load(std::memory_order_relaxed) == 0) [[likely]]
        return 0;
    const fault_detail::Verdict verdict = fault_detail::judge(call, where);
    return verdict.err == EINTR ? 0 : -verdict.err;
}

}  // namespace holt::fs::sys
