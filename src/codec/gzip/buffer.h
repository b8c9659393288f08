// Bytes that grow without being cleared. Thread rule: a value.
#pragma once

#include <algorithm>
#include <cstring>
#include <memory>

#include "base/bytes.h"

namespace holt::gzip {

class Buffer {
  public:
    std::uint8_t* data() noexcept { return bytes_.get(); }
    const std::uint8_t* data() const noexcept { return bytes_.get(); }
    std::size_t size() const noexcept { return size_; }
    std::size_t capacity() const noexcept { return capacity_; }
    ByteView view() const noexcept { return {bytes_.get(), size_}; }
    void clear() noexcept { size_ = 0; }
    /// Room for `capacity` bytes in all; keeps the content. Throws bad_alloc.
    void reserve(std::size_t capacity) {
        if (capacity <= capacity_) return;
        // At least by half again, so that appending costs its bytes only.
        capacity = std::max(capacity, capacity_ + capacity_ / 2);
        auto larger = std::make_unique_for_overwrite<std::uint8_t[]>(capacity);
        if (size_ > 0) std::memcpy(larger.get(), bytes_.get(), size_);
        bytes_ = std::move(larger);
        capacity_ = capacity;
    }
    /// What is added has undefined content.
    void resize(std::size_t size) {
        reserve(size);
        size_ = size;
    }
    void append(ByteView bytes) {
        reserve(size_ + bytes.size());
        if (!bytes.empty()) std::memcpy(data() + size_, bytes.data(), bytes.size());
        size_ += bytes.size();
    }
    MutableByteView span() noexcept { return {bytes_.get(), size_}; }

  private:
    std::unique_ptr<std::uint8_t[]> bytes_;
    std::size_t size_ = 0, capacity_ = 0;
};

}  // namespace holt::gzip
