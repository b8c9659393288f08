// Serialises what a parallel operation tells its Observer, and counts what was left out.
// Thread rule: every method from any thread.
#pragma once

#include <holt/observer.hpp>

#include <cstdint>
#include <mutex>
#include <string>
#include <utility>

#include "base/error.h"

namespace holt::store {

class Reporter {
  public:
    explicit Reporter(Observer& observer) : observer_(observer) {}

    void note(Severity severity, const Error& about) {
        const std::lock_guard lock(mutex_);
        if (severity == Severity::left_out) ++left_out_;
        if (severity == Severity::warning) ++warnings_;
        observer_.note(severity, about);
    }
    /// A warning that takes nothing from the result: something was mended on the way, or done in
    /// another way than the best.
    void warn(const Error& about) {
        const std::lock_guard lock(mutex_);
        observer_.note(Severity::warning, about);
    }
    /// Leaves an item out, unless it is the machine that failed: then the operation must.
    Status leave_out(const Error& about) {
        if (is_shortage(about.sys_errno)) return std::unexpected(about);
        note(Severity::left_out, about);
        return {};
    }
    void progress(const Progress& now) {
        const std::lock_guard lock(mutex_);
        observer_.progress(now);
    }
    std::uint64_t left_out() const {
        const std::lock_guard lock(mutex_);
        return left_out_;
    }
    std::uint64_t warnings() const {
        const std::lock_guard lock(mutex_);
        return warnings_;
    }

  private:
    mutable std::mutex mutex_;
    Observer& observer_;
    std::uint64_t left_out_ = 0, warnings_ = 0;
};

/// The error that ends an operation whose caller asked to stop.
inline std::unexpected<Error> cancelled(std::string operation) {
    return fail(ErrorKind::cancelled, std::move(operation), "", "stopped on request");
}

}  // namespace holt::store
