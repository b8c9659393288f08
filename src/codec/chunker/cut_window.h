// The bytes of a stream that are not cut into chunks yet: filled at the back, cut at the front.
// The one loop around next_cut(), for whatever the bytes come from.
//
//   window.fill(read)    when there may be too few bytes to know where the next chunk ends; `read`
//                        appends some, and calls end() with the last
//   window.cut()         the next chunk
//   window.done()        everything was cut
//
// What was cut is dropped when the window is filled again, so bytes move once for each window full.
// Thread rule: one thread at a time.
#pragma once

#include <algorithm>
#include <cassert>
#include <utility>

#include "base/bytes.h"
#include "base/error.h"
#include "codec/chunker/fastcdc.h"

namespace holt::chunker {

class CutWindow {
  public:
    static constexpr std::size_t kFull = 2 * kMax;

    /// Bytes of the next stream.
    void restart() noexcept {
        bytes_.clear();
        begin_ = 0;
        ended_ = false;
    }
    ByteView uncut() const noexcept { return ByteView(bytes_).subspan(begin_); }
    MutableByteView uncut() noexcept { return MutableByteView(bytes_).subspan(begin_); }

    /// Calls `read(window)`, a Status, until the window is full or the stream ended, when there are
    /// less than a chunk's most and `beyond` more bytes in it. Whether it did.
    template <class Read>
    Result<bool> fill(Read&& read, std::size_t beyond = 0) {
        if (ended_ || uncut().size() >= kMax + beyond) return false;
        drop();
        while (bytes_.size() < kFull && !ended_) HOLT_TRY(read(*this));
        return true;
    }
    /// Bytes that a full window lacks.
    std::size_t missing() const noexcept { return kFull - std::min(kFull, bytes_.size()); }
    void append(ByteView bytes) { bytes_.insert(bytes_.end(), bytes.begin(), bytes.end()); }
    /// `most` zeros at the end, to be overwritten; keep() says how many of them stay.
    MutableByteView room(std::size_t most) {
        bytes_.resize(bytes_.size() + most);
        return MutableByteView(bytes_).last(most);
    }
    void keep(MutableByteView room, std::size_t got) noexcept {
        bytes_.resize(bytes_.size() - room.size() + got);
    }
    /// Nothing comes any more.
    void end() noexcept { ended_ = true; }

    /// The next chunk, valid until the window is filled again; nothing when all was cut.
    ByteView cut() noexcept {
        return take(next_cut(uncut(), ended_ ? Input::ends : Input::goes_on));
    }
    /// A chunk that is known without a look.
    ByteView take(std::size_t length) noexcept {
        const ByteView chunk = std::as_const(*this).uncut().first(length);
        begin_ += length;
        return chunk;
    }
    bool ended() const noexcept { return ended_; }
    bool done() const noexcept { return ended_ && empty(); }
    bool empty() const noexcept { return begin_ == bytes_.size(); }

    /// What is written at the back by somebody else.
    Bytes& buffer() noexcept { return bytes_; }
    /// Drops what was cut.
    void drop() {
        bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(begin_));
        begin_ = 0;
    }

  private:
    Bytes bytes_;
    std::size_t begin_ = 0;  // of what is not cut
    bool ended_ = false;
};

}  // namespace holt::chunker
