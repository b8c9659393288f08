#include "fs/buffer_pool.h"

#include <algorithm>
#include <cassert>
#include <cstdlib>
#include <new>

namespace holt::fs {
namespace {

constexpr std::size_t round_up(std::size_t size) {
    const std::size_t unit = BufferPool::kAlignment;
    return (std::max<std::size_t>(size, 1) + unit - 1) / unit * unit;
}

}  // namespace

void BufferPool::Lease::give_back() noexcept {
    if (pool_ != nullptr) std::exchange(pool_, nullptr)->take_back(std::exchange(bytes_, {}));
}

BufferPool::BufferPool(std::size_t buffer_size) : buffer_size_(round_up(buffer_size)) {}

BufferPool::~BufferPool() {
    assert(free_.size() == allocated_ && "a lease outlives its pool");
    for (std::uint8_t* buffer : free_) std::free(buffer);
}

BufferPool::Lease BufferPool::lease() {
    const std::lock_guard lock(mutex_);
    if (!free_.empty()) {
        std::uint8_t* buffer = free_.back();
        free_.pop_back();
        return Lease(this, {buffer, buffer_size_});
    }
    free_.reserve(allocated_ + 1);  // so that take_back never allocates
    auto* buffer = static_cast<std::uint8_t*>(std::aligned_alloc(kAlignment, buffer_size_));
    if (buffer == nullptr) throw std::bad_alloc();
    ++allocated_;
    return Lease(this, {buffer, buffer_size_});
}

void BufferPool::take_back(MutableByteView bytes) noexcept {
    // A buffer of another size is another pool's: a bug that must not turn into an overrun later.
    if (bytes.size() != buffer_size_) std::abort();
    const std::lock_guard lock(mutex_);
    free_.push_back(bytes.data());
}

std::size_t BufferPool::allocated() const {
    const std::lock_guard lock(mutex_);
    return allocated_;
}

}  // namespace holt::fs
