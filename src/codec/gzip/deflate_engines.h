// The two libraries that compress for us, behind one shape: raw deflate of a whole buffer, nothing
// from before it. Thread rule: one object, one thread at a time.
#pragma once

#include <cstdint>
#include <memory>

#include "base/bytes.h"

struct libdeflate_compressor;

namespace holt::gzip {

/// libdeflate, levels 1 to 12.
class LibdeflateEngine {
  public:
    /// Throws bad_alloc.
    explicit LibdeflateEngine(int level);
    /// The size, or 0 when `out` is too small.
    std::size_t deflate(ByteView content, MutableByteView out) noexcept;

  private:
    struct Free {
        void operator()(libdeflate_compressor* compressor) const noexcept;
    };
    std::unique_ptr<libdeflate_compressor, Free> compressor_;
};

/// How a stream ends.
enum class StreamEnd : std::uint8_t {
    last_block,  ///< by a last block
    joint,       ///< by a joint (open_end.h): more blocks may follow
};

/// Intel's ISA-L, levels 1 to 3: two to three times as fast as libdeflate's first level. Built only
/// with HOLT_HAVE_ISAL.
class IsalEngine {
  public:
    /// Throws bad_alloc.
    explicit IsalEngine(int level);
    IsalEngine(IsalEngine&&) noexcept;
    IsalEngine& operator=(IsalEngine&&) noexcept;
    ~IsalEngine();
    /// The size, or 0 when `out` is too small.
    std::size_t deflate(ByteView content, MutableByteView out, StreamEnd end) noexcept;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace holt::gzip
