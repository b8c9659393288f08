// Cancellation and the first error of a parallel operation.
//
// A parallel loop shares one FirstError: whoever fails first stores its error, everyone else sees
// `stopped()` and drains. A Cancel (holt/cancel.hpp) is the caller's own wish to stop.
// Thread rule: every method may be called from any thread.
#pragma once

#include <holt/cancel.hpp>

#include <atomic>
#include <mutex>
#include <optional>
#include <utility>

#include "base/error.h"

namespace holt {

class FirstError {
  public:
    /// Keeps `error` if it is the first, and stops the others. Always returns false, so that a
    /// worker can `return first.set(...)`.
    bool set(Error error) {
        const std::lock_guard lock(mutex_);
        if (!error_) error_ = std::move(error);
        stopped_.store(true, std::memory_order_release);
        return false;
    }
    /// Keeps the error of `result`, if it holds one. True when it held none.
    template <class T>
    bool keep(Result<T>&& result) {
        return result ? true : set(std::move(result).error());
    }
    bool stopped() const noexcept { return stopped_.load(std::memory_order_acquire); }

    /// The outcome, once every worker has drained. Leaves this empty.
    Status take() {
        const std::lock_guard lock(mutex_);
        if (!error_) return {};
        return std::unexpected(*std::exchange(error_, std::nullopt));
    }

  private:
    std::mutex mutex_;
    std::optional<Error> error_;
    std::atomic<bool> stopped_{false};
};

}  // namespace holt
