// SIGINT, SIGTERM and SIGHUP: the first asks the running operation to stop, so that it cleans up
// and the program ends with 128 + the signal's number; a second one ends the program at once.
// While no operation can be asked (a CancelScope is not open) the first one ends it at once too.
// SIGPIPE is ignored: a reader that goes away shows as EPIPE, and what is to be cleaned up is; a
// program that is a filter ends by the signal after that. SIGXFSZ is ignored too: a file that may
// not grow (ulimit -f) shows as EFBIG. Thread rule: the main thread.
#pragma once

#include <holt/cancel.hpp>

namespace holt::cli {

void install_signal_handlers() noexcept;

/// The signal that asked to stop, or 0.
int signal_received() noexcept;

/// Ends the program by SIGPIPE, as gzip, zstd and tar end when nobody reads what they write.
/// Returns when whoever started the program had it ignored: then it is an error like any other.
void end_by_broken_pipe() noexcept;

/// SIGPIPE and SIGXFSZ as they were when the program began: in a child, for the program that it
/// becomes. Safe there.
void restore_ignored_signals() noexcept;

/// Ends the program by a signal, as a program that it ran for its caller was ended.
void end_by_signal(int number) noexcept;

/// While it lives, signals are turned into `cancel.request()`.
class CancelScope {
  public:
    explicit CancelScope(Cancel& cancel) noexcept;
    CancelScope(const CancelScope&) = delete;
    CancelScope& operator=(const CancelScope&) = delete;
    ~CancelScope();
};

}  // namespace holt::cli
