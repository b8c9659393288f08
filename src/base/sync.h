// A value that several threads use, which can be reached only through its lock.
// Thread rule: any thread; an Access belongs to one.
#pragma once

#include <mutex>
#include <optional>
#include <utility>

namespace holt {

template <class T>
class Sync {
  public:
    template <class... Args>
    explicit Sync(Args&&... args) : value_{std::forward<Args>(args)...} {}

    /// The value, for as long as this lives.
    class Access {
      public:
        T& operator*() const noexcept { return *value_; }
        T* operator->() const noexcept { return value_; }

      private:
        friend class Sync;
        Access(T& value, std::unique_lock<std::mutex> lock) noexcept
            : value_(&value), lock_(std::move(lock)) {}

        T* value_;
        std::unique_lock<std::mutex> lock_;
    };

    [[nodiscard]] Access lock() { return {value_, std::unique_lock(mutex_)}; }
    /// Nothing while another thread has it.
    [[nodiscard]] std::optional<Access> try_lock() {
        std::unique_lock lock(mutex_, std::try_to_lock);
        if (!lock) return std::nullopt;
        return Access{value_, std::move(lock)};
    }
    /// When no other thread uses it any more.
    T take() && { return std::move(value_); }

  private:
    std::mutex mutex_;
    T value_;
};

}  // namespace holt
