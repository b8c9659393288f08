#include "cli/session/process.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>

#include "cli/session/signals.h"

namespace holt::cli {
namespace {

rlimit first_limit{};

// A closed standard descriptor gets /dev/null opened the wrong way round, so that using it still
// fails with EBADF instead of succeeding silently.
void fill_standard_descriptors() noexcept {
    for (int fd = 0; fd <= 2; ++fd) {
        if (::fcntl(fd, F_GETFD) != -1 || errno != EBADF) continue;
        const int opened = ::open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY);
        if (opened > 2) ::close(opened);
    }
}

// The prefetching restore and parallel walks hold a few hundred descriptors; the usual soft limit
// of 1024 is there for select(), which nothing here uses.
void raise_open_files_limit() noexcept {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    first_limit = limit;
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

void prepare_process() noexcept {
    fill_standard_descriptors();
    raise_open_files_limit();
    install_signal_handlers();
}

void restore_process_for_child() noexcept {
    // A program that goes through all descriptors it may have would take long with our limit.
    if (first_limit.rlim_cur != 0) ::setrlimit(RLIMIT_NOFILE, &first_limit);
    restore_ignored_signals();
}

}  // namespace holt::cli
