// Bytes that are read by place, as a zip's are: its directory stands at its end.
// Thread rule: each object one thread at a time.
#pragma once

#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "base/error.h"

namespace holt::store {

class PlacedBytes {
  public:
    virtual ~PlacedBytes() = default;
    virtual std::uint64_t size() const noexcept = 0;
    /// Fills `into`; the number of bytes is less only at the end.
    virtual Result<std::size_t> read_at(std::uint64_t offset, MutableByteView into) = 0;
};

/// A window over them, which grows when they are read one behind the other.
class PlacedReader {
  public:
    PlacedReader(PlacedBytes& bytes, std::string shown) : bytes_(bytes), shown_(std::move(shown)) {}

    /// `count` bytes, valid until the next call; `corrupt` when there are no more.
    Result<ByteView> exactly(std::uint64_t offset, std::size_t count);
    /// At least one and at most `limit` bytes, valid until the next call.
    Result<ByteView> some(std::uint64_t offset, std::uint64_t limit);

    std::uint64_t size() const noexcept { return bytes_.size(); }
    const std::string& shown() const noexcept { return shown_; }

  private:
    Status fill(std::uint64_t offset, std::size_t least);

    PlacedBytes& bytes_;
    const std::string shown_;
    Bytes window_;
    std::uint64_t begin_ = 0;  // of the window
    std::size_t filled_ = 0;
};

}  // namespace holt::store
