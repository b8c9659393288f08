// Where to cut a block in two, so that each part gets tables that suit it.
//
// Data that changes its nature within 128 KiB, such as code and data of a library, is smaller in
// several blocks although each has a header and tables of its own. Costs are estimated from the
// entropy of literals and codes, in integers, so that the decision is the same on every machine.
// Thread rule: pure.
#pragma once

#include "codec/zstd/match/match_state.h"

namespace holt::zstd {

/// A part of a block: so many sequences, literals and bytes of input.
struct BlockPart {
    std::size_t sequences = 0;
    std::size_t literals = 0;
    std::size_t bytes = 0;
};
inline constexpr unsigned kMaxBlockParts = 64;

/// Cuts a block of `size` bytes. `codes` holds the codes of its sequences. Returns the number of
/// parts, 1 when cutting does not pay.
unsigned split_block(const SequenceStore& store, const SequenceCodes& codes, std::size_t size,
                     BlockPart (&parts)[kMaxBlockParts]) noexcept;

}  // namespace holt::zstd
