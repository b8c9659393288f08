#include "fs/mount/network.h"

#include <linux/magic.h>

#include <algorithm>
#include <array>
#include <utility>

#include "fs/ancestors.h"
#include "fs/file.h"
#include "fs/folder.h"
#include "fs/mount/mountinfo.h"
#include "fs/sys.h"

namespace holt::fs {
namespace {

constexpr std::size_t kMaxMountinfo = 16u << 20;

// statfs(2), and the kernel's headers for those that linux/magic.h lacks.
constexpr std::array<std::pair<std::uint32_t, std::string_view>, 16> kNetwork{{
    {NFS_SUPER_MAGIC, "NFS"},
    {SMB_SUPER_MAGIC, "SMB"},
    {0xFF534D42, "CIFS"},
    {0xFE534D42, "SMB2"},
    {0x65735546, "FUSE"},
    {V9FS_MAGIC, "9P"},
    {AFS_SUPER_MAGIC, "AFS"},
    {0x6B414653, "AFS"},
    {CODA_SUPER_MAGIC, "Coda"},
    {0x00C36400, "Ceph"},
    {0x0BD00BD0, "Lustre"},
    {0x19830326, "BeeGFS"},
    {0x47504653, "GPFS"},
    {0x7461636F, "OCFS2"},
    {0x01161970, "GFS2"},
    {0x786F4256, "a VirtualBox share"},
}};

bool is_same(const FileStat& a, const FileStat& b) noexcept {
    return a.dev == b.dev && a.ino == b.ino;
}

// Whether `below` is `above`, or lies in it.
Result<bool> lies_in(int below, const FileStat& above, std::string_view shown) {
    bool found = false;
    HOLT_TRY(visit_upwards(below, shown, [&](int, const FileStat& stat) -> Result<bool> {
        found = is_same(stat, above);
        return !found;
    }));
    return found;
}

}  // namespace

std::optional<std::string_view> network_file_system(std::uint32_t type) noexcept {
    for (const auto& [magic, name] : kNetwork)
        if (magic == type) return name;
    return std::nullopt;
}

Result<std::optional<std::string_view>> network_file_system(int fd, std::string_view shown) {
    struct statfs info;
    if (const int r = sys::fstatfs(fd, &info); r < 0)
        return fail_errno(-r, "look at file system", std::string(shown));
    return network_file_system(static_cast<std::uint32_t>(info.f_type));
}

std::vector<std::string> lower_layers(std::string_view options) {
    std::vector<std::string> layers;
    while (!options.empty()) {
        const std::string_view option = options.substr(0, options.find(','));
        options.remove_prefix(std::min(options.size(), option.size() + 1));
        const std::size_t equals = option.find('=');
        const std::string_view key = option.substr(0, equals);
        if (key != "lowerdir" && key != "lowerdir+" && key != "datadir+") continue;
        std::string layer;
        for (std::string_view rest = option.substr(equals + 1); !rest.empty();
             rest.remove_prefix(1)) {
            const bool escaped = rest[0] == '\\' && rest.size() > 1;
            if (escaped) rest.remove_prefix(1);
            if (escaped || rest[0] != ':') {
                layer += rest[0];
            } else if (!layer.empty()) {
                layers.push_back(std::exchange(layer, {}));
            }
        }
        if (!layer.empty()) layers.push_back(std::move(layer));
    }
    return layers;
}

Result<std::optional<std::string>> overlay_above(int fd, std::string_view shown) {
    const auto text = read_file(kWorkingFolder, "/proc/self/mountinfo", kMaxMountinfo, "");
    if (!text) return std::optional<std::string>();
    HOLT_TRY_LET(own, stat_fd(fd, shown));
    for (const MountLine& mount : parse_mountinfo(as_text(*text))) {
        if (mount.type != "overlay") continue;
        for (const std::string& layer : lower_layers(mount.super_options)) {
            // A relative layer, or one of another mount namespace, cannot be looked at.
            if (!layer.starts_with('/')) continue;
            const auto folder = open_folder(layer);
            if (!folder) continue;
            HOLT_TRY_LET(stat, stat_fd(folder->get(), layer));
            HOLT_TRY_LET(is_below, lies_in(fd, stat, shown));
            HOLT_TRY_LET(is_above, lies_in(folder->get(), own, layer));
            if (is_below || is_above) return std::optional(mount.point);
        }
    }
    return std::optional<std::string>();
}

}  // namespace holt::fs
