// The memory of a streaming decoder: the last Window_Size bytes of content, as two pieces at most.
//
// A linear buffer is filled from its start. When the next block does not fit, the buffer grows (up
// to what the window needs) or, at its full size, filling begins at its start again and what was
// there becomes the older history. Memory is taken as content is made, never for what a header
// merely claims, and is kept for later frames.
//
// Full size: a window, and twice the room of a block. When filling begins again at least a window
// and one room are filled, so writing into the room at position p (p bytes past the start) leaves
// the last window - p bytes of the older history untouched.
// Thread rule: one object, one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "base/large_memory.h"

namespace holt::zstd {

class DecodeWindow {
  public:
    /// Begins a frame whose history is at most `window` bytes long and whose blocks regenerate at
    /// most `block_limit` bytes. `older` is the dictionary's content.
    void begin(std::uint64_t window, std::size_t block_limit, ByteView older) noexcept;

    /// Makes room for a block behind what is filled. False when there is no memory.
    bool make_room() noexcept;

    std::uint8_t* room() noexcept { return data_.data() + filled_; }
    /// Content may take block_limit bytes of the room, wide copies kCopyMargin more.
    std::uint8_t* room_end() noexcept;
    void fill(std::size_t size) noexcept { filled_ += size; }

    const std::uint8_t* begin_of_contiguous() const noexcept { return data_.data(); }
    ByteView older() const noexcept { return older_; }
    /// Bytes of memory held.
    std::size_t capacity() const noexcept { return capacity_; }

  private:
    bool grow(std::size_t size) noexcept;

    LargeMemory data_;
    std::size_t capacity_ = 0;
    std::size_t filled_ = 0;
    std::size_t block_room_ = 0;
    std::size_t full_size_ = 0;
    ByteView older_;
};

}  // namespace holt::zstd
