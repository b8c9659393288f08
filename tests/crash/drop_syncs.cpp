// Preloaded into holt, makes calls that force data to the disk succeed without doing anything: all
// of them, or with HOLT_CRASH_DROP=N only the Nth of the process. A campaign of crash images must
// find unclean ones with it, or it would not find a missing fsync.
#include <dlfcn.h>
#include <sys/types.h>

#include <atomic>
#include <cstdlib>

namespace {

std::atomic<int> calls{0};

bool dropped() {
    static const char* const only = std::getenv("HOLT_CRASH_DROP");
    return only == nullptr || ++calls == std::atoi(only);
}

template <class... Arguments>
int call(const char* name, Arguments... arguments) {
    using Function = int (*)(Arguments...);
    return dropped() ? 0 : reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name))(arguments...);
}

}  // namespace

extern "C" {

int fsync(int fd) {
    return call("fsync", fd);
}
int fdatasync(int fd) {
    return call("fdatasync", fd);
}
int syncfs(int fd) {
    return call("syncfs", fd);
}
int sync_file_range(int fd, off64_t offset, off64_t length, unsigned flags) {
    return call("sync_file_range", fd, offset, length, flags);
}
}
