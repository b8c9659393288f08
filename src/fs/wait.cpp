#include "fs/wait.h"

#include <poll.h>

#include <cerrno>

namespace holt::fs {
namespace {

constexpr int kLookAgainMs = 200;

}  // namespace

void wait_readable(int fd, const Cancel* cancel) noexcept {
    pollfd input{.fd = fd, .events = POLLIN, .revents = 0};
    while (cancel == nullptr || !cancel->requested()) {
        const int ready = ::poll(&input, 1, cancel == nullptr ? -1 : kLookAgainMs);
        // Anything but silence (data, end, an error) shows itself in the read that follows.
        if (ready > 0 || (ready < 0 && errno != EINTR && errno != EAGAIN)) return;
    }
}

}  // namespace holt::fs
