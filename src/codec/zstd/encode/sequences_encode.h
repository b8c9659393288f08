// The sequences section of a block (RFC 8878 3.1.1.3.2).
// Thread rule: one encoder, one thread at a time.
#pragma once

#include <array>
#include <cstdint>

#include "codec/zstd/entropy/fse_encode.h"
#include "codec/zstd/entropy/sequence.h"

namespace holt::zstd {

struct EncodeKernels;

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
