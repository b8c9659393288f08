#include "fs/walk/lost_found.h"

#include <string>

#include "fs/file.h"
#include "fs/mount/mount_root.h"

namespace holt::fs {

bool is_lost_and_found(int folder, std::string_view name) {
    if (name != "lost+found") return false;
    const auto at_root = is_mount_or_subvolume(folder, name);
    if (!at_root || !*at_root) return false;
    const auto stat = stat_at(folder, std::string(name), name);
    return stat && stat->kind == Kind::folder && stat->uid == 0 && stat->mode == 0700;
}

}  // namespace holt::fs
