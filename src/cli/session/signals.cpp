#include "cli/session/signals.h"

#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

namespace holt::cli {
namespace {

std::atomic<int> received{0};
bool pipe_signal_was_ignored = false, size_signal_was_ignored = false;
std::atomic<Cancel*> running{nullptr};
static_assert(std::atomic<int>::is_always_lock_free && std::atomic<Cancel*>::is_always_lock_free);

extern "C" void on_signal(int number) {
    const int before = received.exchange(number);
    Cancel* cancel = running.load();
    if (cancel == nullptr || before != 0) ::_exit(128 + number);
    cancel->request();
}

void handle(int number) noexcept {
    struct sigaction old {};
    // What the parent ignores stays ignored: nohup, and background jobs of a plain shell.
    if (::sigaction(number, nullptr, &old) == 0 && old.sa_handler == SIG_IGN) return;
    struct sigaction action {};
    action.sa_handler = on_signal;
    action.sa_flags = SA_RESTART;
    ::sigemptyset(&action.sa_mask);
    ::sigaction(number, &action, nullptr);
}

}  // namespace

void install_signal_handlers() noexcept {
    size_signal_was_ignored = ::signal(SIGXFSZ, SIG_IGN) == SIG_IGN;
    pipe_signal_was_ignored = ::signal(SIGPIPE, SIG_IGN) == SIG_IGN;
    for (const int number : {SIGINT, SIGTERM, SIGHUP}) handle(number);
}

int signal_received() noexcept {
    return received.load();
}

void end_by_broken_pipe() noexcept {
    if (pipe_signal_was_ignored) return;
    ::signal(SIGPIPE, SIG_DFL);
    sigset_t set;
    ::sigemptyset(&set);
    ::sigaddset(&set, SIGPIPE);
    ::sigprocmask(SIG_UNBLOCK, &set, nullptr);
    ::raise(SIGPIPE);
}

void restore_ignored_signals() noexcept {
    if (!pipe_signal_was_ignored) ::signal(SIGPIPE, SIG_DFL);
    if (!size_signal_was_ignored) ::signal(SIGXFSZ, SIG_DFL);
}

void end_by_signal(int number) noexcept {
    struct sigaction action {};
    action.sa_handler = SIG_DFL;
    ::sigemptyset(&action.sa_mask);
    ::sigaction(number, &action, nullptr);
    ::raise(number);
}

CancelScope::CancelScope(Cancel& cancel) noexcept {
    running.store(&cancel);
}

CancelScope::~CancelScope() {
    running.store(nullptr);
}

}  // namespace holt::cli
