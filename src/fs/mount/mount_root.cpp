#include "fs/mount/mount_root.h"

#include "fs/ancestors.h"
#include "fs/file.h"
#include "fs/sys.h"

namespace holt::fs {

Result<bool> is_mount_or_subvolume(int folder, std::string_view shown) {
    if (sys::is_mount_root(folder) > 0) return true;
    HOLT_TRY_LET(self, stat_fd(folder, shown));
    HOLT_TRY_LET(parent, open_above(folder, self, shown));
    if (!parent) return true;  // the root folder
    HOLT_TRY_LET(above, stat_fd(parent->get(), shown));
    return above.dev != self.dev;
}

}  // namespace holt::fs
