// Sequences: what a match finder produces (RFC 8878 3.1.1.3.2).
//
// A sequence is one 64-bit word: literal length (17 bits), match length minus 3 (17 bits), offset
// value (30 bits: 1 to 3 name a repeat offset, else the distance plus 3). A block is at most
// 128 KiB, so no length needs an escape, and one store writes a sequence. Thread rule: values.
#pragma once

#include <cstddef>
#include <cstdint>

#include "codec/zstd/format/compress_primitives.h"

namespace holt::zstd {

using Sequence = std::uint64_t;

inline constexpr unsigned kSequenceLengthBits = 17;
inline constexpr std::uint32_t kSequenceLengthMask = (1u << kSequenceLengthBits) - 1;
inline constexpr std::uint32_t kMinMatch = 3;
inline constexpr unsigned kMaxWindowLog = 29;  ///< offset values have 30 bits

HOLT_ZSTD_INLINE Sequence make_sequence(std::size_t literals, std::size_t match,
                                        std::uint32_t offset_value) noexcept {
    return static_cast<std::uint64_t>(literals) |
           static_cast<std::uint64_t>(match - kMinMatch) << kSequenceLengthBits |
           std::uint64_t{offset_value} << (2 * kSequenceLengthBits);
}
HOLT_ZSTD_INLINE std::uint32_t literal_length(Sequence s) noexcept {
    return static_cast<std::uint32_t>(s) & kSequenceLengthMask;
}
HOLT_ZSTD_INLINE std::uint32_t match_length(Sequence s) noexcept {
    return (static_cast<std::uint32_t>(s >> kSequenceLengthBits) & kSequenceLengthMask) + kMinMatch;
}
HOLT_ZSTD_INLINE std::uint32_t offset_value(Sequence s) noexcept {
    return static_cast<std::uint32_t>(s >> (2 * kSequenceLengthBits));
}

/// The three kinds of codes, in the order of the section's tables.
enum SequenceKind : unsigned { kLiteralLengthKind = 0, kOffsetKind = 1, kMatchLengthKind = 2 };
inline constexpr unsigned kSequenceKinds = 3;

/// The codes of a block's sequences and how often each occurs.
struct SequenceCodes {
    std::uint8_t* codes[kSequenceKinds];  ///< one byte a sequence
    std::uint32_t counts[kSequenceKinds][64];
};

}  // namespace holt::zstd
