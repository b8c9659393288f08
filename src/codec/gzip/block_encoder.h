// Makes one gzip member at a time, or one part of a larger member's deflate stream, with everything
// that is allocated for that kept from one to the next. Thread rule: one object, one thread at a
// time; objects are independent.
#pragma once

#include <memory>

#include "base/bytes.h"
#include "codec/gzip/deflate_engines.h"
#include "codec/gzip/levels.h"
#include "codec/gzip/member.h"

namespace holt::gzip {

class BlockEncoder {
  public:
    /// Throws bad_alloc.
    explicit BlockEncoder(const LevelPlan& plan);
    BlockEncoder(BlockEncoder&&) noexcept;
    BlockEncoder& operator=(BlockEncoder&&) noexcept;
    ~BlockEncoder();

    /// Bytes that a member with `content` bytes and these fields needs at most.
    static std::size_t bound(std::size_t content, const HeaderFields& fields) noexcept;
    /// Writes one member to `out`, of bound() bytes; returns its size. The bytes depend on the
    /// plan, the fields and the content only. A length field must be able to hold the size.
    std::size_t encode(ByteView content, const HeaderFields& fields, MutableByteView out);

    /// A part of a stream: blocks with nothing from before them.
    struct Part {
        std::size_t size = 0;
        std::uint32_t crc = 0;  ///< of the content
    };
    static std::size_t part_bound(std::size_t content) noexcept;
    /// Writes a part to `out`, of part_bound() bytes. With a joint as its end more parts may follow
    /// it. The bytes depend on the plan, the end and the content only.
    Part encode_part(ByteView content, StreamEnd end, MutableByteView out);

  private:
    Part encode_stream(ByteView content, StreamEnd end, std::uint8_t* out);

    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace holt::gzip
