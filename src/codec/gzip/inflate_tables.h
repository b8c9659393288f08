// Tables that decode deflate's Huffman codes (RFC 1951, 3.2.2): one look for a code of up to so
// many bits, a second in a subtable for a longer one. A look tells the symbol, what it stands for,
// and how many bits it takes together with its extra bits. Thread rule: values; pure functions.
#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace holt::gzip {

inline constexpr unsigned kMaxCodeBits = 15;
inline constexpr unsigned kLengthTableBits = 11, kDistanceTableBits = 8, kCodeTableBits = 7;
inline constexpr std::size_t kLengthSymbols = 288, kDistanceSymbols = 32, kCodeSymbols = 19;
inline constexpr unsigned kEndOfBlock = 256;

/// An entry: bits 0 to 7 the bits that it takes, 8 to 11 those of them that are its code, 16 to 30
/// its value: the byte of a literal, the least length or distance, or the symbol itself. With
/// kSubtable: bits 0 to 7 the bits of the first table, 8 to 11 those of the subtable, 16 to 30
/// where it begins.
using TableEntry = std::uint32_t;
inline constexpr TableEntry kLiteral = 1u << 31;
/// Neither a literal nor a length or distance: one of the next three.
inline constexpr TableEntry kSpecial = 1u << 15;
inline constexpr TableEntry kSubtable = 1u << 14, kEnd = 1u << 13, kNoCode = 1u << 12;

constexpr unsigned bits_of(TableEntry entry) noexcept {
    return entry & 0xff;
}
constexpr unsigned code_bits_of(TableEntry entry) noexcept {
    return entry >> 8 & 15;
}
constexpr unsigned value_of(TableEntry entry) noexcept {
    return entry >> 16 & 0x7fff;
}

// A subtable has at least two codes, and as many entries as its longest code asks for.
constexpr std::size_t table_room(std::size_t symbols, unsigned bits) noexcept {
    return (std::size_t{1} << bits) + symbols / 2 * (std::size_t{1} << (kMaxCodeBits - bits));
}

struct InflateTables {
    std::array<TableEntry, table_room(kLengthSymbols, kLengthTableBits)> lengths;
    std::array<TableEntry, table_room(kDistanceSymbols, kDistanceTableBits)> distances;
};
using CodeTable = std::array<TableEntry, std::size_t{1} << kCodeTableBits>;

/// `bits`: of each symbol's code; 0: none. False where they are no code: more codes than there can
/// be, or, but for a single code of one bit, fewer (as zlib has it).
bool build_lengths(std::span<const std::uint8_t> bits, InflateTables& tables) noexcept;
/// The same; there may be no code at all.
bool build_distances(std::span<const std::uint8_t> bits, InflateTables& tables) noexcept;
/// Codes of up to 7 bits for the code's own lengths (3.2.7): always complete.
bool build_codes(std::span<const std::uint8_t> bits, CodeTable& table) noexcept;

/// Those of blocks with fixed codes (3.2.6).
const InflateTables& fixed_tables() noexcept;

}  // namespace holt::gzip
