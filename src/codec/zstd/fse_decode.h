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

/// One state of a sequence table, read field by field: loads are what decoding has to spare, shifts
/// and masks are not.
struct SequenceEntry {
    std::uint8_t total_bits;  ///< what this state takes from the stream: extra bits and transition
    std::uint8_t transition_bits;  ///< of them, those of the transition
    std::uint16_t next;      ///< transition: next entry's place in the table, in bytes, before
                             ///< 8 x the bits read is added
    std::uint32_t baseline;  ///< the code's baseline
};
static_assert(sizeof(SequenceEntry) == 8);

constexpr SequenceEntry make_sequence_entry(unsigned transition_bits, unsigned base,
                                            unsigned extra_bits, std::uint32_t baseline) noexcept {
    return {static_cast<std::uint8_t>(transition_bits + extra_bits),
            static_cast<std::uint8_t>(transition_bits),
            static_cast<std::uint16_t>(base * sizeof(SequenceEntry)), baseline};
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
