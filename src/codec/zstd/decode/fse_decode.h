// FSE decoding tables (RFC 8878 4.1): reading a distribution and spreading it over the states.
//
// Two kinds of table are built from a distribution. Sequence tables hold, beside the transition,
// the baseline and the extra bits of their code, so that a sequence takes two loads for each of its
// three parts. The small table for Huffman weights holds plain symbols.
// Thread rule: pure functions; tables are values.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/bytes.h"
#include "codec/zstd/format/error.h"
#include "codec/zstd/format/format.h"

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

/// A state of a sequence table is two words, kStates apart, and is referred to by the address of
/// the first. Value words are laid out so that those of the three parts (literal length, match
/// length, offset) can be added up and one deposit (pdep) serves all of them.
///
/// Transition word:
///   bits  0..7   bits this state takes from the stream, extra bits and transition; kTooLong or
///                more where a value does not fit its field
///   bits  8..15  of them, those of the transition
///   bits 16..31  transition: distance in bytes to the next state, signed, before 8 x the bits that
///                are read is added
/// Value word:
///   bits  0..31  baselines of the literal length and the match length, 16 bits each, modulo 2^16
///   bits 32..63  masks of their extra bits, likewise; or the mask of the offset's extra bits,
///   which
///                is its baseline, less 1
inline constexpr unsigned kTooLong = 57;  // no sum with this is decoded in the fast loop

template <unsigned kMaxAccuracy>
struct SequenceTable {
    static constexpr std::size_t kStates = std::size_t{1} << kMaxAccuracy;
    std::array<std::uint64_t, 2 * kStates> words;
};

/// The three tables of a block.
struct SequenceTables {
    alignas(64) SequenceTable<kMaxLiteralLengthAccuracy> literal_length;
    SequenceTable<kMaxMatchLengthAccuracy> match_length;
    SequenceTable<kMaxOffsetAccuracy> offset;
    std::array<std::uint8_t, 3> accuracy{};  ///< by SequencePart
};

inline constexpr unsigned kMaxSequenceAccuracy = 9;

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

/// Fills the table of `part` from a distribution that read_distribution accepted for it.
void build_sequence_table(SequencePart part, std::span<const std::int16_t> counts,
                          unsigned accuracy, SequenceTables& tables) noexcept;

/// A table of one state: every sequence has `code` (RLE mode). `code` < code_count(part).
void build_rle_table(SequencePart part, unsigned code, SequenceTables& tables) noexcept;

/// Copies the table of one part.
void copy_sequence_table(SequencePart part, const SequenceTables& from,
                         SequenceTables& to) noexcept;

/// The tables of the predefined distributions (3.1.1.3.2.2).
const SequenceTables& predefined_tables() noexcept;

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
