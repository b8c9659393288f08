#include "cli/output/out.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>

#include "base/error.h"

namespace holt::cli {
namespace {

constexpr std::size_t kBufferSize = 64 * 1024;

}  // namespace

bool is_reader_gone(const Error& error) noexcept {
    return error.sys_errno == EPIPE;
}

int write_all(int fd, std::string_view bytes) noexcept {
    while (!bytes.empty()) {
        const ssize_t written = ::write(fd, bytes.data(), bytes.size());
        if (written >= 0) {
            bytes.remove_prefix(static_cast<std::size_t>(written));
        } else if (errno == EAGAIN) {
            // The descriptor was handed to us non-blocking: wait as a blocking one would.
            pollfd ready{.fd = fd, .events = POLLOUT, .revents = 0};
            ::poll(&ready, 1, -1);
        } else if (errno != EINTR) {
            return errno;
        }
    }
    return 0;
}

Out::Out(int fd) noexcept : fd_(fd), terminal_(::isatty(fd) != 0) {}

void Out::write(std::string_view bytes) {
    if (closed()) return;
    buffer_ += bytes;
    if (buffer_.size() >= kBufferSize) flush();
}

void Out::line(std::string_view text) {
    if (closed()) return;
    buffer_ += text;
    buffer_ += '\n';
    if (terminal_ || buffer_.size() >= kBufferSize) flush();
}

void Out::flush() {
    if (!closed()) error_ = write_all(fd_, buffer_);
    buffer_.clear();
}

Status Out::finish() {
    flush();
    if (error_ == 0 || error_ == EPIPE) return {};
    return fail_errno(error_, "write to standard output", "");
}

}  // namespace holt::cli
