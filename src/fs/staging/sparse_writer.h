// Bytes written one behind the other, where blocks of nothing but zeros become holes.
//
// A hole is a stretch that is not written: what the file has there must read as zeros, as behind
// the end of a file. Whole blocks of the file only, since a file system keeps nothing smaller.
// Thread rule: one thread.
#pragma once

#include <cstdint>
#include <functional>

#include "base/bytes.h"
#include "base/error.h"

namespace holt::fs {

class SparseWriter {
  public:
    /// Writes bytes at a place, which may be behind the end.
    using WriteAt = std::function<Status(std::uint64_t offset, ByteView bytes)>;

    /// `begin`: where the first byte goes.
    explicit SparseWriter(WriteAt write_at, std::uint64_t begin = 0)
        : write_at_(std::move(write_at)), at_(begin) {}

    Status write(ByteView bytes);
    /// Makes the file as long as what was written, if it ends with a hole.
    Status finish();
    std::uint64_t end() const noexcept { return at_; }

  private:
    WriteAt write_at_;
    std::uint64_t at_;
    bool hole_before_ = false;  // the byte before at_ was not written
};

}  // namespace holt::fs
