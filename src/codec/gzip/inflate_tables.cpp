#include "codec/gzip/inflate_tables.h"

#include <algorithm>
#include <cstring>

namespace holt::gzip {
namespace {

constexpr TableEntry kInvalid = kSpecial | kNoCode;

constexpr TableEntry entry_for(unsigned value, unsigned extra) noexcept {
    return value << 16 | extra;
}

/// What a symbol's entry has besides the bits of its code (RFC 1951, 3.2.5).
constexpr auto kLengthEntries = [] {
    std::array<TableEntry, kLengthSymbols> entries{};
    for (unsigned symbol = 0; symbol < kEndOfBlock; ++symbol)
        entries[symbol] = kLiteral | symbol << 16;
    entries[kEndOfBlock] = kSpecial | kEnd;
    unsigned least = 3;
    for (unsigned symbol = 257; symbol < 285; ++symbol) {
        const unsigned extra = symbol < 265 ? 0 : (symbol - 261) / 4;
        entries[symbol] = entry_for(least, extra);
        least += 1u << extra;
    }
    entries[285] = entry_for(258, 0);
    entries[286] = entries[287] = kInvalid;
    return entries;
}();
constexpr auto kDistanceEntries = [] {
    std::array<TableEntry, kDistanceSymbols> entries{};
    unsigned least = 1;
    for (unsigned symbol = 0; symbol < 30; ++symbol) {
        const unsigned extra = symbol < 4 ? 0 : (symbol - 2) / 2;
        entries[symbol] = entry_for(least, extra);
        least += 1u << extra;
    }
    entries[30] = entries[31] = kInvalid;
    return entries;
}();
constexpr auto kCodeEntries = [] {
    std::array<TableEntry, kCodeSymbols> entries{};
    for (unsigned symbol = 0; symbol < kCodeSymbols; ++symbol)
        entries[symbol] = entry_for(symbol, 0);
    return entries;
}();

/// The entry of a code of which `code_bits` are still to be taken.
constexpr TableEntry with_code(TableEntry entry, unsigned code_bits) noexcept {
    return entry + (code_bits << 8) + code_bits;
}

constexpr auto kReversedBytes = [] {
    std::array<std::uint8_t, 256> bytes{};
    for (unsigned byte = 0; byte < 256; ++byte)
        for (unsigned bit = 0; bit < 8; ++bit)
            if ((byte >> bit & 1) != 0) bytes[byte] |= static_cast<std::uint8_t>(0x80u >> bit);
    return bytes;
}();

/// Codes come from the stream with their first bit lowest.
unsigned reversed(unsigned code, unsigned bits) noexcept {
    return static_cast<unsigned>(kReversedBytes[code & 255] << 8 | kReversedBytes[code >> 8]) >>
           (16 - bits);
}

enum class Incomplete : std::uint8_t { refused, one_bit, one_bit_or_none };

/// Symbols in the order of their codes, and where each length begins.
struct Sorted {
    std::array<std::uint16_t, kLengthSymbols> symbols;
    std::array<unsigned, kMaxCodeBits + 2> begin{};  // of each number of bits; the last is the end

