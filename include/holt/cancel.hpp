// The caller's wish to stop a running operation. Thread rule: any method from any thread, request()
// also from a signal handler.
#pragma once

#include <atomic>

namespace holt {

class Cancel {
  public:
    void request() noexcept { requested_.store(true, std::memory_order_relaxed); }
    bool requested() const noexcept { return requested_.load(std::memory_order_relaxed); }

  private:
    std::atomic<bool> requested_{false};
    static_assert(std::atomic<bool>::is_always_lock_free);
};

}  // namespace holt
