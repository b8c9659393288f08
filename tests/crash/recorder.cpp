// A disk that remembers what was written to it, and when it was told to flush.
//
//     holt_crash_recorder FOLDER IMAGE LOG
//
// A FUSE server, in the foreground, with one file FOLDER/disk. Its content is IMAGE's; each write,
// each range that is zeroed and each flush is done to IMAGE and appended to LOG before it is
// answered. A loop device with direct I/O on the file turns a file system's requests into these:
// the block layer sends a flush as fsync, and FUA as a write with a flush behind it.
//
// LOG is a row of entries, little endian: kind (u32), 0 (u32), offset (u64), length (u64), and for
// a write the bytes. An entry is written with one call, so LOG's size at the moment at which a
// program ends is the point in the device's life that the program has seen.
//
// Thread rule: one thread (-s), so that the entries stand in the order in which the disk did them.
#define FUSE_USE_VERSION 31
#include <fcntl.h>
#include <fuse.h>
#include <linux/falloc.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>

namespace {

enum class Entry : std::uint32_t { write = 1, zero = 2, flush = 3 };

struct Header {
    Entry kind;
    std::uint32_t unused;
    std::uint64_t offset;
    std::uint64_t length;
};
static_assert(sizeof(Header) == 24);

int image = -1;
int record = -1;
constexpr const char* kName = "/disk";

bool is_disk(const char* path) {
    return std::strcmp(path, kName) == 0;
}

// A full log is the end of the recording: the file system sees an error instead of a disk that
// forgets.
int append(Entry kind, std::uint64_t offset, std::uint64_t length, const char* bytes = nullptr) {
    Header header{kind, 0, offset, length};
    std::array<iovec, 2> parts{{{&header, sizeof header}, {const_cast<char*>(bytes), length}}};
    const int count = bytes == nullptr ? 1 : 2;
    const auto size = static_cast<ssize_t>(sizeof header + (count == 2 ? length : 0));
    return ::writev(record, parts.data(), count) == size ? 0 : -EIO;
}

int get_attributes(const char* path, struct stat* out, fuse_file_info*) {
    if (is_disk(path)) return ::fstat(image, out) == 0 ? 0 : -errno;
    *out = {};
    out->st_mode = S_IFDIR | 0700;
    out->st_nlink = 2;
    return std::strcmp(path, "/") == 0 ? 0 : -ENOENT;
}

int list(const char*, void* out, fuse_fill_dir_t fill, off_t, fuse_file_info*, fuse_readdir_flags) {
    fill(out, kName + 1, nullptr, 0, fuse_fill_dir_flags{});
    return 0;
}

// Past the page cache: what is acknowledged is in the log, not in memory above it.
int open_disk(const char* path, fuse_file_info* file) {
    if (!is_disk(path)) return -ENOENT;
    file->direct_io = 1;
    return 0;
}

int read_disk(const char*, char* out, std::size_t size, off_t offset, fuse_file_info*) {
    const ssize_t got = ::pread(image, out, size, offset);
    return got < 0 ? -errno : static_cast<int>(got);
}

int write_disk(const char*, const char* bytes, std::size_t size, off_t offset, fuse_file_info*) {
    if (::pwrite(image, bytes, size, offset) != static_cast<ssize_t>(size)) return -EIO;
    const int appended = append(Entry::write, static_cast<std::uint64_t>(offset), size, bytes);
    return appended == 0 ? static_cast<int>(size) : appended;
}

int flush_disk(const char*, int, fuse_file_info*) {
    return append(Entry::flush, 0, 0);
}

// Discards and zeroing: a hole in the image reads as zeros either way.
int punch_disk(const char*, int mode, off_t offset, off_t length, fuse_file_info*) {
    constexpr int kUnderstood = FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE;
    if ((mode & ~kUnderstood) != 0 || (mode & ~FALLOC_FL_KEEP_SIZE) == 0) return -EOPNOTSUPP;
    constexpr int kHole = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
    if (::fallocate(image, kHole, offset, length) != 0) return -errno;
    return append(Entry::zero, static_cast<std::uint64_t>(offset),
                  static_cast<std::uint64_t>(length));
}

int serve(char* program, char* folder) {
    fuse_operations operations{};
    operations.getattr = get_attributes;
    operations.readdir = list;
    operations.open = open_disk;
    operations.read = read_disk;
    operations.write = write_disk;
    operations.fsync = flush_disk;
    operations.fallocate = punch_disk;
    std::string foreground = "-f", single = "-s";
    std::array<char*, 4> arguments{program, foreground.data(), single.data(), folder};
    return fuse_main(static_cast<int>(arguments.size()), arguments.data(), &operations, nullptr);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 4) {
        std::fputs("usage: holt_crash_recorder FOLDER IMAGE LOG\n", stderr);
        return 2;
    }
    image = ::open(argv[2], O_RDWR | O_CLOEXEC);
    record = ::open(argv[3], O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);
    if (image < 0 || record < 0) {
        std::perror("holt_crash_recorder");
        return 1;
    }
    return serve(argv[0], argv[1]);
}
