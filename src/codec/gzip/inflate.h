// Inflate (RFC 1951): raw deflate decoded piece by piece, for streams of any length in a fixed
// amount of memory, with the CRC32 of what comes out. Written here because it is a fifth faster
// than ISA-L's, and twice as fast as zlib's (docs/BENCHMARKS.md, "gzip"); what is accepted is what
// zlib accepts. Thread rule: one object, one thread at a time.
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "base/bytes.h"
#include "codec/cpu.h"
#include "codec/gzip/inflate_loop.h"
#include "codec/gzip/inflate_tables.h"

namespace holt::gzip {

class InflateStream {
  public:
    /// Throws bad_alloc.
    explicit InflateStream(codec::CpuLevel level = codec::cpu_level());

    /// Begins another stream.
    void reset() noexcept;

    struct Step {
        std::size_t consumed = 0;  ///< bytes of `input`
        ByteView output{};         ///< until the next call; also what came before damage
        bool full = false;         ///< more would have come out: call again
        bool malformed = false;
        bool finished = false;  ///< the stream's last block is done
        /// At the end: so many of the bytes consumed, in this call and those before, lie behind
        /// the stream. At most 8.
        std::size_t surplus = 0;
    };
    /// Decodes until the input is used up, all of which is consumed then, or there is no more room
    /// for output, or the stream ends.
    Step run(ByteView input) noexcept;
    /// Of all that came out since the last reset.
    std::uint32_t crc() const noexcept { return crc_; }
    /// Of a stream that was given in one piece, in as many calls as it took, and is finished: the
    /// bit that its last block begins with, and the bit behind its end.
    std::uint64_t last_block_bit() const noexcept { return last_block_bit_; }
    std::uint64_t end_bit() const noexcept { return consumed_ * 8 - cursor_.count; }

  private:
    enum class At : std::uint8_t {
        block,         // a block's header
        stored_size,   // its length, and that again inverted
        stored,        // bytes as they are
        code_counts,   // how many lengths of codes of what kind follow
        code_lengths,  // those of the code that the others are written in
        lengths,       // those of the two codes
        symbols,
        end,
        malformed,
    };

    bool need(unsigned wanted) noexcept;
    std::uint32_t take(unsigned wanted) noexcept;
    bool step() noexcept;
    bool block_header() noexcept;
    bool stored_size() noexcept;
    bool stored() noexcept;
    bool code_counts() noexcept;
    bool code_lengths() noexcept;
    bool lengths() noexcept;
    bool symbols() noexcept;
    bool one_symbol() noexcept;
    bool fail() noexcept;

    static constexpr std::size_t kWindow = 32768;
    // With the window in the second-level cache of any processor.
    static constexpr std::size_t kRoom = std::size_t{160} << 10;

    const InflateLoop loop_;
    std::unique_ptr<std::uint8_t[]> content_;  // the window, what comes out, and slack
    std::uint32_t crc_ = 0;
    At at_ = At::block;
    bool is_last_ = false;
    Cursor cursor_{};
    const std::uint8_t *begin_ = nullptr, *end_ = nullptr;  // of the input
    std::uint64_t consumed_ = 0;                            // of inputs before, then of this too
    std::uint64_t last_block_bit_ = 0;
    std::uint32_t stored_left_ = 0;
    unsigned length_codes_ = 0, distance_codes_ = 0, code_codes_ = 0;
    unsigned read_ = 0;  // lengths read so far
    std::array<std::uint8_t, kLengthSymbols + kDistanceSymbols> code_bits_{};
    const InflateTables* in_use_ = nullptr;
    CodeTable codes_;
    InflateTables tables_;
};

}  // namespace holt::gzip
