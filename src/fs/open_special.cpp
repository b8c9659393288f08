#include "fs/open_special.h"

#include "fs/sys.h"

namespace holt::fs {

Result<UniqueFd> open_special(const PathEnd& place, const std::string& shown) {
    const int follow = place.kernel_link ? 0 : O_NOFOLLOW;
    const int fd =
        sys::openat(place.folder.get(), place.name.c_str(), O_WRONLY | O_NOCTTY | follow);
    if (fd < 0) return fail_errno(-fd, "open output", shown);
    return UniqueFd(fd);
}

}  // namespace holt::fs
