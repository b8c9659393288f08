// Huffman coding of literals for the encoder: code lengths, the tree's description in the stream
// (RFC 8878 4.2.1) and the streams themselves (4.2.2).
//
// The lengths themselves are found in huffman_lengths.h.
// Thread rule: a table is immutable once built; functions are pure.
#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "codec/zstd/entropy/histogram.h"
#include "codec/zstd/format/format.h"

namespace holt::zstd {

/// One symbol's code: the bits in the low half, their number in the high half; 0 for no code.
struct HuffmanEncodeTable {
    std::uint32_t codes[256];
    std::uint8_t length_of[256];
    std::uint16_t of_length[kMaxHuffmanBits + 1];  ///< symbols of each length; [0]: without a code
    unsigned log = 0;                              ///< longest code
    unsigned symbol_count = 0;                     ///< symbols from here on have no code
};

/// Most bytes a tree description takes: the header byte and 127 bytes of weights.
inline constexpr std::size_t kHuffmanDescriptionBound = 128;

/// Builds codes of at most `max_log` bits for counts of which at least two are not 0.
/// `symbol_count` is one past the highest symbol that occurs; 2^max_log is at least that. Returns
/// the bits that what was counted takes.
std::uint64_t huffman_build(HuffmanEncodeTable& table, const ByteCounts& counts,
                            unsigned symbol_count, unsigned max_log) noexcept;

/// The codes that follow from code lengths (0: no code), as a decoder derives them from weights.
void huffman_assign(HuffmanEncodeTable& table, const std::uint8_t* length_of,
                    unsigned symbol_count) noexcept;

/// A maximum code length that suits `size` literals of `symbol_count` symbols.
unsigned huffman_choose_log(std::size_t size, unsigned symbol_count) noexcept;

/// Bits that literals with these counts take; nothing when a symbol that occurs has no code.
std::optional<std::uint64_t> huffman_cost(const HuffmanEncodeTable& table, const ByteCounts& counts,
                                          unsigned symbol_count) noexcept;

/// Writes the tree description, direct or FSE-compressed, whichever is shorter. `out` has
/// kHuffmanDescriptionBound bytes and a slack of 8. Returns 0 when the weights cannot be described.
std::size_t huffman_write_description(const HuffmanEncodeTable& table, std::uint8_t* out) noexcept;

}  // namespace holt::zstd
