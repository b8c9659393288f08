// Makes one gzip member at a time, with everything that is allocated for that kept from member to
// member. Thread rule: one object, one thread at a time; objects are independent.
#pragma once

#include <memory>

#include "base/bytes.h"
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

    /// The same without header and trailer: a raw deflate stream of deflate_bound() bytes at most.
    static std::size_t deflate_bound(std::size_t content) noexcept;
    std::size_t deflate(ByteView content, MutableByteView out);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace holt::gzip