    explicit Sorted(std::span<const std::uint8_t> bits) noexcept {
        std::array<unsigned, kMaxCodeBits + 1> counts{};
        for (const std::uint8_t one : bits) ++counts[one];
        for (unsigned length = 1; length <= kMaxCodeBits; ++length)
            begin[length + 1] = begin[length] + counts[length];
        auto at = begin;
        for (std::size_t symbol = 0; symbol < bits.size(); ++symbol)
            if (bits[symbol] != 0) symbols[at[bits[symbol]]++] = static_cast<std::uint16_t>(symbol);
    }
    unsigned count(unsigned length) const noexcept { return begin[length + 1] - begin[length]; }
    unsigned all() const noexcept { return begin[kMaxCodeBits + 1]; }
};

/// Codes longer than the table: those that begin alike share a subtable.
void fill_subtables(const Sorted& sorted, std::span<const TableEntry> entries, unsigned table_bits,
                    unsigned code, TableEntry* table) noexcept {
    std::size_t next = std::size_t{1} << table_bits;
    unsigned length = table_bits + 1;
    std::size_t begin = 0;
    unsigned sub_bits = 0, open_prefix = ~0u;
    for (unsigned i = sorted.begin[length]; i < sorted.all(); ++i, ++code) {
        for (; i >= sorted.begin[length + 1]; ++length) code <<= 1;
        const unsigned prefix = code >> (length - table_bits);
        if (prefix != open_prefix) {
            // Codes are in order: this subtable takes as many of each length as still fit in.
            sub_bits = length - table_bits;
            unsigned room = 1u << sub_bits, here = sorted.begin[length + 1] - i;
            while (here < room && table_bits + sub_bits < kMaxCodeBits) {
                ++sub_bits;
                room <<= 1;
                here = 2 * here + sorted.count(table_bits + sub_bits);
            }
            begin = next;
            next += std::size_t{1} << sub_bits;
            open_prefix = prefix;
            table[reversed(prefix, table_bits)] = kSpecial | kSubtable |
                                                  static_cast<TableEntry>(begin << 16) |
                                                  sub_bits << 8 | table_bits;
        }
        const unsigned rest = length - table_bits;
        const TableEntry entry = with_code(entries[sorted.symbols[i]], rest);
        for (std::size_t at = reversed(code & ((1u << rest) - 1), rest);
             at < std::size_t{1} << sub_bits; at += std::size_t{1} << rest)
            table[begin + at] = entry;
    }
}

bool build(std::span<const std::uint8_t> bits, std::span<const TableEntry> entries,
           Incomplete incomplete, unsigned table_bits, TableEntry* table) noexcept {
    const Sorted sorted(bits);
    const std::size_t size = std::size_t{1} << table_bits;
    int left = 1;  // codes that are not given away, of the length looked at
    unsigned longest = 0;
    for (unsigned length = 1; length <= kMaxCodeBits; ++length) {
        left = 2 * left - static_cast<int>(sorted.count(length));
        if (left < 0) return false;
        if (sorted.count(length) != 0) longest = length;
    }
    if (left > 0) {
        const bool none = longest == 0, one = longest == 1;
        if (!(one && incomplete != Incomplete::refused) &&
            !(none && incomplete == Incomplete::one_bit_or_none))
            return false;
        std::fill_n(table, size, with_code(kInvalid, 1));
        if (one)
            for (std::size_t at = 0; at < size; at += 2)
                table[at] = with_code(entries[sorted.symbols[0]], 1);
        return true;
    }
    // The table of one more bit is that of one bit less twice, and the codes of that length.
    unsigned code = 0;
    for (unsigned length = 1; length <= table_bits; ++length) {
        const std::size_t half = std::size_t{1} << (length - 1);
        if (length > 1) std::memcpy(table + half, table, half * sizeof *table);
        code <<= 1;
        for (unsigned i = sorted.begin[length]; i < sorted.begin[length + 1]; ++i, ++code)
            table[reversed(code, length)] = with_code(entries[sorted.symbols[i]], length);
    }
    if (longest > table_bits) fill_subtables(sorted, entries, table_bits, code << 1, table);
    return true;
}

}  // namespace

bool build_lengths(std::span<const std::uint8_t> bits, InflateTables& tables) noexcept {
    return build(bits, kLengthEntries, Incomplete::one_bit, kLengthTableBits,
                 tables.lengths.data());
}

bool build_distances(std::span<const std::uint8_t> bits, InflateTables& tables) noexcept {
    return build(bits, kDistanceEntries, Incomplete::one_bit_or_none, kDistanceTableBits,
                 tables.distances.data());
}

bool build_codes(std::span<const std::uint8_t> bits, CodeTable& table) noexcept {
    return build(bits, kCodeEntries, Incomplete::refused, kCodeTableBits, table.data());
}

const InflateTables& fixed_tables() noexcept {
    static const InflateTables tables = [] {
        std::array<std::uint8_t, kLengthSymbols> lengths;
        std::fill_n(lengths.begin(), 144, std::uint8_t{8});
        std::fill_n(lengths.begin() + 144, 112, std::uint8_t{9});
        std::fill_n(lengths.begin() + 256, 24, std::uint8_t{7});
        std::fill_n(lengths.begin() + 280, 8, std::uint8_t{8});
        std::array<std::uint8_t, kDistanceSymbols> distances;
        distances.fill(5);
        InflateTables made;
        build_lengths(lengths, made);
        build_distances(distances, made);
        return made;
    }();
    return tables;
}

}  // namespace holt::gzip
