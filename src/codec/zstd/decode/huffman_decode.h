// Huffman decoding of literals (RFC 8878 4.2): the tree description becomes a table that is indexed
// by the next bits of a stream.
//
// The table is as deep as the longest code in use, not a fixed 11 bits: small inputs have short
// codes, and the table's size is most of their set-up cost.
// Thread rule: pure functions; tables are values.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "codec/zstd/decode/decode_kernels.h"
#include "codec/zstd/format/error.h"
#include "codec/zstd/format/format.h"

namespace holt::zstd {

struct HuffmanTable {
    /// For each value of the next `depth` bits: code length in the low byte, symbol in the high.
    alignas(64) std::array<std::uint16_t, 1u << kMaxHuffmanBits> single;
    /// The same, with a second symbol where the bits hold it whole; filled by build_pairs. Bits
    /// taken in bits 0..7, symbols in 8..15 and 16..23, how many there are in 24..31.
    alignas(64) std::array<std::uint32_t, 1u << kMaxHuffmanBits> pairs;
    /// By length: the first cell of `single` whose code has as many bits or fewer. Cells are in
    /// descending order of length.
    std::array<std::uint16_t, kMaxHuffmanBits + 1> first_cell;
    unsigned depth = 0;
    bool has_pairs = false;
};

/// Reads a tree description from the start of `input` (kFrontSlack applies) and builds the table.
/// `consumed` becomes the description's length in bytes.
ErrorCode read_huffman_table(ByteView input, HuffmanTable& table, std::size_t& consumed) noexcept;

/// A dictionary may have a table that is one bit deeper than a block's: libzstd takes it, and
/// writes frames that use it, although the format stops at 11 bits.
inline constexpr unsigned kMaxDictionaryBits = 12;
struct DeepHuffmanTable {
    std::array<std::uint16_t, 1u << kMaxDictionaryBits> single;  ///< as HuffmanTable::single
    std::array<std::uint16_t, kMaxDictionaryBits + 1> first_cell;
    unsigned depth = 0;
};
ErrorCode read_deep_huffman_table(ByteView input, DeepHuffmanTable& table,
                                  std::size_t& consumed) noexcept;
/// One stream, code by code: `stream` takes exactly as many bits as `out` has symbols.
ErrorCode decode_deep_huffman(const DeepHuffmanTable& table, ByteView stream,
                              MutableByteView out) noexcept;

/// How many of kPairsScale look-ups would give two symbols, were each independent of the last.
inline constexpr unsigned kPairsScale = 1024;
unsigned pairs_share(const HuffmanTable& table) noexcept;

/// Fills table.pairs from table.single.
void build_pairs(HuffmanTable& table) noexcept;

}  // namespace holt::zstd
