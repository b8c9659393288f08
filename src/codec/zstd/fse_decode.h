// FSE decoding tables (RFC 8878 4.1): reading a distribution and spreading it over the states.
//
// Two kinds of table are built from a distribution. Sequence tables hold, beside the transition,
// the baseline and the extra bits of their code, so that a sequence takes one load for each of its
// three parts. The small table for Huffman weights holds plain symbols.
// Thread rule: pure functions; tables are values.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/bytes.h"
#include "codec/zstd/error.h"
#include "codec/zstd/format.h"

namespace holt::zstd {

/// A normalised distribution: counts sum up to 1 << accuracy, where -1 counts as one.
struct FseDistribution {
    std::array<std::int16_t, 256> counts;
    unsigned symbols = 0;      ///< counts in use
    unsigned accuracy = 0;     ///< log2 of the table's size
    std::size_t consumed = 0;  ///< bytes its description took
};

/// Reads a description from the start of `input`. Refuses an accuracy over `max_accuracy` and
/// symbols from `max_symbols` on.
ErrorCode read_distribution(ByteView input, unsigned max_accuracy, unsigned max_symbols,
                            FseDistribution& out) noexcept;

/// One state of a sequence table, as one little-endian word:
///   bits  0..7   bits this state takes from the stream in all (transition and extra bits)
///   bits  8..15  bits of them that the transition takes
///   bits 16..31  the transition's base: next state = base + bits read
///   bits 32..63  the code's baseline
/// The order lets shifts and bit-field instructions, which look at the low byte only, use the word
/// and the word shifted by 8 as they are.
using SequenceEntry = std::uint64_t;

constexpr SequenceEntry make_sequence_entry(unsigned transition_bits, unsigned base,
                                            unsigned extra_bits, std::uint32_t baseline) noexcept {
    return std::uint64_t{transition_bits + extra_bits} | std::uint64_t{transition_bits} << 8 |
           std::uint64_t{base} << 16 | std::uint64_t{baseline} << 32;
}

inline constexpr unsigned kMaxSequenceAccuracy = 9;

/// A sequence table with room for the largest accuracy.
struct SequenceTable {
    alignas(64) std::array<SequenceEntry, 1u << kMaxSequenceAccuracy> entries;
    unsigned accuracy = 0;
};

enum class SequencePart : std::uint8_t { literal_length, offset, match_length };

constexpr unsigned max_accuracy(SequencePart part) noexcept {
    return part == SequencePart::literal_length ? kMaxLiteralLengthAccuracy
           : part == SequencePart::offset       ? kMaxOffsetAccuracy
                                                : kMaxMatchLengthAccuracy;
}
constexpr unsigned code_count(SequencePart part) noexcept {
    return part == SequencePart::literal_length ? kLiteralLengthCodes
           : part == SequencePart::offset       ? kMaxOffsetCode + 1
                                                : kMatchLengthCodes;
}

/// Fills `table` from a distribution that read_distribution accepted for `part`.
void build_sequence_table(SequencePart part, std::span<const std::int16_t> counts,
                          unsigned accuracy, SequenceTable& table) noexcept;

/// A table of one state: every sequence has `code` (RLE mode). `code` < code_count(part).
void build_rle_table(SequencePart part, unsigned code, SequenceTable& table) noexcept;

/// The table of the predefined distribution (3.1.1.3.2.2).
const SequenceTable& predefined_table(SequencePart part) noexcept;

/// One state of the table for Huffman weights.
struct WeightState {
    std::uint8_t weight;
    std::uint8_t bits;
    std::uint16_t base;
};
using WeightTable = std::array<WeightState, 1u << kMaxWeightsAccuracy>;
void build_weight_table(std::span<const std::int16_t> counts, unsigned accuracy,
                        WeightTable& table) noexcept;

}  // namespace holt::zstd
