#include "fs/open_special.h"

#include "fs/file.h"
#include "fs/sys.h"

namespace holt::fs {

Result<UniqueFd> open_special(const std::string& path) {
    const int fd = sys::openat(kWorkingFolder, path.c_str(), O_WRONLY | O_NOCTTY);
    if (fd < 0) return fail_errno(-fd, "open output", path);
    return UniqueFd(fd);
}

}  // namespace holt::fs
