#include "fs/file.h"

#include <algorithm>
#include <cerrno>
#include <limits>

#include "fs/sys.h"

namespace holt::fs {
namespace {

static_assert(kWorkingFolder == AT_FDCWD);

// One system call moves at most this: Linux stops at 0x7ffff000 bytes anyway.
constexpr std::size_t kMaxTransfer = std::size_t{1} << 30;

Result<UniqueFd> opened(int fd, const char* operation, std::string_view shown) {
    if (fd < 0) return fail_errno(-fd, operation, std::string(shown));
    return UniqueFd(fd);
}

Time to_time(const struct timespec& t) noexcept {
    return {.seconds = t.tv_sec, .nanoseconds = static_cast<std::uint32_t>(t.tv_nsec)};
}

Kind to_kind(mode_t mode) noexcept {
    switch (mode & S_IFMT) {
        case S_IFDIR:
            return Kind::folder;
        case S_IFLNK:
            return Kind::symlink;
        case S_IFIFO:
            return Kind::fifo;
        case S_IFSOCK:
            return Kind::socket;
        case S_IFCHR:
            return Kind::char_device;
        case S_IFBLK:
            return Kind::block_device;
        default:
            return Kind::file;
    }
}

}  // namespace

Result<UniqueFd> open_read(int dir, const std::string& name, std::string_view shown) {
    // O_NONBLOCK: a FIFO or a device that took the file's place must not make us wait.
    return opened(sys::openat(dir, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY),
                  "open file", shown);
}

Result<UniqueFd> open_path(const std::string& path) {
    return opened(sys::openat(AT_FDCWD, path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY),
                  "open file", path);
}

Result<UniqueFd> create_file(int dir, const std::string& name, unsigned mode,
                             std::string_view shown) {
    return opened(sys::openat(dir, name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, mode),
                  "create file", shown);
}

Result<UniqueFd> open_or_create(int dir, const std::string& name, unsigned mode,
                                std::string_view shown) {
    return opened(
        sys::openat(dir, name.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, mode),
        "open file", shown);
}

Result<UniqueFd> open_read_write(int dir, const std::string& name, std::string_view shown) {
    return opened(sys::openat(dir, name.c_str(), O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY),
                  "open file", shown);
}

Result<UniqueFd> duplicate(int fd, std::string_view shown) {
    return opened(sys::duplicate(fd), "duplicate descriptor of", shown);
}

FileStat to_file_stat(const struct ::stat& st) noexcept {
    return {.kind = to_kind(st.st_mode),
            .mode = static_cast<std::uint16_t>(st.st_mode & 07777),
            .uid = st.st_uid,
            .gid = st.st_gid,
            .size = static_cast<std::uint64_t>(std::max<off_t>(st.st_size, 0)),
            .blocks = static_cast<std::uint64_t>(std::max<blkcnt_t>(st.st_blocks, 0)),
            .mtime = to_time(st.st_mtim),
            .ctime = to_time(st.st_ctim),
            .dev = st.st_dev,
            .ino = st.st_ino,
            .nlink = static_cast<std::uint32_t>(
                std::min<std::uint64_t>(st.st_nlink, std::numeric_limits<std::uint32_t>::max()))};
}

Result<FileStat> stat_fd(int fd, std::string_view shown) {
    struct stat st;
    if (const int r = sys::fstat(fd, &st); r < 0)
        return fail_errno(-r, "look at", std::string(shown));
    return to_file_stat(st);
}

Result<FileStat> stat_at(int dir, const std::string& name, std::string_view shown) {
    struct stat st;
    if (const int r = sys::fstatat(dir, name.c_str(), &st); r < 0)
        return fail_errno(-r, "look at", std::string(shown));
    return to_file_stat(st);
}

Result<FileStat> stat_path(const std::string& path) {
    const int fd = sys::openat(AT_FDCWD, path.c_str(), O_PATH);
    if (fd < 0) return fail_errno(-fd, "look at", path);
    const UniqueFd owned(fd);
    return stat_fd(fd, path);
}

Result<std::size_t> read_full(int fd, MutableByteView into, std::string_view shown) {
    std::size_t done = 0;
    while (done < into.size()) {
        const ssize_t got =
            sys::read(fd, into.data() + done, std::min(into.size() - done, kMaxTransfer));
        if (got < 0) return fail_errno(static_cast<int>(-got), "read", std::string(shown));
        if (got == 0) break;
        done += static_cast<std::size_t>(got);
    }
    return done;
}

Result<std::size_t> pread_full(int fd, MutableByteView into, std::uint64_t offset,
                               std::string_view shown) {
    std::size_t done = 0;
    while (done < into.size()) {
        const ssize_t got = sys::pread(fd, into.data() + done,
                                       std::min(into.size() - done, kMaxTransfer), offset + done);
        if (got < 0) return fail_errno(static_cast<int>(-got), "read", std::string(shown));
        if (got == 0) break;
        done += static_cast<std::size_t>(got);
    }
    return done;
}

Status pread_exact(int fd, MutableByteView into, std::uint64_t offset, std::string_view shown) {
    HOLT_TRY_LET(got, pread_full(fd, into, offset, shown));
    if (got == into.size()) return {};
    return fail(ErrorKind::corrupt, "read", std::string(shown),
                "the file ends at byte " + std::to_string(offset + got) + ", before byte " +
                    std::to_string(offset + into.size()));
}

Status write_full(int fd, ByteView bytes, std::string_view shown) {
    while (!bytes.empty()) {
        const ssize_t put = sys::write(fd, bytes.data(), std::min(bytes.size(), kMaxTransfer));
        if (put < 0) return fail_errno(static_cast<int>(-put), "write", std::string(shown));
        // POSIX leaves 0 for a non-empty write undefined; a loop without progress it must not be.
        if (put == 0) return fail_errno(EIO, "write", std::string(shown));
        bytes = bytes.subspan(static_cast<std::size_t>(put));
    }
    return {};
}

Status pwrite_full(int fd, ByteView bytes, std::uint64_t offset, std::string_view shown) {
    while (!bytes.empty()) {
        const ssize_t put =
            sys::pwrite(fd, bytes.data(), std::min(bytes.size(), kMaxTransfer), offset);
        if (put < 0) return fail_errno(static_cast<int>(-put), "write", std::string(shown));
        if (put == 0) return fail_errno(EIO, "write", std::string(shown));
        bytes = bytes.subspan(static_cast<std::size_t>(put));
        offset += static_cast<std::uint64_t>(put);
    }
    return {};
}

Status set_size(int fd, std::uint64_t size, std::string_view shown) {
    if (const int r = sys::ftruncate(fd, size); r < 0)
        return fail_errno(-r, "set the length of", std::string(shown));
    return {};
}

Result<Bytes> read_all(int fd, std::size_t limit, std::string_view shown) {
    Bytes bytes;
    // Most files read whole are of a few lines, and room that is not used was zeroed for nothing.
    // One byte over the limit tells "exactly the limit" from "more".
    for (std::size_t room = 4 * 1024;; room *= 4) {
        const std::size_t done = bytes.size();
        bytes.resize(done + std::min(room, limit - done + 1));
        HOLT_TRY_LET(got, read_full(fd, MutableByteView(bytes).subspan(done), shown));
        const bool ended = done + got < bytes.size();
        bytes.resize(done + got);
        if (bytes.size() > limit)
            return fail(ErrorKind::no_space, "read", std::string(shown),
                        "it is larger than " + std::to_string(limit) + " bytes");
        if (ended) return bytes;
    }
}

Result<Bytes> read_file(int dir, const std::string& name, std::size_t limit,
                        std::string_view shown) {
    HOLT_TRY_LET(fd, open_read(dir, name, shown));
    return read_all(fd.get(), limit, shown);
}

Status sync_fd(int fd, std::string_view shown) {
    if (const int r = sys::fsync(fd); r < 0)
        return fail_errno(-r, "force to the device", std::string(shown));
    return {};
}

Status sync_data(int fd, std::string_view shown) {
    if (const int r = sys::fdatasync(fd); r < 0)
        return fail_errno(-r, "force to the device", std::string(shown));
    return {};
}

Status sync_folder(int fd, std::string_view shown) {
    const int r = sys::fsync(fd);
    if (r < 0 && r != -EINVAL) return fail_errno(-r, "force to the device", std::string(shown));
    return {};
}

Status sync_file_system(int fd, std::string_view shown) {
    if (const int r = sys::syncfs(fd); r < 0)
        return fail_errno(-r, "force the file system to the device", std::string(shown));
    return {};
}

void advise_sequential(int fd) noexcept {
    (void)sys::fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
}

void advise_soon(int fd, std::uint64_t offset, std::uint64_t length) noexcept {
    (void)sys::fadvise(fd, offset, length, POSIX_FADV_WILLNEED);
}

Result<bool> clone_file(int from, int to, std::string_view shown) {
    const int r = sys::clone(from, to);
    switch (r) {
        case 0:
            return true;
        // "Not this file system", "not between these two", "not this file", "not this kernel".
        case -EOPNOTSUPP:
        case -EXDEV:
        case -EINVAL:
        case -ENOTTY:
        case -ENOSYS:
        case -EPERM:
        case -ETXTBSY:
            return false;
        default:
            return fail_errno(-r, "clone into", std::string(shown));
    }
}

}  // namespace holt::fs
