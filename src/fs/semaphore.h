// Bounds how many threads make links or open files at once.
//
// Past a few dozen, more threads in the same file system only wait for the kernel's own locks: link
// and create take the folder's lock, and measured rates fall. So twice as many as threads work, at
// most 32. Thread rule: any thread.
#pragma once

#include <algorithm>
#include <cstddef>
#include <semaphore>
#include <utility>

namespace holt::fs {

class Semaphore {
  public:
    static constexpr std::ptrdiff_t kMax = 32;

    /// Holds one slot until it goes.
    class Slot {
      public:
        explicit Slot(Semaphore* owner) noexcept : owner_(owner) {}
        Slot(Slot&& other) noexcept : owner_(std::exchange(other.owner_, nullptr)) {}
        Slot& operator=(Slot&&) = delete;
        ~Slot() {
            if (owner_ != nullptr) owner_->slots_.release();
        }

      private:
        Semaphore* owner_;
    };

    /// Two for each thread that works, and at most kMax.
    explicit Semaphore(std::size_t threads)
        : slots_(static_cast<std::ptrdiff_t>(std::clamp<std::size_t>(2 * threads, 1, kMax))) {}

    /// Waits for a slot.
    [[nodiscard]] Slot take() {
        slots_.acquire();
        return Slot(this);
    }

  private:
    std::counting_semaphore<kMax> slots_;
};

}  // namespace holt::fs
