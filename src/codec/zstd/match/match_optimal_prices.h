// Kernel: prices from counts, and counts from what was parsed; see match_prices.h. Compiled once
// for each instruction set inside the namespace HOLT_ZSTD_ISA; see compress_kernels.h.
#pragma once

#include "codec/zstd/entropy/sequences_encode_kernel.h"
#include "codec/zstd/match/match_common.h"
#include "codec/zstd/match/match_prices.h"

namespace holt::zstd::HOLT_ZSTD_ISA {

/// 256 * log2(value), to within 0.6 of a 1/256 bit's hundredfold: the mantissa's curve is replaced
/// by a parabola through its ends, m + 0.343 m (1 - m).
HOLT_ZSTD_INLINE std::uint32_t log2_256(std::uint32_t value) noexcept {
    const unsigned high = high_bit(value);
    const std::uint32_t m = high >= 8 ? (value >> (high - 8)) & 255 : (value << (8 - high)) & 255;
    return (high << 8) + m + ((m * (256 - m) * 88) >> 16);
}

HOLT_ZSTD_INLINE unsigned literal_length_code(std::uint32_t length) noexcept {
    return length < 64 ? kLengthCodes.literal_code[length] : high_bit(length) + 19;
}
HOLT_ZSTD_INLINE unsigned match_length_code(std::uint32_t length) noexcept {
    const std::uint32_t base = length - kMinMatch;
    return base < 128 ? kLengthCodes.match_code[base] : high_bit(base) + 36;
}

/// Shares of a predefined distribution, at least 1 each.
template <unsigned kCodes>
struct Shares {
    std::uint8_t of[kCodes];
};
template <unsigned kCodes, class Distribution>
static consteval Shares<kCodes> shares_of(const Distribution& distribution) {
    Shares<kCodes> shares{};
    for (unsigned i = 0; i < kCodes; ++i) {
        shares.of[i] = static_cast<std::uint8_t>(distribution[i] < 1 ? 1 : distribution[i]);
    }
    return shares;
}
static constexpr auto kLiteralLengthShares =
    shares_of<kLiteralLengthCodes>(kPredefinedLiteralLengths);
static constexpr auto kMatchLengthShares = shares_of<kMatchLengthCodes>(kPredefinedMatchLengths);
static constexpr auto kOffsetShares = shares_of<kPredefinedOffsets.size()>(kPredefinedOffsets);

class Prices {
  public:
    HOLT_ZSTD_INLINE explicit Prices(PriceState& state) noexcept : s_(state) {}

    /// Counts to begin a block with.
    void begin_block(const std::uint8_t* block, std::size_t size) noexcept {
        if (!s_.primed) {
            s_.primed = true;
            // The bytes of the block tell which literals are possible, but hardly how often they
            // will be: the frequent ones are in matches. So their counts are nearly levelled.
            for (unsigned i = 0; i < 256; ++i) s_.literal_counts[i] = 0;
            for (std::size_t i = 0; i < size; ++i) ++s_.literal_counts[block[i]];
            for (unsigned i = 0; i < 256; ++i) {
                const std::uint32_t count = s_.literal_counts[i];
                s_.literal_counts[i] = count == 0 ? 0 : 1 + (count >> 8);
            }
            for (unsigned i = 0; i < 32; ++i) s_.offset_counts[i] = 1;
            prime(s_.literal_length_counts, kLiteralLengthShares);
            prime(s_.match_length_counts, kMatchLengthShares);
            prime(s_.offset_counts, kOffsetShares);
            // Repeats are much more frequent than the predefined table has them.
            s_.offset_counts[0] = 6;
            s_.offset_counts[1] = 2;
        } else {
            fade(s_.literal_counts, 256, 12);
            fade(s_.literal_length_counts, kLiteralLengthCodes, 11);
            fade(s_.match_length_counts, kMatchLengthCodes, 11);
            fade(s_.offset_counts, 32, 11);
        }
        refresh();
    }

    /// Prices from the counts as they are now.
    void refresh() noexcept {
        derive(s_.literal, s_.literal_counts, 256);
        derive(s_.literal_length, s_.literal_length_counts, kLiteralLengthCodes);
        derive(s_.match_length, s_.match_length_counts, kMatchLengthCodes);
        derive(s_.offset, s_.offset_counts, 32);
        for (unsigned c = 0; c < kLiteralLengthCodes; ++c) {
            s_.literal_length[c] += std::uint32_t{kLengthCodes.literal_bits[c]} << 8;
        }
        for (unsigned c = 0; c < kMatchLengthCodes; ++c) {
            s_.match_length[c] += std::uint32_t{kLengthCodes.match_bits[c]} << 8;
        }
        for (unsigned c = 0; c < 32; ++c) s_.offset[c] += c << 8;
    }

    void count_sequence(const std::uint8_t* literals, std::uint32_t literal_count,
                        std::uint32_t length, std::uint32_t value) noexcept {
        count_literals(literals, literal_count);
        ++s_.literal_length_counts[literal_length_code(literal_count)];
        ++s_.match_length_counts[match_length_code(length)];
        ++s_.offset_counts[high_bit(value)];
    }
    void count_literals(const std::uint8_t* literals, std::uint32_t count) noexcept {
        for (std::uint32_t i = 0; i < count; ++i) s_.literal_counts[literals[i]] += 2;
    }

    HOLT_ZSTD_INLINE std::uint32_t literal(std::uint8_t byte) const noexcept {
        return s_.literal[byte];
    }
    HOLT_ZSTD_INLINE std::uint32_t literal_length(std::uint32_t length) const noexcept {
        return s_.literal_length[literal_length_code(length)];
    }
    HOLT_ZSTD_INLINE std::uint32_t offset(std::uint32_t value) const noexcept {
        return s_.offset[high_bit(value)];
    }
    HOLT_ZSTD_INLINE std::uint32_t match_length(std::uint32_t length) const noexcept {
        return s_.match_length[match_length_code(length)];
    }

  private:
    template <unsigned kCodes>
    static void prime(std::uint32_t* counts, const Shares<kCodes>& shares) noexcept {
        for (unsigned i = 0; i < kCodes; ++i) counts[i] = shares.of[i];
    }
    /// Halves counts until their sum is near 2^log; none becomes 0, as anything may occur.
    static void fade(std::uint32_t* counts, unsigned size, unsigned log) noexcept {
        std::uint32_t sum = 0;
        for (unsigned i = 0; i < size; ++i) sum += counts[i];
        const unsigned high = high_bit(sum | 1);
        const unsigned shift = high > log ? high - log : 0;
        for (unsigned i = 0; i < size; ++i) counts[i] = (counts[i] >> shift) + 1;
    }
    static void derive(std::uint32_t* prices, const std::uint32_t* counts, unsigned size) noexcept {
        std::uint32_t sum = 0;
        for (unsigned i = 0; i < size; ++i) sum += counts[i];
        const std::uint32_t whole = log2_256(sum + 1);
        for (unsigned i = 0; i < size; ++i)
            prices[i] = whole - log2_256(counts[i] | (counts[i] == 0));
    }

    PriceState& s_;
};

}  // namespace holt::zstd::HOLT_ZSTD_ISA
