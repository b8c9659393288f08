#include "fs/mount/file_system.h"

#include <linux/magic.h>
#include <sys/statvfs.h>

#include <cerrno>
#include <cstdio>
#include <utility>

#include "base/unique_fd.h"
#include "fs/random_name.h"
#include "fs/sys.h"

namespace holt::fs {
namespace {

using Kind = FileSystem::Kind;

struct Known {
    std::uint64_t magic;
    const char* name;
    Kind kind;
};

// statfs(2). Those that linux/magic.h does not have stand as numbers.
constexpr Known kKnown[] = {
    {EXT4_SUPER_MAGIC, "ext4", Kind::local},
    {0x58465342, "xfs", Kind::local},
    {BTRFS_SUPER_MAGIC, "btrfs", Kind::local},
    {0x2FC12FC1, "zfs", Kind::local},
    {0xCA451A4E, "bcachefs", Kind::local},
    {F2FS_SUPER_MAGIC, "f2fs", Kind::local},
    {MSDOS_SUPER_MAGIC, "vfat", Kind::local},
    {0x2011BAB0, "exfat", Kind::local},
    {TMPFS_MAGIC, "tmpfs", Kind::memory},
    {RAMFS_MAGIC, "ramfs", Kind::memory},
    {OVERLAYFS_SUPER_MAGIC, "overlayfs", Kind::overlay},
    {NFS_SUPER_MAGIC, "nfs", Kind::network},
    {0xFF534D42, "cifs", Kind::network},
    {0xFE534D42, "smb2", Kind::network},
    {V9FS_MAGIC, "9p", Kind::network},
    {0x65735546, "fuse", Kind::network},
    {0x00C36400, "ceph", Kind::network},
    {AFS_SUPER_MAGIC, "afs", Kind::network},
    {0x0BD00BD0, "lustre", Kind::network},
};

UniqueFd unnamed_file(int folder) {
    const int fd = sys::openat(folder, ".", O_TMPFILE | O_RDWR, 0600);
    return fd < 0 ? UniqueFd() : UniqueFd(fd);
}

std::string link_of(int fd) {
    return "/proc/self/fd/" + std::to_string(fd);
}

}  // namespace

Result<FileSystem> look_at_file_system(int fd, std::string_view shown) {
    struct statfs found {};
    if (const int r = sys::fstatfs(fd, &found); r < 0)
        return fail_errno(-r, "look at file system", std::string(shown));
    const auto magic = static_cast<std::uint32_t>(found.f_type);
    const auto unit =
        static_cast<std::uint64_t>(found.f_frsize > 0 ? found.f_frsize : found.f_bsize);
    char number[16];
    std::snprintf(number, sizeof number, "0x%x", magic);
    FileSystem made{.name = number,
                    .bytes = found.f_blocks * unit,
                    .free_bytes = found.f_bavail * unit,
                    .inodes = found.f_files,
                    .free_inodes = found.f_ffree,
                    .read_only = (found.f_flags & ST_RDONLY) != 0};
    for (const Known& known : kKnown) {
        if (known.magic != magic) continue;
        made.name = known.name;
        made.kind = known.kind;
    }
    return made;
}

Trial try_link(int from, int to) {
    const UniqueFd file = unnamed_file(from);
    if (!file) return Trial::not_tried;
    const std::string name = ".holt-" + random_hex(16);
    const int r =
        sys::linkat(AT_FDCWD, link_of(file.get()).c_str(), to, name.c_str(), AT_SYMLINK_FOLLOW);
    if (r == 0) {
        static_cast<void>(sys::unlinkat(to, name.c_str()));
        return Trial::works;
    }
    return r == -EXDEV || r == -EPERM || r == -EOPNOTSUPP || r == -EMLINK ? Trial::does_not
                                                                          : Trial::not_tried;
}

Trial try_clone(int from, int to) {
    const UniqueFd source = unnamed_file(from);
    const UniqueFd target = unnamed_file(to);
    if (!source || !target) return Trial::not_tried;
    // A file that is inline, or empty, is no proof: a few blocks are.
    const std::string bytes(std::size_t{64} << 10, 'x');
    if (sys::pwrite(source.get(), bytes.data(), bytes.size(), 0) < 0) return Trial::not_tried;
    return sys::clone(source.get(), target.get()) == 0 ? Trial::works : Trial::does_not;
}

Trial try_lock(int folder) {
    const UniqueFd file = unnamed_file(folder);
    if (!file) return Trial::not_tried;
    const int again = sys::openat(AT_FDCWD, link_of(file.get()).c_str(), O_RDWR);
    if (again < 0) return Trial::not_tried;
    const UniqueFd other(again);
    if (sys::lock_range(file.get(), F_WRLCK, 0, 1) != 0) return Trial::does_not;
    return sys::lock_range(other.get(), F_WRLCK, 0, 1) == -EAGAIN ? Trial::works : Trial::does_not;
}

}  // namespace holt::fs
