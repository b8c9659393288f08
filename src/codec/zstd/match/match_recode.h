// Rewrites offset values for a decoder whose recent distances are not known.
//
// A job of the parallel compressor begins in the middle of a frame: the three distances that the
// decoder remembers come from a job that may not be done yet. The match finder works with the
// standard ones; here each sequence's distance is worked out and written in full unless the decoder
// is sure to remember it. Thread rule: pure.
#pragma once

#include "codec/zstd/match/match_state.h"

namespace holt::zstd {

/// Goes through the sequences of a block. `finder` are the distances the match finder began the
/// block with, `known` those the decoder has, 0 for one that is not known; both advance to the
/// block's end. Returns whether all of `known` are known then.
bool recode_offsets(Sequence* sequences, std::size_t count, RecentOffsets finder,
                    RecentOffsets& known) noexcept;

}  // namespace holt::zstd
