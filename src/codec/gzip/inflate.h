// Raw deflate (RFC 1951) decoded piece by piece, for members whose size nobody knows: by ISA-L,
// which is 2 to 2.5 times as fast as zlib, where it was there at build time; by zlib else. The
// content's CRC32 is computed on the way. Thread rule: one object, one thread at a time.
#pragma once

#include <cstdint>
#include <memory>

#include "base/bytes.h"

namespace holt::gzip {

class InflateStream {
  public:
    enum class Library : std::uint8_t { fastest, zlib };
    /// Throws bad_alloc.
    explicit InflateStream(Library library = Library::fastest);
    InflateStream(InflateStream&&) noexcept;
    InflateStream& operator=(InflateStream&&) noexcept;
    ~InflateStream();

    /// Begins another stream.
    void reset() noexcept;

    struct Step {
        std::size_t consumed = 0;  ///< bytes of `input`
        std::size_t produced = 0;  ///< bytes of `output`
        bool malformed = false;    ///< what was produced before is there all the same
        bool finished = false;     ///< the stream's last block is done
        /// At the end: so many of the bytes consumed, in this call and those before, lie behind
        /// the stream. At most 8.
        std::size_t surplus = 0;
    };
    /// Decodes until the input is used up, the output is full, or the stream ends.
    Step run(ByteView input, MutableByteView output) noexcept;
    /// Of all that was produced since the last reset.
    std::uint32_t crc() const noexcept;

    struct Impl;

  private:
    std::unique_ptr<Impl> impl_;
};

}  // namespace holt::gzip
