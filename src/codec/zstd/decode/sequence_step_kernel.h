// A block's sequences as a bit stream (RFC 8878 3.1.1.3.2.1.2), included by sequences_kernel.h; in
// an anonymous namespace.
//
// A sequence's bits, the first one read on top:
//   offset extra | match extra | literal extra | literal state | match state | offset state |
//   next...
// A step shifts them to the bottom as one field and takes it apart from below.
#pragma once

#include <cstring>

#if defined(__BMI2__)
#include <immintrin.h>
#endif

#include "codec/zstd/decode/decode_kernels.h"
#include "codec/zstd/decode/fse_decode.h"
#include "codec/zstd/decode/repeat_kernel.h"

// GCC puts values of the step's longest chain on the stack, so the step is written in assembly
// where it can be.
#if defined(__BMI2__) && defined(__GNUC__) && !defined(__clang__) && defined(__OPTIMIZE__) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define HOLT_SEQUENCE_STEP_ASM 1
#else
#define HOLT_SEQUENCE_STEP_ASM 0
#endif

namespace holt::zstd {
namespace {

constexpr std::size_t kLengthStates = decltype(SequenceTables::literal_length)::kStates;
constexpr std::size_t kOffsetStates = decltype(SequenceTables::offset)::kStates;
static_assert(kLengthStates == decltype(SequenceTables::match_length)::kStates);

/// Keeps two branches apart that the compiler would make one of, with more instructions.
inline void keep_apart(std::uint64_t& value) {
    asm("" : "+r"(value));
}

/// The lowest `count` bits of `value`, 0 to 63.
inline std::uint64_t low_bits(std::uint64_t value, std::uint64_t count) {
#if defined(__BMI2__)
    return _bzhi_u64(value, static_cast<unsigned>(count));
#else
    return value & ~(~std::uint64_t{0} << count);
#endif
}

/// The number of bits of a mask 2^n - 1 of up to 32 bits.
inline unsigned mask_bits(std::uint64_t mask) {
    return 63 - static_cast<unsigned>(__builtin_clzll(2 * mask + 1));
}

inline unsigned transition_bits(std::uint64_t word) {
    return word >> 8 & 255;
}

/// Extra bits of a transition word that is not kTooLong.
inline unsigned extra_bits(std::uint64_t word) {
    return static_cast<unsigned>(word & 255) - transition_bits(word);
}

/// The lowest of `bits` to the places that are set in a value sum's mask; how many go to the
/// literal length and to the match length is what their transition words say, too.
inline std::uint64_t deposit(std::uint64_t bits, std::uint64_t mask,
                             [[maybe_unused]] std::uint64_t literal_word,
                             [[maybe_unused]] std::uint64_t match_word) {
#if defined(__BMI2__)
    return _pdep_u64(bits, mask);
#else
    std::uint64_t values = bits & mask & 0xFFFF;
    bits >>= extra_bits(literal_word);
    values |= (bits << 16) & mask & 0xFFFF0000;
    bits >>= extra_bits(match_word);
    return values | ((bits << 32) & mask & 0xFFFFFFFF00000000);
#endif
}

/// Where a state leads to: the bits that are read are still to be added.
inline const std::uint64_t* next_state(const std::uint64_t* state) {
    return state + (static_cast<std::int16_t>(*state >> 16) / 8);
}

struct Sequence {
    std::uint32_t literals;
    std::uint32_t match;
    std::uint32_t offset;  // 0: not valid
};

/// How much of a stream is left is 8 x (at - begin) + shift bits, where -8 <= shift < 0: the eight
/// bytes before `at`, shifted right by 64 + shift - n, have the next n bits at their bottom, for up
/// to 56 bits. In the fast loop only the lowest byte of `shift` is of use.
struct SequenceStream {
    const std::uint8_t* begin;
    const std::uint8_t* at;
    std::uint64_t shift;
    const std::uint64_t* literal;  // the current states
    const std::uint64_t* match;
    const std::uint64_t* offset;

