// What inflate's inner loop (inflate_kernel.h) works on, and the choice of the one for this
// processor. Thread rule: pure, but for what the cursor points to.
#pragma once

#include <cstddef>
#include <cstdint>

#include "codec/cpu.h"
#include "codec/gzip/inflate_tables.h"

namespace holt::gzip {

/// Bits that were taken from the input and not used yet are the lowest `count` of `bits`.
struct Cursor {
    const std::uint8_t* in;
    std::uint8_t* out;
    std::uint64_t bits;
    unsigned count;
};

struct LoopLimits {
    const std::uint8_t* in;     ///< kInputSlack bytes and more lie behind
    std::uint8_t* out;          ///< kOutputSlack bytes and more of room lie behind
    const std::uint8_t* begin;  ///< of the content that a match may reach back to
};

/// Between two looks at the limits four words of 8 bytes are loaded, of which 28 bytes are passed.
inline constexpr std::size_t kInputSlack = 40;
/// Three literals or two and the longest match, and what its last copies write too much.
inline constexpr std::size_t kOutputSlack = 3 + 258 + 64;

enum class LoopEnd : std::uint8_t { limit, block_end, malformed };

/// Decodes symbols until a limit is reached or the block ends. Not to be called at a limit: it
/// would decode nothing.
using InflateLoop = LoopEnd (*)(Cursor& cursor, const LoopLimits& limits,
                                const InflateTables& tables) noexcept;
InflateLoop inflate_loop(codec::CpuLevel level) noexcept;
/// One that only passes over symbols: nothing is put out, `out` stays where it is.
InflateLoop pass_loop(codec::CpuLevel level) noexcept;

}  // namespace holt::gzip
