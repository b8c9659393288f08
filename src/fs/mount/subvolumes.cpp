#include "fs/mount/subvolumes.h"

#include <linux/btrfs.h>
#include <linux/magic.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "fs/folder.h"
#include "fs/sys.h"

namespace holt::fs {
namespace {

bool cannot_tell(int err) noexcept {
    return err == ENOTTY || err == EOPNOTSUPP || err == ENOSYS || err == EPERM || err == EACCES;
}

// The path of one of them; empty when it does not lie below the folder.
Result<std::string> path_of_subvolume(int folder, std::uint64_t in_folder, std::uint64_t id,
                                      std::string_view shown) {
    const auto args = std::make_unique<btrfs_ioctl_ino_lookup_user_args>();
    args->dirid = in_folder;
    args->treeid = id;
    const int r = sys::ioctl(folder, BTRFS_IOC_INO_LOOKUP_USER, args.get());
    // EACCES: not below the folder, or in one that may not be entered. ENOENT: gone meanwhile.
    if (cannot_tell(-r) || r == -ENOENT) return std::string();
    if (r < 0) return fail_errno(-r, "look for subvolumes in", std::string(shown));
    std::string path = args->path;
    if (path.ends_with('/')) path.pop_back();
    return join_path(path, args->name);
}

}  // namespace

Result<std::vector<std::string>> find_subvolumes_below(int folder, std::string_view shown) {
    std::vector<std::string> found;
    struct statfs kind;
    if (const int r = sys::fstatfs(folder, &kind); r < 0)
        return fail_errno(-r, "look at file system of", std::string(shown));
    if (static_cast<unsigned long>(kind.f_type) != BTRFS_SUPER_MAGIC) return found;
    const auto args = std::make_unique<btrfs_ioctl_get_subvol_rootref_args>();
    for (bool more = true; more;) {
        const int r = sys::ioctl(folder, BTRFS_IOC_GET_SUBVOL_ROOTREF, args.get());
        more = r == -EOVERFLOW;  // and min_treeid is where to go on
        if (cannot_tell(-r)) return found;
        if (r < 0 && !more) return fail_errno(-r, "look for subvolumes in", std::string(shown));
        for (std::size_t i = 0; i < args->num_items; ++i) {
            HOLT_TRY_LET(path, path_of_subvolume(folder, args->rootref[i].dirid,
                                                 args->rootref[i].treeid, shown));
            if (!path.empty()) found.push_back(std::move(path));
        }
    }
    std::ranges::sort(found);
    return found;
}

}  // namespace holt::fs
