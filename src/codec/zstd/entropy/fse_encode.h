// FSE (tANS) for the encoder: from symbol counts to a normalized distribution, its description in
// the stream (RFC 8878 4.1.1) and the state table that writes symbols.
//
// A table of accuracy `log` has 2^log states, kept here as [2^log, 2^(log+1)). To write a symbol
// from state x, the low n bits of x go out, where n is the count that brings x >> n into the
// symbol's own range; delta_bits holds that comparison as one addition and a shift by 16.
// Thread rule: a table is immutable once built; functions are pure.
#pragma once

#include <cstdint>
#include <span>

#include "codec/zstd/format/bit_writer.h"
#include "codec/zstd/format/format.h"

namespace holt::zstd {

inline constexpr unsigned kFseMaxLog = 9;
inline constexpr unsigned kFseMaxSymbols = kMatchLengthCodes;
/// Room a table description may take, in bytes: 53 symbols of at most 10 bits, and its slack.
inline constexpr std::size_t kFseDescriptionBound = 80 + kBitWriterSlack;

struct FseSymbol {
    std::uint32_t delta_bits;
    std::int32_t delta_state;
};

struct FseTable {
    unsigned log = 0;
    unsigned symbol_count = 0;  ///< symbols from here on have no code
    std::uint16_t states[1u << kFseMaxLog];
    FseSymbol symbols[kFseMaxSymbols];
    std::int16_t normalized[kFseMaxSymbols];  ///< -1: less than one, 0: absent
};

/// An accuracy that suits `total` occurrences of `symbol_count` symbols, at most `max_log`.
unsigned fse_choose_log(unsigned max_log, std::size_t total, unsigned symbol_count) noexcept;

/// Scales `counts` (sum `total`, at least two non-zero) to a sum of 2^log. Rare symbols get -1.
/// 2^log is larger than the number of symbols that occur.
void fse_normalize(std::span<const std::uint32_t> counts, std::size_t total, unsigned log,
                   std::int16_t* normalized) noexcept;

/// Writes the description of a distribution; returns its length in bytes.
std::size_t fse_write_description(std::span<const std::int16_t> normalized, unsigned log,
                                  std::uint8_t* out) noexcept;

void fse_build(FseTable& table, std::span<const std::int16_t> normalized, unsigned log) noexcept;

/// A table that writes one symbol in no bits.
void fse_build_rle(FseTable& table, unsigned symbol) noexcept;

/// What coding `counts` with a distribution takes, in 1/256 bits. Returns kFseImpossible when a
/// symbol that occurs has no code.
inline constexpr std::uint64_t kFseImpossible = ~std::uint64_t{0};
std::uint64_t fse_cost(std::span<const std::uint32_t> counts,
                       std::span<const std::int16_t> normalized, unsigned log) noexcept;

/// One running state.
class FseState {
  public:
    /// Begins with the last symbol of the data, which then costs nothing but the final state.
    HOLT_ZSTD_INLINE FseState(const FseTable& table, unsigned symbol) noexcept
        : states_(table.states), symbols_(table.symbols), log_(table.log) {
        const FseSymbol s = symbols_[symbol];
        const unsigned bits = (s.delta_bits + (1u << 15)) >> 16;
        const std::uint32_t value = (bits << 16) - s.delta_bits;
        state_ = states_[static_cast<std::int32_t>(value >> bits) + s.delta_state];
    }
    HOLT_ZSTD_INLINE void encode(BitWriter& out, unsigned symbol) noexcept {
        const FseSymbol s = symbols_[symbol];
        const unsigned bits = (state_ + s.delta_bits) >> 16;
        out.add(state_ & ((1u << bits) - 1), bits);
        state_ = states_[static_cast<std::int32_t>(state_ >> bits) + s.delta_state];
    }
    /// Writes the state from which the decoder starts.
    HOLT_ZSTD_INLINE void finish(BitWriter& out) noexcept {
        out.add(state_ & ((1u << log_) - 1), log_);
    }

  private:
    const std::uint16_t* states_;
    const FseSymbol* symbols_;
    std::uint32_t state_;
    unsigned log_;
};

}  // namespace holt::zstd
