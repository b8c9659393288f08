// A pool of equal, page-aligned buffers for reading and writing files.
//
// A buffer is 256 KiB: large enough that a read costs its bytes and not its call, small enough for
// the second-level cache. After the first round nothing is allocated any more. A lease returns its
// buffer when it goes; the pool keeps at most as many as were out at once.
// Thread rule: the pool from any thread; a lease is a value of one thread at a time. The pool must
// outlive its leases.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <utility>
#include <vector>

#include "base/bytes.h"

namespace holt::fs {

class BufferPool {
  public:
    static constexpr std::size_t kDefaultSize = 256 * 1024;
    static constexpr std::size_t kAlignment = 4096;

    class Lease {
      public:
        Lease() noexcept = default;
        Lease(Lease&& other) noexcept
            : pool_(std::exchange(other.pool_, nullptr)), bytes_(std::exchange(other.bytes_, {})) {}
        Lease& operator=(Lease&& other) noexcept {
            if (this != &other) {
                give_back();
                pool_ = std::exchange(other.pool_, nullptr);
                bytes_ = std::exchange(other.bytes_, {});
            }
            return *this;
        }
        ~Lease() { give_back(); }

        MutableByteView bytes() const noexcept { return bytes_; }
        std::uint8_t* data() const noexcept { return bytes_.data(); }
        std::size_t size() const noexcept { return bytes_.size(); }
        explicit operator bool() const noexcept { return pool_ != nullptr; }

      private:
        friend class BufferPool;
        Lease(BufferPool* pool, MutableByteView bytes) noexcept : pool_(pool), bytes_(bytes) {}
        void give_back() noexcept;

        BufferPool* pool_ = nullptr;
        MutableByteView bytes_;
    };

    /// `buffer_size` is rounded up to kAlignment.
    explicit BufferPool(std::size_t buffer_size = kDefaultSize);
    ~BufferPool();
    BufferPool(const BufferPool&) = delete;
    BufferPool& operator=(const BufferPool&) = delete;

    /// A buffer of buffer_size() bytes, content undefined. Throws bad_alloc only.
    Lease lease();
    std::size_t buffer_size() const noexcept { return buffer_size_; }
    /// Buffers ever allocated: constant in steady state.
    std::size_t allocated() const;

  private:
    void take_back(MutableByteView bytes) noexcept;

    const std::size_t buffer_size_;
    mutable std::mutex mutex_;
    std::vector<std::uint8_t*> free_;
    std::size_t allocated_ = 0;
};

}  // namespace holt::fs
