// Readers for the two bit orders of the format (RFC 8878 4.1, 4.2.2).
//
// BackwardBits reads an entropy-coded stream from its end: the highest set bit of the last byte is
// a marker, the bits below it are data, most significant first. It loads eight bytes that end at
// the unread part, so kFrontSlack bytes before the stream must be readable; what they hold never
// reaches a result, because a stream read past its start is rejected.
// ForwardBits reads a table description from its start, least significant bit first.
// Thread rule: values.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "base/bytes.h"
#include "base/endian.h"

namespace holt::zstd {

/// Readable bytes that must stand before each backward stream. A stream inside a frame has at least
/// 9 before it (magic, frame header, block header); a streaming decoder keeps them, too.
inline constexpr std::size_t kFrontSlack = 8;

class BackwardBits {
  public:
    /// False when the stream is empty or its last byte holds no marker.
    bool open(ByteView stream) noexcept {
        if (stream.empty() || stream.back() == 0) return false;
        start_ = stream.data();
        left_ =
            static_cast<std::int64_t>(stream.size() - 1) * 8 + std::bit_width(stream.back()) - 1;
        return true;
    }

    /// Bits not yet read; negative when more were asked for than there are.
    [[nodiscard]] std::int64_t left() const noexcept { return left_; }

    /// The next `count` bits, 0 to 32. Past the start the value is arbitrary and left() negative.
    std::uint32_t read(unsigned count) noexcept {
        const std::int64_t before = left_;
        left_ -= count;
        if (before <= 0 || count == 0) return 0;
        return static_cast<std::uint32_t>(load_top(before) >> (64 - count));
    }

    /// The next 57 bits or more, the next one on top. left() must be positive.
    [[nodiscard]] std::uint64_t window() const noexcept { return load_top(left_); }
    void skip(unsigned count) noexcept { left_ -= count; }

  private:
    std::uint64_t load_top(std::int64_t left) const noexcept {
        return load_le<std::uint64_t>(start_ + (left + 7) / 8 - 8) << (-left & 7);
    }

    const std::uint8_t* start_ = nullptr;
    std::int64_t left_ = 0;
};

class ForwardBits {
  public:
    explicit ForwardBits(ByteView bytes) noexcept : bytes_(bytes), word_(load(0)) {}

    /// The next 32 bits without taking them; zeros follow the end.
    [[nodiscard]] std::uint32_t peek() const noexcept {
        return static_cast<std::uint32_t>(word_ >> (position_ - word_begin_));
    }
    /// Takes `count` bits, at most 16.
    void skip(unsigned count) noexcept {
        // The word is loaded for where the bits began, so that the load need not wait for `count`:
        // after it, 41 bits are left or more.
        word_begin_ = position_ & ~std::size_t{7};
        word_ = load(position_ / 8);
        position_ += count;
    }
    /// Bytes touched so far; more than the input has when it was read past its end.
    [[nodiscard]] std::size_t bytes_used() const noexcept { return (position_ + 7) / 8; }

  private:
    std::uint64_t load(std::size_t at) const noexcept {
        if (at + 8 <= bytes_.size()) [[likely]]
            return load_le<std::uint64_t>(bytes_.data() + at);
        std::uint64_t word = 0;
        for (std::size_t i = at; i < bytes_.size(); ++i)
            word |= std::uint64_t{bytes_[i]} << (8 * (i - at));
        return word;
    }

    ByteView bytes_;
    std::size_t position_ = 0;    // in bits
    std::size_t word_begin_ = 0;  // likewise
    std::uint64_t word_;
};

}  // namespace holt::zstd
