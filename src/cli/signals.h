// SIGINT, SIGTERM and SIGHUP: the first asks the running operation to stop, so that it cleans up
// and the program ends with 128 + the signal's number; a second one ends the program at once.
// While no operation can be asked (a CancelScope is not open) the first one ends it at once too.
// SIGPIPE is ignored: a reader that goes away shows as EPIPE. Thread rule: the main thread.
#pragma once

#include <holt/cancel.hpp>

namespace holt::cli {

void install_signal_handlers() noexcept;

/// The signal that asked to stop, or 0.
int signal_received() noexcept;

/// While it lives, signals are turned into `cancel.request()`.
class CancelScope {
  public:
    explicit CancelScope(Cancel& cancel) noexcept;
    CancelScope(const CancelScope&) = delete;
    CancelScope& operator=(const CancelScope&) = delete;
    ~CancelScope();
};

}  // namespace holt::cli
