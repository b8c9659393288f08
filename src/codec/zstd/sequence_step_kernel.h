// Decoding of single sequences from their bit stream (RFC 8878 3.1.1.3.2.1.2), included by
// sequences_kernel.h; in an anonymous namespace.
//
// A sequence's bits, the first one read on top of `bits`:
//   offset extra | match extra | literal extra | literal state | match state | offset state |
//   next...
// A step shifts them to the bottom as one field and takes it apart from below. The chain from one
// step to the next is: load of the bit counts, their sum, shift, shift, mask, address: 12 cycles.
#pragma once

#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "codec/zstd/decode_kernels.h"
#include "codec/zstd/fse_decode.h"
#include "codec/zstd/repeat_kernel.h"

// GCC keeps a third of the step's values on the stack, some of them on the chain: 3.5 ns instead of
// 3.2 on the machine of docs/BENCHMARKS.md. So the step is written in assembly where it can be;
// sanitizers need a register that it takes.
#if defined(__BMI2__) && defined(__GNUC__) && !defined(__clang__) && defined(__OPTIMIZE__) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define HOLT_SEQUENCE_STEP_ASM 1
#else
#define HOLT_SEQUENCE_STEP_ASM 0
#endif

namespace holt::zstd {
namespace {

/// A step needs this many bits at most, and a load has as many.
constexpr unsigned kBitsLoaded = 57;

struct Sequence {
    std::uint32_t literals;
    std::uint32_t match;
    std::uint32_t offset;  // 0: not valid
    std::uint32_t unused;  // 16 bytes are addressed with less work than 12
};

struct SequenceStream {
    const std::uint8_t* last_load;  // the stream's last eight bytes
    std::int64_t size;              // bits
    std::int64_t taken;             // bits
    std::uint64_t bits;             // the next ones, on top; 57 or more
    const SequenceEntry* literal_table;
    const SequenceEntry* offset_table;
    const SequenceEntry* match_table;
    const SequenceEntry* literal;  // the current states
    const SequenceEntry* offset;
    const SequenceEntry* match;
    RepeatOffsets repeats;

