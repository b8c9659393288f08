// Sequences: what a match finder produces and the sequences section made of it (RFC 8878
// 3.1.1.3.2).
//
// A sequence is one 64-bit word: literal length (17 bits), match length minus 3 (17 bits), offset
// value (30 bits: 1 to 3 name a repeat offset, else the distance plus 3). A block is at most
// 128 KiB, so no length needs an escape, and one store writes a sequence.
// Thread rule: one encoder, one thread at a time.
#pragma once

#include <array>
#include <cstdint>

#include "codec/zstd/fse_encode.h"

namespace holt::zstd {

struct EncodeKernels;

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

/// Remembers tables from block to block. A block's tables count only once it is committed, because
/// a block may end up stored raw after all.
class SequencesEncoder {
  public:
    /// How much time choosing tables may take: `quick` uses the predefined ones for few sequences.
    enum class Choosing : std::uint8_t { quick, by_cost };

    /// Forgets all tables: a new frame begins.
    void reset(Choosing choosing) noexcept;

    /// The decoder has this table from a dictionary.
    void load(SequenceKind kind, const FseTable& table) noexcept;
    /// Writes the section for `count` sequences to `out`; `codes` has room for their codes.
    /// Returns its length. `out` has sequences_bound(count) bytes.
    std::size_t encode(const EncodeKernels& kernels, const Sequence* sequences, std::size_t count,
                       SequenceCodes& codes, std::uint8_t* out) noexcept;
    /// The decoder will have read what encode() wrote last.
    void commit() noexcept;

  private:
    struct Choice {
        SequenceMode mode = SequenceMode::predefined;
        const FseTable* table = nullptr;
    };
    Choice choose(SequenceKind kind, const SequenceCodes& codes, std::size_t count,
                  unsigned last_code, std::uint8_t*& out) noexcept;

    FseTable tables_[kSequenceKinds][2];                    // in force, and the next one
    std::array<unsigned, kSequenceKinds> in_force_{};       // which of the two
    std::array<bool, kSequenceKinds> repeatable_{};         // the one in force may be repeated
    std::array<SequenceMode, kSequenceKinds> last_mode_{};  // of the block not yet committed
    bool has_pending_ = false;
    Choosing choosing_ = Choosing::by_cost;
};

/// Room encode() may use for `count` sequences, in bytes: 90 bits for each, headers, slack.
constexpr std::size_t sequences_bound(std::size_t count) noexcept {
    return count * 12 + 4 + kSequenceKinds * kFseDescriptionBound + 32;
}

}  // namespace holt::zstd
