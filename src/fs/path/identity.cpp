#include "fs/path/identity.h"

#include <sys/sysmacros.h>

#include "fs/sys.h"

namespace holt::fs {

Result<FolderIdentity> identity_of(int fd, std::string_view shown) {
    struct statx record;
    if (const int r = sys::statx_fd(fd, STATX_INO | STATX_BTIME, &record); r < 0)
        return fail_errno(-r, "look at", std::string(shown));
    FolderIdentity identity{.dev = makedev(record.stx_dev_major, record.stx_dev_minor),
                            .ino = record.stx_ino};
    if ((record.stx_mask & STATX_BTIME) != 0) {
        identity.born = wrapped_ns(
            {.seconds = record.stx_btime.tv_sec, .nanoseconds = record.stx_btime.tv_nsec});
    }
    return identity;
}

}  // namespace holt::fs
