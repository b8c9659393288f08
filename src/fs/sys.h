// Every system call on files that Holt makes, counted and faultable (fault.h).
//
// Each wrapper returns the call's value, or -errno; never throws; retries EINTR inside; sets
// O_CLOEXEC on whatever it opens. `where` is the caller: leave it at its default. Names are C
// strings of bytes. What is built on these (file.h, folder.h, ...) turns -errno into holt::Error.
// Thread rule: as the system calls themselves.
#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <source_location>

#include "fs/fault.h"

namespace holt::fs::sys {

// Opening and looking.
int openat(int dir, const char* name, int flags, mode_t mode = 0, Where where = Where::current());
/// `resolve` takes RESOLVE_* of linux/openat2.h. -ENOSYS where the kernel does not know the call.
int openat2(int dir, const char* path, int flags, std::uint64_t resolve,
            Where where = Where::current());
/// memfd_create(2); counted as an open.
int memory_file(const char* name, Where where = Where::current());
/// F_DUPFD_CLOEXEC, never one of the standard descriptors; counted as an open.
int duplicate(int fd, Where where = Where::current());
int close(int fd) noexcept;
int fstat(int fd, struct stat* out, Where where = Where::current());
/// With AT_SYMLINK_NOFOLLOW always.
int fstatat(int dir, const char* name, struct stat* out, Where where = Where::current());
/// statx(2) of an open descriptor; `mask` takes STATX_*.
int statx_fd(int fd, unsigned mask, struct statx* out, Where where = Where::current());
/// 1 when an open folder is the root of a mount, 0 when not, -errno (-ENOSYS: cannot tell).
int is_mount_root(int fd, Where where = Where::current());
ssize_t getdents64(int dir, void* buffer, std::size_t size, Where where = Where::current());
ssize_t readlinkat(int dir, const char* name, char* buffer, std::size_t size,
                   Where where = Where::current());
/// Of `dir` itself, by the effective user: R_OK, W_OK, X_OK.
int faccess(int dir, int mode, Where where = Where::current());
int fstatfs(int fd, struct statfs* out, Where where = Where::current());

// Bytes.
ssize_t read(int fd, void* buffer, std::size_t size, Where where = Where::current());
ssize_t pread(int fd, void* buffer, std::size_t size, std::uint64_t offset,
              Where where = Where::current());
ssize_t write(int fd, const void* bytes, std::size_t size, Where where = Where::current());
ssize_t pwrite(int fd, const void* bytes, std::size_t size, std::uint64_t offset,
               Where where = Where::current());
int ftruncate(int fd, std::uint64_t size, Where where = Where::current());
int fallocate(int fd, int mode, std::uint64_t offset, std::uint64_t size,
              Where where = Where::current());
std::int64_t lseek(int fd, std::int64_t offset, int whence, Where where = Where::current());
ssize_t copy_file_range(int from, std::uint64_t from_offset, int to, std::uint64_t to_offset,
                        std::size_t size, Where where = Where::current());
/// FICLONE: `to` shares all of `from`'s blocks.
int clone(int from, int to, Where where = Where::current());
int fadvise(int fd, std::uint64_t offset, std::uint64_t size, int advice,
            Where where = Where::current());

// Names.
int mkdirat(int dir, const char* name, mode_t mode, Where where = Where::current());
int unlinkat(int dir, const char* name, Where where = Where::current());
int rmdirat(int dir, const char* name, Where where = Where::current());
/// `flags`: RENAME_NOREPLACE, RENAME_EXCHANGE or 0.
int renameat2(int from_dir, const char* from, int to_dir, const char* to, unsigned flags,
              Where where = Where::current());
int linkat(int from_dir, const char* from, int to_dir, const char* to, int flags,
           Where where = Where::current());
int symlinkat(const char* target, int dir, const char* name, Where where = Where::current());
int mknodat(int dir, const char* name, mode_t mode, dev_t device, Where where = Where::current());

// Metadata. The ...at forms never follow a symlink.
int fchmod(int fd, mode_t mode, Where where = Where::current());
int fchmodat(int dir, const char* name, mode_t mode, Where where = Where::current());
/// chmod of what an O_PATH descriptor stands for. Before Linux 6.6 through /proc.
int chmod_handle(int fd, mode_t mode, Where where = Where::current());
int fchown(int fd, uid_t uid, gid_t gid, Where where = Where::current());
int fchownat(int dir, const char* name, uid_t uid, gid_t gid, Where where = Where::current());
/// times[0] is the access time, times[1] that of modification.
int futimens(int fd, const struct timespec times[2], Where where = Where::current());
int utimensat(int dir, const char* name, const struct timespec times[2],
              Where where = Where::current());
ssize_t flistxattr(int fd, char* list, std::size_t size, Where where = Where::current());
ssize_t fgetxattr(int fd, const char* name, void* value, std::size_t size,
                  Where where = Where::current());
int fsetxattr(int fd, const char* name, const void* value, std::size_t size,
              Where where = Where::current());
int fremovexattr(int fd, const char* name, Where where = Where::current());
// By name below a folder (through /proc/self/fd where that is there), not following a symlink in
// the last place.
ssize_t llistxattr(int dir, const char* name, char* list, std::size_t size,
                   Where where = Where::current());
ssize_t lgetxattr(int dir, const char* name, const char* attribute, void* value, std::size_t size,
                  Where where = Where::current());
int lsetxattr(int dir, const char* name, const char* attribute, const void* value, std::size_t size,
              Where where = Where::current());

// Durability.
int fsync(int fd, Where where = Where::current());
int fdatasync(int fd, Where where = Where::current());
int syncfs(int fd, Where where = Where::current());

/// ioctl(2) with a structure to be read and filled in.
int ioctl(int fd, unsigned long request, void* argument, Where where = Where::current());

/// flock(2); `operation` as there. Use it with LOCK_NB: a wait would not be interruptible here.
int flock(int fd, int operation, Where where = Where::current());
/// A lock on a range of bytes that belongs to the open file (F_OFD_SETLK): `type` is F_RDLCK or
/// F_WRLCK. Never waits: -EAGAIN when another open file has it.
int lock_range(int fd, short type, std::uint64_t start, std::uint64_t length,
               Where where = Where::current());
/// Gives the range up. Never faulted: nobody can act on it, and a lock that stays only makes others
/// wait.
void unlock_range(int fd, std::uint64_t start, std::uint64_t length) noexcept;
/// Makes a lock to write one to read; likewise.
void share_range(int fd, std::uint64_t start, std::uint64_t length) noexcept;
/// 1 when another open file has a lock that `type` would meet, 0 when not.
int range_is_locked(int fd, short type, std::uint64_t start, std::uint64_t length,
                    Where where = Where::current());

/// For code that makes a system call outside these wrappers (SQLite's VFS shim): counts one call of
/// this kind and lets the plan strike. 0, or the -errno to fail with; may not return (kill).
int checkpoint(Call call, Where where = Where::current()) noexcept;

}  // namespace holt::fs::sys
