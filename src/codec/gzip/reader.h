// The bytes of a stream that have been read and not used yet, contiguous. Thread rule: one thread
// at a time.
#pragma once

#include <algorithm>
#include <cstring>

#include "codec/gzip/buffer.h"
#include "codec/gzip/compress.h"

namespace holt::gzip {

class Reader {
  public:
    explicit Reader(const Read& read) : read_(read) {}

    /// What is there to be used.
    ByteView view() const noexcept { return buffer_.view().subspan(begin_); }
    /// Where view() begins in the input.
    std::uint64_t offset() const noexcept { return offset_; }
    /// Reads until view() has `wanted` bytes or the input ends; true in the former case. Views
    /// taken before are gone.
    bool fill(std::size_t wanted) {
        while (view().size() < wanted) {
            if (ended_) return false;
            make_room(wanted);
            const std::size_t held = buffer_.size();
            const std::size_t room = std::max(kReadSize, wanted - view().size());
            buffer_.resize(held + room);
            const auto got = read_(buffer_.span().subspan(held));
            buffer_.resize(held + got.value_or(0));
            if (got.value_or(0) == 0) ended_ = true;
            if (!got) failed_ = true;
        }
        return true;
    }
    /// The caller's Read gave up: what looks like the end is none.
    bool failed() const noexcept { return failed_; }

    void consume(std::size_t size) noexcept {
        begin_ += size;
        offset_ += size;
    }
    /// Takes back up to kHistory bytes that were consumed last.
    void unread(std::size_t size) noexcept {
        begin_ -= size;
        offset_ -= size;
    }
    static constexpr std::size_t kHistory = 8;

    /// Puts bytes that were consumed back in front of the rest.
    void put_back(ByteView bytes) {
        Buffer joined;
        joined.reserve(kHistory + bytes.size() + view().size());
        joined.resize(kHistory);
        joined.append(bytes);
        joined.append(view());
        buffer_ = std::move(joined);
        begin_ = kHistory;
        offset_ -= bytes.size();
    }

  private:
    // A tenth faster than 256 KiB: what was read is still in the cache when it is decoded.
    static constexpr std::size_t kReadSize = std::size_t{64} << 10;

    /// Moves what is left (and the history before it) to the front, when the end is near.
    void make_room(std::size_t wanted) {
        if (begin_ <= kHistory || begin_ < wanted) return;
        const std::size_t from = begin_ - kHistory;
        const std::size_t kept = buffer_.size() - from;
        std::memmove(buffer_.data(), buffer_.data() + from, kept);
        buffer_.resize(kept);
        begin_ = kHistory;
    }

    const Read& read_;
    Buffer buffer_;
    std::size_t begin_ = 0;
    std::uint64_t offset_ = 0;
    bool ended_ = false, failed_ = false;
};

}  // namespace holt::gzip
