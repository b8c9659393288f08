// The steps that every command with a long operation shares: progress, cancelling, and how it
// ends. Thread rule: the main thread.
#pragma once

#include <holt/cancel.hpp>

#include <cstdint>
#include <string_view>

#include "cli/session/reporter.h"
#include "cli/session/session.h"
#include "cli/session/signals.h"

namespace holt::cli {

/// An operation that a signal can stop and that reports as it runs.
class Operation {
  public:
    explicit Operation(Session& session) : reporter_(session), scope_(cancel_) {}
    const Cancel* cancel() const noexcept { return &cancel_; }
    Reporter& reporter() noexcept { return reporter_; }
    /// Ends the display; how long it took.
    Reporter::Clock::duration finish() {
        reporter_.finish();
        return reporter_.elapsed();
    }

  private:
    Cancel cancel_;
    Reporter reporter_;
    CancelScope scope_;
};

/// The exit code of an operation that left `left_out` items out, and the last words about it.
int partial_code(Session& session, std::uint64_t left_out, std::string_view what);

double seconds(std::chrono::nanoseconds time) noexcept;

}  // namespace holt::cli
