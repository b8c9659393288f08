// What literals and sequences will cost, for the optimal parser: an estimate from what was written
// lately.
//
// Counts of literal bytes and of the three kinds of codes go on from block to block, fading by
// halves; a price is -log2 of a count's share plus extra bits, in 1/256 bits. The state belongs to
// one frame. Thread rule: one object, one thread at a time.
#pragma once

#include <cstdint>

#include "codec/zstd/match/match_state.h"

namespace holt::zstd {

struct PriceState {
    bool primed = false;  ///< the counts tell something about this frame
    std::uint32_t literal_counts[256];
    std::uint32_t literal_length_counts[64];
    std::uint32_t match_length_counts[64];
    std::uint32_t offset_counts[32];
    // Derived: prices in 1/256 bits, extra bits included for codes.
    std::uint32_t literal[256];
    std::uint32_t literal_length[64];
    std::uint32_t match_length[64];
    std::uint32_t offset[32];
};

/// One step of the cheapest way found so far to a position.
struct OptimalNode {
    std::uint32_t price;       ///< of everything since the segment began
    std::uint32_t value;       ///< offset value of the match that ends here
    std::uint32_t length;      ///< its length; 0: a literal ends here
    std::uint32_t literals;    ///< literals since the last match
    std::uint32_t repeats[3];  ///< the distances after this step
};

/// Positions that the parser looks ahead before it commits to the cheapest way.
inline constexpr std::uint32_t kOptimalSpan = 4096;
/// A search finds no more matches than it compares candidates, at most 2^9, and three repeats.
inline constexpr std::uint32_t kMaxFound = 512 + 3;

/// What the optimal parser keeps besides the tables.
struct OptimalState {
    PriceState prices;
    OptimalNode nodes[kOptimalSpan + 1];
    struct Found {
        std::uint32_t length;
        std::uint32_t value;
    } found[kMaxFound];
};

}  // namespace holt::zstd
