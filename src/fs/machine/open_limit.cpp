#include "fs/machine/open_limit.h"

#include <sys/resource.h>

#include <algorithm>

namespace holt::fs {

std::size_t open_limit(std::size_t wanted, double share) noexcept {
    struct rlimit limit;
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
        wanted =
            std::min(wanted, static_cast<std::size_t>(share * static_cast<double>(limit.rlim_cur)));
    return std::max<std::size_t>(wanted, 4);
}

FileLimits look_at_file_limits() noexcept {
    FileLimits limits;
    struct rlimit limit;
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
        limits.open = limit.rlim_cur;
    if (::getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
        limits.size = limit.rlim_cur;
    return limits;
}

}  // namespace holt::fs
