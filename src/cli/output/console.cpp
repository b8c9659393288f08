#include "cli/output/console.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/output/advice.h"
#include "cli/output/out.h"

namespace holt::cli {
namespace {

constexpr std::size_t kUsualWidth = 80;
constexpr std::string_view kEraseLine = "\r\033[K";

}  // namespace

Console::Console(int fd, ColorWhen when) noexcept
    : fd_(fd), terminal_(::isatty(fd) != 0), style_(when, fd) {}

void Console::line(std::string_view text) {
    const std::lock_guard lock(mutex_);
    // One write for all of it, so that lines of several processes do not mix.
    std::string bytes;
    if (!status_.empty()) bytes += kEraseLine;
    bytes += text;
    bytes += '\n';
    bytes += status_;
    static_cast<void>(write_all(fd_, bytes));
}

void Console::question(std::string_view text) {
    const std::lock_guard lock(mutex_);
    std::string bytes;
    if (!status_.empty()) bytes += kEraseLine;
    status_.clear();
    bytes += text;
    static_cast<void>(write_all(fd_, bytes));
}

void Console::error(const Error& error) {
    line(style_(Color::red, "holt:") + ' ' + in_our_words(error).message());
}

void Console::warning(const Error& about) {
    line(style_(Color::yellow, "holt:") + ' ' + in_our_words(about).message());
}

void Console::status(std::string_view text) {
    const std::lock_guard lock(mutex_);
    // The last column stays free: some terminals wrap as soon as it is filled.
    status_ = cut_to(text, width() - 1);
    static_cast<void>(write_all(fd_, std::string(kEraseLine) + status_));
}

void Console::clear_status() {
    const std::lock_guard lock(mutex_);
    if (status_.empty()) return;
    status_.clear();
    static_cast<void>(write_all(fd_, kEraseLine));
}

std::size_t Console::width() const noexcept {
    winsize size{};
    if (::ioctl(fd_, TIOCGWINSZ, &size) != 0 || size.ws_col < 2) return kUsualWidth;
    return size.ws_col;
}

std::string_view cut_to(std::string_view text, std::size_t columns) noexcept {
    std::size_t at = 0;
    while (at < text.size() && columns > 0) {
        ++at;
        while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80) ++at;
        --columns;
    }
    return text.substr(0, at);
}

}  // namespace holt::cli
