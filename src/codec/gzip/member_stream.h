// The deflate stream of one member, decoded as it comes; where it has joints (open_end.h), in
// parallel:
//
//     decode serially up to a joint that enough content leads to
//     take stretches from joint to joint (stretch.h), decode each for itself on some thread
//     the first that is not whole ends that: go on serially behind what of it is good
//
// A stretch counts only when all before it were whole, so that the content is the same bytes on any
// number of threads, and what is wrong with a stream is always found by the serial decoder, which
// has the window before it and knows the place. Streams whose parts look back at what is before
// them (pigz without -i) fail at their first match: parts are tried again after twice as much
// content. Thread rule: one thread at a time; `write` is called one at a time.
#pragma once

#include <functional>
#include <optional>

#include "codec/gzip/decompress.h"
#include "codec/gzip/inflate.h"
#include "codec/gzip/reader.h"
#include "codec/gzip/stretch.h"

namespace holt::gzip {

/// When parts are worth their while; in bytes of content, but for `enough` (Stretch::Limits).
struct StretchTuning {
    std::uint64_t joint_after = std::uint64_t{64} << 10;  ///< content that leads to a joint
    std::uint64_t patience = std::uint64_t{1} << 20;      ///< content until the next attempt
    std::size_t enough = Stretch::Limits{}.enough;
};

class MemberStream {
  public:
    /// ErrorCode::ok, or why to give up.
    using WriteContent = std::function<ErrorCode(ByteView)>;

    /// One thread: all of it is decoded serially.
    MemberStream(Reader& reader, WriteContent write, unsigned threads, Supply supply,
                 StretchTuning tuning = {})
        : reader_(reader),
          write_(std::move(write)),
          threads_(threads),
          supply_(supply),
          tuning_(tuning),
          try_at_start_(threads > 1 && supply == Supply::ready) {}

    /// Decodes the stream that begins at the reader; what follows it is next in the reader then.
    /// All that came in front of an error was written.
    ErrorCode decode();

    /// Of the content of the stream decoded last.
    std::uint32_t crc() const noexcept { return crc_; }
    std::uint64_t length() const noexcept { return length_; }

  private:
    enum class Begun : std::uint8_t { at_start, at_joint };
    /// Content that was decoded serially.
    ErrorCode put(ByteView content);
    ErrorCode decode_stretches(Begun begun);

    Reader& reader_;
    const WriteContent write_;
    const unsigned threads_;
    const Supply supply_;
    const StretchTuning tuning_;
    std::optional<InflateStream> inflate_;
    std::uint32_t crc_ = 0;
    std::uint64_t length_ = 0;
    bool finished_ = false;
    std::uint64_t decoded_ = 0;  // bytes of content of all streams
    // Stretches are tried again when decoded_ is there.
    std::uint64_t try_at_ = 0, patience_ = tuning_.patience;
    bool try_at_start_;  // of the next member: the first, and behind one that had stretches
};

}  // namespace holt::gzip
