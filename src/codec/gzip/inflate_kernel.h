// The inner loop of inflate: symbols of one block, as long as input and output are far from their
// ends. Written once; inflate_kernel_portable.cpp and _avx2.cpp (for BMI2) set HOLT_INFLATE_ISA and
// include it. Nothing here may call a library function or template that is not forced inline.
//
// 64 bits are kept at hand and filled up without a branch; up to three literals, or a length and
// its distance, are taken between two fillings. The entry of the next symbol is looked up before a
// match is copied, so that neither waits for the other. Copies write up to kOutputSlack bytes
// behind a match. Thread rule: pure, but for what the cursor points to.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "codec/gzip/inflate_loop.h"
#include "codec/gzip/inflate_tables.h"

namespace holt::gzip::HOLT_INFLATE_ISA {

static inline std::uint64_t load64(const std::uint8_t* at) noexcept {
    std::uint64_t value;
    std::memcpy(&value, at, sizeof value);
    return value;
}

static inline void copy16(std::uint8_t* to, const std::uint8_t* from) noexcept {
    std::uint64_t words[2];
    std::memcpy(words, from, sizeof words);
    std::memcpy(to, words, sizeof words);
}

/// Fills 64 bits up to 56 at least. What is above `count` is what comes next in the input, and is
/// put there again, the same, by the next filling. Of `count` only the lowest 6 bits count here:
/// whole entries are subtracted from it.
static inline void fill(std::uint64_t& bits, unsigned& count, const std::uint8_t*& in) noexcept {
    std::uint64_t next = load64(in);
    if constexpr (std::endian::native == std::endian::big) next = __builtin_bswap64(next);
    bits |= next << (count & 63);
    in += 7 - (count >> 3 & 7);
    count |= 56;
}

/// The lowest bits, as many as the lowest 8 bits of `count` say, which are 63 at most.
static inline std::uint64_t low_bits(std::uint64_t bits, unsigned count) noexcept {
#ifdef __BMI2__
    return __builtin_ia32_bzhi_di(bits, count);
#else
    return bits & ((std::uint64_t{1} << (count & 63)) - 1);
#endif
}

/// Takes the bits of an entry.
static inline void pass(std::uint64_t& bits, unsigned& count, TableEntry entry) noexcept {
    bits >>= entry & 63;
    count -= entry;
}

static inline void put_literal(std::uint64_t& bits, unsigned& count, TableEntry entry,
                               std::uint8_t*& out) noexcept {
    pass(bits, count, entry);
    *out++ = static_cast<std::uint8_t>(entry >> 16);
}

/// What a length or distance stands for, with its extra bits.
static inline std::size_t value_with_extra(TableEntry entry, std::uint64_t bits) noexcept {
    return (entry >> 16) + (low_bits(bits, entry) >> (entry >> 8 & 63));
}

/// `length` bytes from `distance` before `out`; writes up to kOutputSlack more.
static inline void copy_match(std::uint8_t* out, std::size_t distance,
                              std::size_t length) noexcept {
    const std::uint8_t* from = out - distance;
    std::uint8_t* const end = out + length;
    if (distance >= 16) {
        copy16(out, from);
        copy16(out + 16, from + 16);
        for (out += 32, from += 32; out < end; out += 32, from += 32) {
            copy16(out, from);
            copy16(out + 16, from + 16);
        }
    } else if (distance == 1) {
        const std::uint64_t word = std::uint64_t{0x0101010101010101} * *from;
        do {
            std::memcpy(out, &word, 8);
            std::memcpy(out + 8, &word, 8);
            out += 16;
        } while (out < end);
    } else if (distance >= 8) {
        do {
            const std::uint64_t word = load64(from);
            std::memcpy(out, &word, 8);
            from += 8;
            out += 8;
        } while (out < end);
    } else {
        // A word that is written `distance` further on has its first bytes right.
        do {
            const std::uint64_t word = load64(from);
            std::memcpy(out, &word, 8);
            from += distance;
            out += distance;
        } while (out < end);
    }
}

static LoopEnd run_loop(Cursor& cursor, const LoopLimits& limits,
                        const InflateTables& tables) noexcept {
    constexpr std::uint64_t kLengthMask = (1u << kLengthTableBits) - 1;
    constexpr std::uint64_t kDistanceMask = (1u << kDistanceTableBits) - 1;
    const TableEntry* const lengths = tables.lengths.data();
    const TableEntry* const distances = tables.distances.data();
    // In registers: bytes that are written might be these, for all that the compiler knows.
    const std::uint8_t* const in_limit = limits.in;
    const std::uint8_t* const out_limit = limits.out;
    const std::uint8_t* const begin = limits.begin;
    const std::uint8_t* in = cursor.in;
    std::uint8_t* out = cursor.out;
    std::uint64_t bits = cursor.bits;
    unsigned count = cursor.count;
    LoopEnd ended = LoopEnd::limit;

    fill(bits, count, in);
    TableEntry entry = lengths[bits & kLengthMask];
    while (in < in_limit && out < out_limit) {
        // 1. Literals: at most three of 11 bits, of 56.
        if ((entry & kLiteral) != 0) {
            put_literal(bits, count, entry, out);
            entry = lengths[bits & kLengthMask];
            if ((entry & kLiteral) != 0) {
                put_literal(bits, count, entry, out);
                entry = lengths[bits & kLengthMask];
                if ((entry & kLiteral) != 0) {
                    put_literal(bits, count, entry, out);
                    entry = lengths[bits & kLengthMask];
                    fill(bits, count, in);
                    continue;
                }
            }
        }
        // 2. A longer code, or the end of the block.
        if ((entry & kSpecial) != 0) {
            if ((entry & kSubtable) != 0) {
                bits >>= kLengthTableBits;
                count -= kLengthTableBits;
                entry = lengths[value_of(entry) + low_bits(bits, code_bits_of(entry))];
            }
            if ((entry & kLiteral) != 0) {
                put_literal(bits, count, entry, out);
                entry = lengths[bits & kLengthMask];
                fill(bits, count, in);
                continue;
            }
            if ((entry & kSpecial) != 0) {
                pass(bits, count, entry);
                ended = (entry & kEnd) != 0 ? LoopEnd::block_end : LoopEnd::malformed;
                break;
            }
        }
        // 3. A length, of at most 42 bits with the literals before it.
        const std::size_t length = value_with_extra(entry, bits);
        pass(bits, count, entry);
        // 4. Its distance, of at most 28; 14 that are there are enough for the look.
        entry = distances[bits & kDistanceMask];
        fill(bits, count, in);
        if ((entry & kSpecial) != 0) {
            if ((entry & kSubtable) != 0) {
                bits >>= kDistanceTableBits;
                count -= kDistanceTableBits;
                entry = distances[value_of(entry) + low_bits(bits, code_bits_of(entry))];
            }
            if ((entry & kSpecial) != 0) {
                ended = LoopEnd::malformed;
                break;
            }
        }
        const std::size_t distance = value_with_extra(entry, bits);
        pass(bits, count, entry);
        if (distance > static_cast<std::size_t>(out - begin)) {
            ended = LoopEnd::malformed;
            break;
        }
        // 5. The next entry is on its way while the match is copied.
        entry = lengths[bits & kLengthMask];
        fill(bits, count, in);
        copy_match(out, distance, length);
        out += length;
    }
    cursor = {in, out, low_bits(bits, count & 63), count & 63};
    return ended;
}

/// The same without content: passes the symbols of a block, and stays where `out` is. Nothing that
/// a match reaches back to is looked at.
static LoopEnd pass_loop(Cursor& cursor, const LoopLimits& limits,
                         const InflateTables& tables) noexcept {
    constexpr std::uint64_t kLengthMask = (1u << kLengthTableBits) - 1;
    constexpr std::uint64_t kDistanceMask = (1u << kDistanceTableBits) - 1;
    const TableEntry* const lengths = tables.lengths.data();
    const TableEntry* const distances = tables.distances.data();
    const std::uint8_t* const in_limit = limits.in;
    const std::uint8_t* in = cursor.in;
    std::uint64_t bits = cursor.bits;
    unsigned count = cursor.count;
    LoopEnd ended = LoopEnd::limit;
    while (in < in_limit) {
        fill(bits, count, in);
        // 1. Literals: at most four of 11 bits, which leave 12 of 56 for a look.
        TableEntry entry = lengths[bits & kLengthMask];
        unsigned literals = 0;
        while ((entry & kLiteral) != 0 && literals < 4) {
            pass(bits, count, entry);
            entry = lengths[bits & kLengthMask];
            ++literals;
        }
        if ((entry & kLiteral) != 0) continue;
        // 2. A longer code, or the end of the block.
        if (literals > 0) fill(bits, count, in);
        if ((entry & kSpecial) != 0) {
            if ((entry & kSubtable) != 0) {
                bits >>= kLengthTableBits;
                count -= kLengthTableBits;
                entry = lengths[value_of(entry) + low_bits(bits, code_bits_of(entry))];
            }
            if ((entry & kLiteral) != 0) {
                pass(bits, count, entry);
                continue;
            }
            if ((entry & kSpecial) != 0) {
                pass(bits, count, entry);
                ended = (entry & kEnd) != 0 ? LoopEnd::block_end : LoopEnd::malformed;
                break;
            }
        }
        // 3. A length of at most 20 bits, and its distance of at most 28.
        pass(bits, count, entry);
        entry = distances[bits & kDistanceMask];
        if ((entry & kSpecial) != 0) {
            if ((entry & kSubtable) != 0) {
                bits >>= kDistanceTableBits;
                count -= kDistanceTableBits;
                entry = distances[value_of(entry) + low_bits(bits, code_bits_of(entry))];
            }
            if ((entry & kSpecial) != 0) {
                ended = LoopEnd::malformed;
                break;
            }
        }
        pass(bits, count, entry);
    }
    cursor.in = in;
    cursor.bits = low_bits(bits, count & 63);
    cursor.count = count & 63;
    return ended;
}

}  // namespace holt::gzip::HOLT_INFLATE_ISA