    std::int64_t left() const { return (at - begin) * 8 + static_cast<std::int8_t>(shift); }
    void set_left(std::int64_t bits) {
        at = begin + (bits >> 3) + 1;
        shift = static_cast<std::uint64_t>((bits & 7) - 8);
    }
    /// Up to 32 bits, slowly; 0 when there are not so many, and then left() < 0.
    std::uint32_t read(unsigned count) {
        const std::int64_t rest = left() - count;
        std::uint64_t bits = 0;
        if (count > 0 && rest >= 0) bits = load64(at - 8) << (-shift & 15) >> (64 - count);
        set_left(rest);
        return static_cast<std::uint32_t>(bits);
    }

    bool open(const SequencesJob& job);
    bool step(const std::uint8_t* stream_begin, std::uint64_t* values);
    bool step_slowly(Sequence& sequence, RepeatOffsets& repeats);
    Sequence read_sequence(RepeatOffsets& repeats);
};

inline bool SequenceStream::open(const SequencesJob& job) {
    if (job.stream_begin == job.stream_end || job.stream_end[-1] == 0) return false;
    begin = job.stream_begin;
    at = job.stream_end;
    shift = static_cast<std::uint64_t>(bit_width8(job.stream_end[-1]) - 9);
    const SequenceTables& tables = *job.tables;
    const auto first = [&](SequencePart part) {
        return read(tables.accuracy[static_cast<std::size_t>(part)]);
    };
    literal = tables.literal_length.words.data() + first(SequencePart::literal_length);
    offset = tables.offset.words.data() + first(SequencePart::offset);
    match = tables.match_length.words.data() + first(SequencePart::match_length);
    return left() >= 0;
}

/// The values of the current states, slowly.
inline Sequence SequenceStream::read_sequence(RepeatOffsets& repeats) {
    const std::uint64_t offset_mask = offset[kOffsetStates] >> 32;
    const std::uint32_t offset_less_1 =
        static_cast<std::uint32_t>(offset_mask) + read(mask_bits(offset_mask));
    // Baselines of 2^16 and more go with 16 extra bits.
    const auto length = [this](std::uint64_t value, unsigned place) {
        const std::uint64_t mask = value >> 32 >> place & 0xFFFF;
        return static_cast<std::uint32_t>(value >> place & 0xFFFF) + (mask == 0xFFFF ? 65536 : 0) +
               read(mask_bits(mask));
    };
    Sequence sequence{};
    sequence.match = length(match[kLengthStates], 16);
    sequence.literals = length(literal[kLengthStates], 0);
    if (left() >= 0)
        sequence.offset =
            static_cast<std::uint32_t>(repeats.resolve(offset_less_1, sequence.literals));
    return sequence;
}

/// One sequence and the transition behind it, slowly: long ones, and those near the stream's end.
/// False when the stream is exhausted.
inline bool SequenceStream::step_slowly(Sequence& sequence, RepeatOffsets& repeats) {
    sequence = read_sequence(repeats);
    literal = next_state(literal) + read(transition_bits(*literal));
    match = next_state(match) + read(transition_bits(*match));
    offset = next_state(offset) + read(transition_bits(*offset));
    return left() >= 0;
}

/// One sequence and the transition behind it, where left() >= 0. False when it must be done slowly
/// because it takes more than 56 bits, and nothing is done; or when the stream is exhausted, and
/// then left() < 0. `stream_begin` is `begin`, in a place that costs no register.
///
/// The chain from one step to the next is: load of the transition words, two additions (of the
/// three, one is made beside another), shift, shift, mask, address: 10 cycles.
inline __attribute__((always_inline)) bool SequenceStream::step(const std::uint8_t* stream_begin,
                                                                std::uint64_t* values) {
    const std::uint64_t offset_word = *offset;
    std::uint64_t length_words = *literal;
    length_words += *match;
    std::uint64_t sum = length_words + offset_word;
    keep_apart(sum);
    if (static_cast<std::uint8_t>(sum) >= kTooLong) [[unlikely]]
        return false;
#if HOLT_SEQUENCE_STEP_ASM
    std::uint64_t bits, a = length_words, b, c = offset_word, d, lengths, offset_mask;
    asm("sub %[c], %[shift]\n\t"
        "sub %[a], %[shift]\n\t"
        "shrx %[shift], -8(%[at]), %[bits]\n\t"
        "movzbl 1(%[offset]), %k[c]\n\t"
        "movzbl 1(%[match]), %k[a]\n\t"
        "bzhi %[c], %[bits], %[b]\n\t"
        "shrx %[c], %[bits], %[d]\n\t"
        "add %k[a], %k[c]\n\t"
        "shrx %[c], %[bits], %[bits]\n\t"
        "bzhi %[a], %[d], %[d]\n\t"
        "movzbl 1(%[literal]), %k[c]\n\t"
        "movswq 2(%[offset]), %[a]\n\t"
        "add %[offset], %[a]\n\t"
        "mov %c[offset_values](%[offset]), %[offset_mask]\n\t"
        "lea (%[a], %[b], 8), %[offset]\n\t"
        "bzhi %[c], %[bits], %[b]\n\t"
        "shrx %[c], %[bits], %[bits]\n\t"
        "movswq 2(%[match]), %[a]\n\t"
        "add %[match], %[a]\n\t"
        "mov %c[length_values](%[match]), %[lengths]\n\t"
        "lea (%[a], %[d], 8), %[match]\n\t"
        "movswq 2(%[literal]), %[a]\n\t"
        "add %[literal], %[a]\n\t"
        "add %c[length_values](%[literal]), %[lengths]\n\t"
        "lea (%[a], %[b], 8), %[literal]\n\t"
        "movsbq %b[shift], %[c]\n\t"
        "or $-8, %[shift]\n\t"
        "sar $3, %[c]\n\t"
        "lea 1(%[at], %[c]), %[at]\n\t"
        "mov %k[lengths], %k[a]\n\t"
        "shr $32, %[lengths]\n\t"
        "add %[offset_mask], %[a]\n\t"
        "add %[offset_mask], %[lengths]\n\t"
        "pdep %[lengths], %[bits], %[bits]\n\t"
        "add %[a], %[bits]\n\t"
        : [at] "+r"(at), [shift] "+r"(shift), [literal] "+r"(literal), [match] "+r"(match),
          [offset] "+r"(offset), [bits] "=&r"(bits), [a] "+r"(a), [b] "=&r"(b), [c] "+r"(c),
          [d] "=&r"(d), [lengths] "=&r"(lengths), [offset_mask] "=&r"(offset_mask)
        : [length_values] "i"(kLengthStates * 8), [offset_values] "i"(kOffsetStates * 8)
        : "cc", "memory");
    *values = bits;
#else
    shift -= sum;
    std::uint64_t bits = load64(at - 8) >> (shift & 63);
    at += (static_cast<std::int8_t>(shift) >> 3) + 1;
    shift |= ~std::uint64_t{7};
    const std::uint64_t lengths = literal[kLengthStates] + match[kLengthStates];
    const std::uint64_t offset_mask = offset[kOffsetStates];
    const std::uint64_t literal_word = *literal;
    const std::uint64_t match_word = *match;
    const auto take = [&bits](const std::uint64_t* state) {
        const unsigned count = transition_bits(*state);
        const std::uint64_t part = low_bits(bits, count);
        bits >>= count;
        return part;
    };
    offset = next_state(offset) + take(offset);
    match = next_state(match) + take(match);
    literal = next_state(literal) + take(literal);
    *values = deposit(bits, (lengths >> 32) + offset_mask, literal_word, match_word) +
              ((lengths & 0xFFFFFFFF) + offset_mask);
#endif
    return at > stream_begin;
}

}  // namespace
}  // namespace holt::zstd
