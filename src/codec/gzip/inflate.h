// Inflate (RFC 1951): raw deflate decoded piece by piece, for streams of any length in a fixed
// amount of memory, with the CRC32 of what comes out. Written here because it is a fifth faster
// than ISA-L's, and twice as fast as zlib's (bench/results/gzip.md); what is accepted is what
// zlib accepts. Thread rule: one object, one thread at a time.
#pragma once

#include <cstdint>
#include <memory>

#include "base/bytes.h"
#include "codec/cpu.h"
#include "codec/gzip/inflate_machine.h"

namespace holt::gzip {

class InflateStream {
  public:
    /// Throws bad_alloc.
    explicit InflateStream(codec::CpuLevel level = codec::cpu_level());

    /// Begins another stream.
    void reset() noexcept;
    /// Goes on at a whole byte between two blocks of a stream, after content that somebody else
    /// decoded: `window` is its end (all of it, when it has less than 32 KiB), `crc` that of all.
    void resume(ByteView window, std::uint32_t crc) noexcept;

    struct Step {
        std::size_t consumed = 0;  ///< bytes of `input`
        ByteView output{};         ///< until the next call; also what came before damage
        bool full = false;         ///< more would have come out: call again
        bool malformed = false;
        bool finished = false;  ///< the stream's last block is done
        bool joint = false;     ///< it stopped behind a joint (run's `joint_after`)
        /// At the end and at a joint: so many bytes that calls before this one consumed lie
        /// behind it. At most 8.
        std::size_t surplus = 0;
    };
    /// Decodes until the input is used up, all of which is consumed then, or there is no more room
    /// for output, or the stream ends, or behind a joint (an empty stored block, after which the
    /// stream goes on at a whole byte) that `joint_after` bytes of content or more lead to.
    Step run(ByteView input, std::uint64_t joint_after = kNoJoint) noexcept;
    static constexpr std::uint64_t kNoJoint = ~std::uint64_t{0};
    /// Of all that came out since the last reset.
    std::uint32_t crc() const noexcept { return crc_; }
    /// The end of what came out, as resume() wants it.
    ByteView window() const noexcept;

    static constexpr std::size_t kWindow = 32768;

  private:
    // With the window in the second-level cache of any processor.
    static constexpr std::size_t kRoom = std::size_t{160} << 10;

    InflateMachine machine_;
    std::unique_ptr<std::uint8_t[]> content_;  // the window, what comes out, and slack
    std::uint32_t crc_ = 0;
    std::uint64_t since_joint_ = 0;  // bytes of content
};

}  // namespace holt::gzip
