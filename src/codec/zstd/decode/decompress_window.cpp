#include "codec/zstd/decode/decompress_window.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "codec/zstd/decode/decode_kernels.h"

namespace holt::zstd {

void DecodeWindow::begin(std::uint64_t window, std::size_t block_limit, ByteView older) noexcept {
    filled_ = 0;
    older_ = older;
    block_room_ = block_limit + kCopyMargin;
    // A limit may allow any window; what memory cannot hold is refused when it is asked for.
    constexpr std::uint64_t kMost = std::numeric_limits<std::ptrdiff_t>::max() / 2;
    full_size_ = static_cast<std::size_t>(std::min(window, kMost)) + 2 * block_room_;
}

std::uint8_t* DecodeWindow::room_end() noexcept {
    return room() + block_room_;
}

bool DecodeWindow::make_room() noexcept {
    const std::size_t needed = filled_ + block_room_;
    // The older history lies in this buffer, so the buffer has its full size before there is one.
    if (needed > capacity_ && !grow(std::min(full_size_, std::max(2 * capacity_, needed))))
        return false;
    if (needed <= full_size_) return true;
    if (capacity_ < full_size_ && !grow(full_size_)) return false;
    older_ = {data_.data(), filled_};
    filled_ = 0;
    return true;
}

bool DecodeWindow::grow(std::size_t size) noexcept {
    if (size <= capacity_) return true;
    LargeMemory larger;
    if (!larger.allocate(size)) return false;
    if (filled_ > 0) std::memcpy(larger.data(), data_.data(), filled_);
    data_ = std::move(larger);
    capacity_ = size;
    return true;
}

}  // namespace holt::zstd
