#include "fs/mount/mount_life.h"

#include <linux/magic.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "fs/file.h"
#include "fs/sys.h"

namespace holt::fs {
namespace {

// The kernel's name for it is newer (6.8) than some headers.
constexpr unsigned kUniqueMountId = 0x4000;
constexpr std::uint64_t kQuietBytes = 4u << 20;
constexpr std::size_t kLongestFile = 64 * 1024;

std::string read_text(const std::string& path) {
    const auto bytes = read_file(kWorkingFolder, path, kLongestFile, path);
    if (!bytes) return {};
    std::string_view text = as_text(*bytes);
    while (text.ends_with('\n')) text.remove_suffix(1);
    return std::string(text);
}

// Before there were unique ids of mounts an id was given again as soon as it was free. The folder
// of a mounted device in sysfs is a new one, with a new inode number, for each time it is mounted.
std::string sysfs_instance(const struct statx& record) {
    const std::string device = "/sys/dev/block/" + std::to_string(record.stx_dev_major) + ":" +
                               std::to_string(record.stx_dev_minor);
    char target[512];
    const ssize_t length = sys::readlinkat(kWorkingFolder, device.c_str(), target, sizeof target);
    if (length <= 0) return {};
    const std::string_view link(target, static_cast<std::size_t>(length));
    const std::string name(link.substr(link.rfind('/') + 1));
    for (const char* type : {"ext4", "xfs", "f2fs"}) {
        struct stat st;
        const std::string folder = std::string("/sys/fs/") + type + "/" + name;
        if (sys::fstatat(kWorkingFolder, folder.c_str(), &st) == 0)
            return "/" + std::to_string(st.st_ino);
    }
    return {};
}

// "Dirty:   92 kB" of /proc/meminfo, in bytes.
std::optional<std::uint64_t> amount(std::string_view text, std::string_view field) {
    const std::size_t at = text.find(field);
    if (at == std::string_view::npos) return std::nullopt;
    text.remove_prefix(at + field.size());
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    std::uint64_t kilobytes = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), kilobytes);
    return error == std::errc{} ? std::optional(kilobytes * 1024) : std::nullopt;
}

bool is_quiet() {
    const std::string memory = read_text("/proc/meminfo");
    const auto dirty = amount(memory, "\nDirty:");
    const auto writing = amount(memory, "\nWriteback:");
    return dirty && writing && *dirty + *writing <= kQuietBytes;
}

}  // namespace

std::string mount_life(int fd) {
    const std::string boot = read_text("/proc/sys/kernel/random/boot_id");
    struct statx record;
    if (boot.empty() || sys::statx_fd(fd, kUniqueMountId | STATX_MNT_ID, &record) < 0) return {};
    const bool unique = (record.stx_mask & kUniqueMountId) != 0;
    if (!unique && (record.stx_mask & STATX_MNT_ID) == 0) return {};
    return boot + "/" + std::to_string(record.stx_mnt_id) +
           (unique ? std::string("/unique") : sysfs_instance(record));
}

bool sync_is_lasting(int fd) {
    struct statfs info;
    return sys::fstatfs(fd, &info) == 0 &&
           static_cast<std::uint32_t>(info.f_type) != FUSE_SUPER_MAGIC;
}

QuietSync sync_if_quiet(int fd) {
    if (!sync_is_lasting(fd) || !is_quiet()) return QuietSync::not_done;
    return sync_file_system(fd, "") ? QuietSync::synced : QuietSync::not_done;
}

}  // namespace holt::fs
