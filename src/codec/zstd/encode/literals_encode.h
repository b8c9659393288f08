// The literals section of a block (RFC 8878 3.1.1.3.1): raw, one repeated byte, or Huffman-coded
// with a new table or the one before, whichever is smallest.
//
// Thread rule: one encoder, one thread at a time.
#pragma once

#include "codec/zstd/entropy/huffman_encode.h"

namespace holt::zstd {

struct EncodeKernels;

/// Remembers the Huffman table from block to block. A table counts only once its block is
/// committed, because a block may end up stored raw after all.
class LiteralsEncoder {
  public:
    /// `raw` never compresses: the negative levels do so for speed.
    enum class Coding : std::uint8_t { huffman, raw };
    /// What is known of the literals: random bytes leave hardly a match behind. Those that are
    /// alone, all of the block, are of no use raw: their length is returned, but none is written.
    enum class Hint : std::uint8_t { none, maybe_random, alone };

    /// Forgets the table: a new frame begins.
    void reset(Coding coding) noexcept;
    /// The decoder has this table from a dictionary.
    void load(const HuffmanEncodeTable& table) noexcept;
    /// Writes the section to `out`, which has literals_bound(literals.size()) bytes; returns its
    /// length.
    std::size_t encode(const EncodeKernels& kernels, ByteView literals, Hint hint,
                       std::uint8_t* out) noexcept;
    /// The decoder will have read what encode() wrote last.
    void commit() noexcept;

  private:
    HuffmanEncodeTable tables_[2];  // in force, and the next one
    unsigned in_force_ = 0;
    bool has_table_ = false;
    bool has_pending_ = false;
    Coding coding_ = Coding::huffman;
};

/// Room encode() may use, in bytes: never more than the literals, a header and slack.
constexpr std::size_t literals_bound(std::size_t size) noexcept {
    return size + 5 + kHuffmanDescriptionBound + 16;
}

}  // namespace holt::zstd