    void load() { bits = load64(last_load - (taken >> 3)) << (taken & 7); }
    /// Up to 32 bits, slowly; 0 when there are not so many, and then taken > size.
    std::uint32_t read(unsigned count) {
        taken += count;
        if (count == 0 || taken > size) return 0;
        taken -= count;
        load();
        taken += count;
        return static_cast<std::uint32_t>(bits >> (64 - count));
    }
};

/// The lowest `count` bits of `value`, 0 to 63.
inline std::uint64_t low_bits(std::uint64_t value, std::uint64_t count) {
#if defined(__BMI2__)
    return _bzhi_u64(value, static_cast<unsigned>(count));
#else
    return value & ~(~std::uint64_t{0} << count);
#endif
}

inline const SequenceEntry* next_entry(const SequenceEntry* table, const SequenceEntry* entry,
                                       std::uint64_t bits) {
    return reinterpret_cast<const SequenceEntry*>(reinterpret_cast<const char*>(table) +
                                                  entry->next) +
           bits;
}

/// The values of the current states, slowly.
inline Sequence read_values(SequenceStream& stream) {
    const auto value = [&](const SequenceEntry* entry) {
        return entry->baseline +
               stream.read(static_cast<unsigned>(entry->total_bits - entry->transition_bits));
    };
    Sequence sequence{};
    const std::uint32_t offset_value = value(stream.offset);
    sequence.match = value(stream.match);
    sequence.literals = value(stream.literal);
    if (stream.taken <= stream.size)
        sequence.offset = stream.repeats.resolve(offset_value, sequence.literals);
    return sequence;
}

/// One sequence and the transition behind it, slowly: long ones, and those near the stream's end.
/// False when the stream is exhausted.
__attribute__((noinline, cold)) bool decode_slowly(SequenceStream& stream, Sequence& place) {
    place = read_values(stream);
    const auto move = [&](const SequenceEntry* table, const SequenceEntry*& entry) {
        entry = next_entry(table, entry, stream.read(entry->transition_bits));
    };
    move(stream.literal_table, stream.literal);
    move(stream.match_table, stream.match);
    move(stream.offset_table, stream.offset);
    if (stream.taken > stream.size) return false;
    stream.load();
    return true;
}

/// Decodes up to `end`, but stops in front of a sequence that takes more than kBitsLoaded. The
/// stream must hold that many bits for each. Returns the place behind the last one decoded.
inline Sequence* decode_fast(SequenceStream& stream, Sequence* place, Sequence* const end) {
    const std::uint8_t* const last_load = stream.last_load;
    const SequenceEntry* const literal_table = stream.literal_table;
    const SequenceEntry* const offset_table = stream.offset_table;
    const SequenceEntry* const match_table = stream.match_table;
    const SequenceEntry* literal = stream.literal;
    const SequenceEntry* offset = stream.offset;
    const SequenceEntry* match = stream.match;
    std::int64_t taken = stream.taken;
    std::uint64_t bits = stream.bits;
    RepeatOffsets repeats = stream.repeats;
    do {
        std::uint64_t literal_bits = literal->total_bits;
        std::uint64_t offset_bits = offset->total_bits;
        std::uint64_t match_bits = match->total_bits;
        std::uint64_t field = literal_bits + match_bits + offset_bits;
        if (field > kBitsLoaded) [[unlikely]]
            break;
#if HOLT_SEQUENCE_STEP_ASM
        // Work registers: lt, ot, mt hold the transition bits and then the next entries; part the
        // literal transition and what is above it; one whatever is short-lived. `field` and the
        // three bit counts become what they are named for, and at the end the three values.
        std::uint64_t lt, ot, mt, part, one;
        asm("add %[field], %[taken]\n\t"
            "neg %[field]\n\t"
            "shrx %[field], %[bits], %[field]\n\t"
            "movzbl 1(%[offset]), %k[ot]\n\t"
            "movzbl 1(%[match]), %k[mt]\n\t"
            "movzbl 1(%[literal]), %k[lt]\n\t"
            // Literal state, the end of the longest chain.
            "lea (%[ot], %[mt]), %[part]\n\t"
            "shrx %[part], %[field], %[part]\n\t"
            "bzhi %[lt], %[part], %[one]\n\t"
            "shrx %[lt], %[part], %[part]\n\t"
            "sub %k[lt], %k[literal_bits]\n\t"
            "movzwl 2(%[literal]), %k[lt]\n\t"
            "add %[literal_table], %[lt]\n\t"
            "lea (%[lt], %[one], 8), %[lt]\n\t"
            // The next bits.
            "mov %[taken], %[one]\n\t"
            "shr $3, %[one]\n\t"
            "mov %[last_load], %[bits]\n\t"
            "sub %[one], %[bits]\n\t"
            "mov %k[taken], %k[one]\n\t"
            "and $7, %k[one]\n\t"
            "shlx %[one], (%[bits]), %[bits]\n\t"
            // Offset and match states.
            "sub %k[ot], %k[offset_bits]\n\t"
            "bzhi %[ot], %[field], %[one]\n\t"
            "shrx %[ot], %[field], %[field]\n\t"
            "movzwl 2(%[offset]), %k[ot]\n\t"
            "add %[offset_table], %[ot]\n\t"
            "lea (%[ot], %[one], 8), %[ot]\n\t"
            "bzhi %[mt], %[field], %[field]\n\t"
            "sub %k[mt], %k[match_bits]\n\t"
            "movzwl 2(%[match]), %k[mt]\n\t"
            "add %[match_table], %[mt]\n\t"
            "lea (%[mt], %[field], 8), %[mt]\n\t"
            // The values.
            "bzhi %[literal_bits], %[part], %[one]\n\t"
            "add 4(%[literal]), %k[one]\n\t"
            "shrx %[literal_bits], %[part], %[part]\n\t"
            "bzhi %[match_bits], %[part], %[literal_bits]\n\t"
            "add 4(%[match]), %k[literal_bits]\n\t"
            "shrx %[match_bits], %[part], %[part]\n\t"
            "bzhi %[offset_bits], %[part], %[offset_bits]\n\t"
            "add 4(%[offset]), %k[offset_bits]\n\t"
            : [bits] "+r"(bits), [taken] "+r"(taken), [field] "+r"(field),
              [literal_bits] "+r"(literal_bits), [offset_bits] "+r"(offset_bits),
              [match_bits] "+r"(match_bits), [lt] "=&r"(lt), [ot] "=&r"(ot), [mt] "=&r"(mt),
              [part] "=&r"(part), [one] "=&r"(one)
            : [literal] "r"(literal), [offset] "r"(offset), [match] "r"(match),
              [literal_table] "m"(literal_table), [offset_table] "m"(offset_table),
              [match_table] "m"(match_table), [last_load] "m"(last_load)
            : "cc", "memory");
        literal = reinterpret_cast<const SequenceEntry*>(lt);
        offset = reinterpret_cast<const SequenceEntry*>(ot);
        match = reinterpret_cast<const SequenceEntry*>(mt);
        const auto literal_value = static_cast<std::uint32_t>(one);
        const auto match_value = static_cast<std::uint32_t>(literal_bits);
        const auto offset_value = static_cast<std::uint32_t>(offset_bits);
#else
        const SequenceEntry from_literal = *literal;
        const SequenceEntry from_offset = *offset;
        const SequenceEntry from_match = *match;
        taken += static_cast<std::int64_t>(field);
        field = bits >> (-field & 63);
        bits = load64(last_load - (taken >> 3)) << (taken & 7);
        const auto take = [&field](unsigned count) {
            const std::uint64_t part = low_bits(field, count);
            field >>= count;
            return part;
        };
        offset = next_entry(offset_table, &from_offset, take(from_offset.transition_bits));
        match = next_entry(match_table, &from_match, take(from_match.transition_bits));
        literal = next_entry(literal_table, &from_literal, take(from_literal.transition_bits));
        const auto value = [&take](const SequenceEntry& entry) {
            const auto extra = static_cast<unsigned>(entry.total_bits - entry.transition_bits);
            return entry.baseline + static_cast<std::uint32_t>(take(extra));
        };
        const std::uint32_t literal_value = value(from_literal);
        const std::uint32_t match_value = value(from_match);
        const std::uint32_t offset_value = value(from_offset);
        static_cast<void>(literal_bits), static_cast<void>(offset_bits);
        static_cast<void>(match_bits);
#endif
        place->literals = literal_value;
        place->match = match_value;
        place->offset = repeats.resolve(offset_value, literal_value);
        ++place;
    } while (place != end);
    stream.literal = literal, stream.offset = offset, stream.match = match;
    stream.taken = taken;
    stream.bits = bits;
    stream.repeats = repeats;
    return place;
}

/// Decodes sequences, each with the transition behind it, into `place` up to `end`. False when the
/// stream is exhausted.
__attribute__((noinline)) bool decode_some(SequenceStream& stream, Sequence* place,
                                           Sequence* const end) {
    while (place != end) {
        const std::int64_t safe = (stream.size - stream.taken) / kBitsLoaded;
        const std::int64_t count = safe < end - place ? safe : end - place;
        Sequence* const stop = place + count;
        if (count > 0) place = decode_fast(stream, place, stop);
        if (place == end) break;
        if (count > 0 && place == stop) continue;
        if (!decode_slowly(stream, *place)) return false;
        ++place;
    }
    return true;
}

}  // namespace
}  // namespace holt::zstd
