// Bounds how many threads make links or open files at once.
//
// Past a few dozen, more threads in the same file system only wait for the kernel's own locks: link
// and create take the folder's lock, and measured rates fall. Default: twice the cores, at most 32.
// Thread rule: any thread.
#pragma once

#include <algorithm>
#include <cstddef>
#include <semaphore>
#include <thread>
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

    explicit Semaphore(std::ptrdiff_t slots = default_slots())
        : slots_(std::clamp<std::ptrdiff_t>(slots, 1, kMax)) {}

    /// Waits for a slot.
    [[nodiscard]] Slot take() {
        slots_.acquire();
        return Slot(this);
    }

    static std::ptrdiff_t default_slots() noexcept {
        const auto cores = std::max(1u, std::thread::hardware_concurrency());
        return std::min<std::ptrdiff_t>(2 * static_cast<std::ptrdiff_t>(cores), kMax);
    }

  private:
    std::counting_semaphore<kMax> slots_;
};

}  // namespace holt::fs
