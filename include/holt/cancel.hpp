// The caller's wish to stop a running operation. Thread rule: any method from any thread, request()
// also from a signal handler.
#pragma once

#include <atomic>

namespace holt {

class Cancel {
  public:
    Cancel() = default;
    /// One that is requested, too, when `other` is, which outlives it.
    explicit Cancel(const Cancel* other) noexcept : other_(other) {}

    void request() noexcept { requested_.store(true, std::memory_order_relaxed); }
    bool requested() const noexcept {
        return requested_.load(std::memory_order_relaxed) ||
               (other_ != nullptr && other_->requested());
    }

  private:
    std::atomic<bool> requested_{false};
    const Cancel* other_ = nullptr;
    static_assert(std::atomic<bool>::is_always_lock_free);
};

}  // namespace holt
