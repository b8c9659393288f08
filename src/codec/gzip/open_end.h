// Takes the end off a deflate stream, so that more blocks can follow: libdeflate ends each of its
// streams by a last block. That block's header has one bit to clear, and where it stands only a
// pass over all symbols tells; without content it costs a twentieth of what compressing costs at
// level 6 (bench/results/gzip.md). Behind the stream goes a joint: an empty stored block,
//
//     3 bits 0, 0 to 7 bits 0 up to a whole byte, 00 00 FF FF
//
// which is what zlib's Z_FULL_FLUSH writes. Thread rule: one object, one thread at a time.
#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.h"
#include "codec/cpu.h"
#include "codec/gzip/inflate_machine.h"

namespace holt::gzip {

/// The last four bytes of a joint.
inline constexpr std::array<std::uint8_t, 4> kJoint = {0, 0, 0xff, 0xff};
/// A joint is so long at most.
inline constexpr std::size_t kMaxJoint = 1 + kJoint.size();

class EndOpener {
  public:
    explicit EndOpener(codec::CpuLevel level = codec::cpu_level());

    /// Of the `size` bytes at `stream`, which are one whole deflate stream; kRoom bytes more can
    /// be written there. Returns the size with the joint; 0 where it is no such stream.
    std::size_t open(std::uint8_t* stream, std::size_t size) noexcept;
    /// The loop reads on behind the stream before it knows that it ended.
    static constexpr std::size_t kRoom = 128;

  private:
    InflateMachine machine_;
};

}  // namespace holt::gzip
