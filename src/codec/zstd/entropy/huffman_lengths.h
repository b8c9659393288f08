// Code lengths for the encoder's Huffman codes: which symbols occur, and how long the code of each
// is in an optimal tree of limited height.
//
// A block of 1 KiB spends more time here than on anything but matches, so that every pass is over
// the symbols that occur, not over all 256, and no loop waits for a store of its previous turn
// where that can be had otherwise. Thread rule: pure.
#pragma once

#include <cstdint>

#include "codec/zstd/entropy/histogram.h"
#include "codec/zstd/format/format.h"

namespace holt::zstd {

struct HuffmanLengths {
    unsigned longest = 0;
    unsigned used_count = 0;
    std::uint64_t bits = 0;                        ///< what everything counted takes
    std::uint8_t used[256];                        ///< the symbols that occur, ascending
    std::uint8_t length_of[256];                   ///< by symbol; 0: does not occur
    std::uint16_t of_length[kMaxHuffmanBits + 1];  ///< codes of each length; [0] is not meant
};

/// Lengths of at most `max_log` bits. At least two symbols occur, none from `symbol_count` on;
/// 2^max_log is at least the number of those that do. The counts' sum is at most kMaxBlockSize.
void huffman_lengths(HuffmanLengths& lengths, const ByteCounts& counts, unsigned symbol_count,
                     unsigned max_log) noexcept;

}  // namespace holt::zstd
