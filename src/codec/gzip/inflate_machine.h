// Inflate (RFC 1951) as a state machine: stops wherever its input or its room ends, and goes on
// from there. Its owners (inflate.h, inflate_part.h, open_end.h) give it both, and decide what a
// stop means. What is accepted is what zlib accepts. Thread rule: one object, one thread at a time.
#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.h"
#include "codec/gzip/inflate_loop.h"
#include "codec/gzip/inflate_tables.h"

namespace holt::gzip {

class InflateMachine {
  public:
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

    explicit InflateMachine(InflateLoop loop) noexcept : loop_(loop) {}

    /// Begins a stream.
    void begin() noexcept;
    /// What comes next in the input. All of it is taken in the end, unless the room is full.
    void set_input(ByteView input) noexcept;
    /// Content goes to `out`, up to `limit`, behind which kOutputSlack bytes of room lie. A match
    /// reaches back to `begin` at most.
    void set_output(const std::uint8_t* begin, std::uint8_t* out, std::uint8_t* limit) noexcept;

    /// One part of the stream; false when it needs more input or room, and at the end.
    bool step() noexcept;

    At at() const noexcept { return at_; }
    /// The block that it is in, or behind, is the last.
    bool is_last() const noexcept { return is_last_; }
    std::uint8_t* out() const noexcept { return cursor_.out; }
    bool is_full() const noexcept { return cursor_.out >= limit_; }
    /// Bytes of the input that were taken.
    std::size_t taken() const noexcept { return static_cast<std::size_t>(cursor_.in - input_); }
    /// Bits that were taken and not used.
    unsigned bits_held() const noexcept { return cursor_.count; }
    /// Right behind an empty stored block that is not the last one: the stream goes on at a whole
    /// byte here.
    bool at_joint() const noexcept { return joint_ && at_ == At::block && !is_last_; }
    /// Gives whole bytes that were taken and not used back to the input, as far as it has them;
    /// returns how many belong to an input before it.
    std::size_t give_back() noexcept;
    /// In a stored block: passes its bytes without putting them out, as far as they are there.
    void skip_stored() noexcept;

  private:
    bool need(unsigned wanted) noexcept;
    std::uint32_t take(unsigned wanted) noexcept;
    bool block_header() noexcept;
    bool stored_size() noexcept;
    bool stored() noexcept;
    bool code_counts() noexcept;
    bool code_lengths() noexcept;
    bool lengths() noexcept;
    bool symbols() noexcept;
    bool one_symbol() noexcept;
    bool fail() noexcept;

    const InflateLoop loop_;
    At at_ = At::block;
    bool is_last_ = false, joint_ = false;
    Cursor cursor_{};
    const std::uint8_t *input_ = nullptr, *end_ = nullptr;
    const std::uint8_t* begin_ = nullptr;
    std::uint8_t* limit_ = nullptr;
    std::uint32_t stored_left_ = 0;
    unsigned length_codes_ = 0, distance_codes_ = 0, code_codes_ = 0;
    unsigned read_ = 0;  // lengths read so far
    std::array<std::uint8_t, kLengthSymbols + kDistanceSymbols> code_bits_{};
    const InflateTables* in_use_ = nullptr;
    CodeTable codes_;
    InflateTables tables_;
};

}  // namespace holt::gzip
