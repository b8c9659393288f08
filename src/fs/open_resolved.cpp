#include "fs/open_resolved.h"

#include <atomic>
#include <cerrno>

#include "fs/sys.h"

namespace holt::fs {
namespace {

std::atomic<bool> g_no_openat2{false};

}  // namespace

const int kFolderFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW;

int open_resolved(int dir, const char* path, int flags, std::uint64_t resolve) {
    constexpr int kAttempts = 8;  // EAGAIN: a rename somewhere raced with the check
    for (int attempt = 0; attempt < kAttempts && !g_no_openat2.load(std::memory_order_relaxed);
         ++attempt) {
        const int fd = sys::openat2(dir, path, flags, resolve);
        if (fd == -EAGAIN) continue;
        if (fd == -ENOSYS) g_no_openat2.store(true, std::memory_order_relaxed);
        return fd == -EPERM ? -ENOSYS : fd;
    }
    return -ENOSYS;
}

}  // namespace holt::fs
