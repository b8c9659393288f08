// Writes the bit streams of RFC 8878 4.1 and 4.2: little-endian, first bit lowest, closed by a
// single 1 bit, read by decoders from their end.
//
// Every member is forced inline, so that a kernel compiled for one instruction set never shares
// code with another. Each flush stores 8 bytes: the buffer needs kBitWriterSlack bytes beyond what
// is written. Thread rule: a value.
#pragma once

#include <cstddef>
#include <cstdint>

#include "codec/zstd/format/compress_primitives.h"

namespace holt::zstd {

inline constexpr std::size_t kBitWriterSlack = 8;

class BitWriter {
  public:
    HOLT_ZSTD_INLINE explicit BitWriter(std::uint8_t* out) noexcept : out_(out) {}

    /// Appends the low `count` bits of `value`, which has no bits above them. Between two flushes
    /// at most 56 bits may be added.
    HOLT_ZSTD_INLINE void add(std::uint64_t value, unsigned count) noexcept {
        bits_ |= value << count_;
        count_ += count;
    }
    /// Moves whole bytes out; up to 7 bits stay.
    HOLT_ZSTD_INLINE void flush() noexcept {
        store64(out_, bits_);
        out_ += count_ >> 3;
        bits_ >>= count_ & ~7u;
        count_ &= 7;
    }
    /// Ends a stream that is read backwards: the closing 1 bit, then padding to a byte.
    HOLT_ZSTD_INLINE std::uint8_t* close() noexcept {
        add(1, 1);
        return pad();
    }
    /// Ends a stream that is read forwards.
    HOLT_ZSTD_INLINE std::uint8_t* pad() noexcept {
        flush();
        return out_ + (count_ > 0 ? 1 : 0);
    }

  private:
    std::uint64_t bits_ = 0;
    unsigned count_ = 0;
    std::uint8_t* out_;
};

}  // namespace holt::zstd
