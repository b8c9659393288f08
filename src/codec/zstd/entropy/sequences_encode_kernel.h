// Kernels: codes of sequences, and their bit stream (RFC 8878 3.1.1.3.2.1). Compiled once for each
// instruction set inside the namespace HOLT_ZSTD_ISA; see compress_kernels.h.
#pragma once

#include "codec/zstd/entropy/fse_encode.h"
#include "codec/zstd/entropy/sequence.h"

namespace holt::zstd::HOLT_ZSTD_ISA {

/// Codes of small lengths and the extra bits of every code, as plain arrays that a kernel can
/// index without calling anything.
struct LengthCodes {
    std::uint8_t literal_code[64];
    std::uint8_t match_code[128];
    std::uint8_t literal_bits[64];
    std::uint8_t match_bits[64];
};

static consteval LengthCodes make_length_codes() {
    LengthCodes t{};
    for (unsigned code = 0; code < kLiteralLengthCodes; ++code) {
        const LengthCode c = kLiteralLengthTable[code];
        t.literal_bits[code] = c.extra_bits;
        for (unsigned v = c.baseline; v < c.baseline + (1u << c.extra_bits) && v < 64; ++v) {
            t.literal_code[v] = static_cast<std::uint8_t>(code);
        }
    }
    for (unsigned code = 0; code < kMatchLengthCodes; ++code) {
        const LengthCode c = kMatchLengthTable[code];
        const unsigned base = c.baseline - kMinMatch;
        t.match_bits[code] = c.extra_bits;
        for (unsigned v = base; v < base + (1u << c.extra_bits) && v < 128; ++v) {
            t.match_code[v] = static_cast<std::uint8_t>(code);
        }
    }
    return t;
}
static constexpr LengthCodes kLengthCodes = make_length_codes();

/// Fills `out.codes`, and `out.counts` with what occurs.
static void sequence_codes(const Sequence* sequences, std::size_t count,
                           SequenceCodes& out) noexcept {
    for (unsigned kind = 0; kind < kSequenceKinds; ++kind) {
        for (unsigned i = 0; i < 64; ++i) out.counts[kind][i] = 0;
    }
    for (std::size_t i = 0; i < count; ++i) {
        const Sequence s = sequences[i];
        const std::uint32_t literals = literal_length(s);
        const std::uint32_t match = match_length(s) - kMinMatch;
        const unsigned ll = literals < 64
                                ? kLengthCodes.literal_code[literals]
                                : high_bit(literals) + 19;  // codes from 64 up: powers of 2
        const unsigned ml = match < 128 ? kLengthCodes.match_code[match] : high_bit(match) + 36;
        const unsigned of = high_bit(offset_value(s));
        out.codes[kLiteralLengthKind][i] = static_cast<std::uint8_t>(ll);
        out.codes[kOffsetKind][i] = static_cast<std::uint8_t>(of);
        out.codes[kMatchLengthKind][i] = static_cast<std::uint8_t>(ml);
        ++out.counts[kLiteralLengthKind][ll];
        ++out.counts[kOffsetKind][of];
        ++out.counts[kMatchLengthKind][ml];
    }
}

/// Writes the bit stream, last sequence first. Returns its end.
///
/// At most 63 bits may wait for a flush: 7 are left by the one before, three states take at most
/// 26, the extra bits of the lengths 32 and of an offset 29, so their sum decides whether to flush
/// in between.
static std::uint8_t* sequence_stream(const Sequence* sequences, std::size_t count,
                                     const SequenceCodes& codes, const FseTable* const* tables,
                                     std::uint8_t* out) noexcept {
    const std::uint8_t* const ll_codes = codes.codes[kLiteralLengthKind];
    const std::uint8_t* const of_codes = codes.codes[kOffsetKind];
    const std::uint8_t* const ml_codes = codes.codes[kMatchLengthKind];
    BitWriter bits(out);
    std::size_t i = count - 1;
    FseState ll_state(*tables[kLiteralLengthKind], ll_codes[i]);
    FseState of_state(*tables[kOffsetKind], of_codes[i]);
    FseState ml_state(*tables[kMatchLengthKind], ml_codes[i]);
    for (;;) {
        const Sequence s = sequences[i];
        const unsigned ll_bits = kLengthCodes.literal_bits[ll_codes[i]];
        const unsigned ml_bits = kLengthCodes.match_bits[ml_codes[i]];
        const unsigned of_bits = of_codes[i];
        const std::uint64_t ll = literal_length(s) & ((1u << ll_bits) - 1);
        const std::uint64_t ml = (match_length(s) - kMinMatch) & ((1u << ml_bits) - 1);
        const bool many = ll_bits + ml_bits + of_bits > 63 - 26 - 7;
        if (many) bits.flush();
        bits.add(ll | ml << ll_bits, ll_bits + ml_bits);
        if (many) bits.flush();
        bits.add(offset_value(s) - (1u << of_bits), of_bits);
        bits.flush();
        if (i == 0) break;
        --i;
        of_state.encode(bits, of_codes[i]);
        ml_state.encode(bits, ml_codes[i]);
        ll_state.encode(bits, ll_codes[i]);
    }
    ml_state.finish(bits);
    of_state.finish(bits);
    ll_state.finish(bits);
    return bits.close();
}

}  // namespace holt::zstd::HOLT_ZSTD_ISA
