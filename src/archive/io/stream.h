// Where an archive's bytes come from, one buffer after the other: a file or pipe, or a decoder over
// another stream. Thread rule: one object, one thread at a time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/error.h"

namespace holt::store {

class ByteSource {
  public:
    virtual ~ByteSource() = default;
    /// The next bytes, valid until the next call; empty at the end, and from then on.
    virtual Result<ByteView> next() = 0;
    /// At the end: in words, what stands behind the content and is no part of it; empty for
    /// nothing.
    virtual std::string_view ignored() const { return {}; }
};

/// Reads a source in the pieces that a format wants: exact fields, or as much as there is at once.
class StreamReader {
  public:
    StreamReader(ByteSource& source, std::string shown)
        : source_(source), shown_(std::move(shown)) {}

    /// Fills `into`; the number of bytes is less only at the end of the stream.
    Result<std::size_t> read(MutableByteView into);
    /// Fills `into`, or fails: the stream was cut.
    Status read_exact(MutableByteView into);
    /// At least one and at most `limit` bytes, valid until the next call; empty at the end only.
    Result<ByteView> some(std::uint64_t limit);
    /// `some`, where the end of the stream is an error.
    Result<ByteView> some_exact(std::uint64_t limit);
    Status skip(std::uint64_t count);

    /// Bytes taken so far.
    std::uint64_t offset() const noexcept { return offset_; }
    const std::string& shown() const noexcept { return shown_; }
    /// Of the source.
    std::string_view ignored() const { return source_.ignored(); }
    /// `corrupt`: it ends too early.
    std::unexpected<Error> cut_short() const;

  private:
    ByteSource& source_;
    std::string shown_;
    ByteView rest_{};
    std::uint64_t offset_ = 0;
};

}  // namespace holt::store
