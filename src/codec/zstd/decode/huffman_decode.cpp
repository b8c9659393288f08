#include "codec/zstd/decode/huffman_decode.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <span>
#include <utility>

#include "codec/zstd/decode/fse_decode.h"
#include "codec/zstd/format/bit_reader.h"

namespace holt::zstd {
namespace {

constexpr std::size_t kMaxSymbols = 256;
constexpr std::size_t kMaxListedWeights = kMaxSymbols - 1;  // the last one is implied
constexpr std::size_t kParts = 8;                           // see Ranks

struct Weights {
    std::array<std::uint8_t, kMaxSymbols + kParts> of;  // rounded up to equal parts
    std::size_t count = 0;
};

/// Weights as an FSE stream of two states that take turns (4.2.1.2).
ErrorCode read_fse_weights(ByteView input, Weights& weights) noexcept {
    FseDistribution distribution;
    // A weight is at most 11, but the description may name more symbols: they are refused later,
    // when one of them occurs.
    const ErrorCode read = read_distribution(input, kMaxWeightsAccuracy, kMaxSymbols, distribution);
    if (read != ErrorCode::ok) return read;
    WeightTable table;
    build_weight_table(std::span(distribution.counts).first(distribution.symbols),
                       distribution.accuracy, table);
    BackwardBits bits;
    if (!bits.open(input.subspan(distribution.consumed))) return ErrorCode::bad_huffman;
    unsigned first = bits.read(distribution.accuracy);
    unsigned second = bits.read(distribution.accuracy);
    if (bits.left() < 0) return ErrorCode::bad_huffman;

    // As long as one load has the bits for eight transitions, nothing needs to be checked.
    constexpr std::size_t kBatch = 8;
    constexpr unsigned kBatchBits = kBatch * kMaxWeightsAccuracy;
    std::size_t count = 0;
    while (bits.left() >= kBatchBits && count + kBatch + 2 <= kMaxListedWeights) {
        std::uint64_t window = bits.window();
        const auto step = [&](unsigned& state) {
            const WeightState current = table[state];
            weights.of[count++] = current.weight;
            state = current.base + static_cast<unsigned>(window >> 1 >> (63 - current.bits));
            window <<= current.bits;
            return unsigned{current.bits};
        };
        unsigned taken = 0;
        for (std::size_t i = 0; i < kBatch; i += 2) {
            taken += step(first);
            taken += step(second);
        }
        bits.skip(taken);
    }
    // The stream ends when a transition asks for more bits than are left: the symbol of the other
    // state, which needs none, is the last.
    for (;;) {
        if (count + 2 > kMaxListedWeights) return ErrorCode::bad_huffman;
        const WeightState current = table[first];
        weights.of[count++] = current.weight;
        first = current.base + bits.read(current.bits);
        std::swap(first, second);
        if (bits.left() < 0) break;
    }
    weights.of[count++] = table[first].weight;
    weights.count = count;
    return ErrorCode::ok;
}

/// Reads the weights that are listed; `consumed` becomes the length of the whole description.
ErrorCode read_weights(ByteView input, Weights& weights, std::size_t& consumed) noexcept {
    if (input.empty()) return ErrorCode::bad_huffman;
    const unsigned header = input[0];
    if (header < 128) {
        consumed = 1 + header;
        if (consumed > input.size()) return ErrorCode::bad_huffman;
        return read_fse_weights(input.subspan(1, header), weights);
    }
    weights.count = header - 127;
    consumed = 1 + (weights.count + 1) / 2;
    if (consumed > input.size()) return ErrorCode::bad_huffman;
    for (std::size_t i = 0; i < weights.count; ++i) {
        const unsigned pair = input[1 + i / 2];
        weights.of[i] = static_cast<std::uint8_t>(i % 2 == 0 ? pair >> 4 : pair & 15);
    }
    return ErrorCode::ok;
}

/// Counts of the symbols of each weight, in each of eight equal parts of the alphabet: counting and
/// sorting in one sequence would wait for the last store to the same counter each time, and most
/// symbols have weight 0.
struct Ranks {
    std::array<std::array<std::uint8_t, 16>, kParts> of{};
    std::size_t part_size;
};

/// Writes the cells of one weight's symbols, 2^(weight-1) each.
std::uint16_t* fill_cells(const std::uint8_t* symbols, std::size_t count, unsigned weight,
                          unsigned bits, std::uint16_t* at) noexcept {
    for (std::size_t i = 0; i < count; ++i) {
        const std::uint64_t cell = (bits | std::uint32_t{symbols[i]} << 8) * 0x0001000100010001u;
        switch (weight) {
            case 1:
                std::memcpy(at, &cell, 2);
                break;
            case 2:
                std::memcpy(at, &cell, 4);
                break;
            default:
                for (unsigned k = 0; k < 1u << (weight - 1); k += 4) std::memcpy(at + k, &cell, 8);
        }
        at += std::size_t{1} << (weight - 1);
    }
    return at;
}

template <unsigned kMostBits, class Table>
ErrorCode read_table(ByteView input, Table& table, std::size_t& consumed) noexcept {
    Weights weights;
    const ErrorCode read = read_weights(input, weights, consumed);
    if (read != ErrorCode::ok) return read;
    std::uint8_t most = 0;
    for (std::size_t i = 0; i < weights.count; ++i) most = std::max(most, weights.of[i]);
    if (most > kMostBits) return ErrorCode::bad_huffman;

    // What the last symbol's place is not known yet belongs to weight 0, as if it did not occur.
    Ranks ranks;
    ranks.part_size = weights.count / kParts + 1;
    std::memset(weights.of.data() + weights.count, 0, ranks.part_size * kParts - weights.count);
    for (std::size_t i = 0; i < ranks.part_size; ++i)
        for (std::size_t part = 0; part < kParts; ++part)
            ++ranks.of[part][weights.of[part * ranks.part_size + i]];

    // A symbol of weight w owns 2^(w-1) cells; the implied last one fills up to a power of two.
    std::array<std::uint16_t, 16> totals{};
    for (const auto& part : ranks.of)
        for (std::size_t weight = 0; weight < totals.size(); ++weight)
            totals[weight] = static_cast<std::uint16_t>(totals[weight] + part[weight]);
    std::uint32_t cells = 0;
    for (unsigned weight = 1; weight <= kMostBits; ++weight)
        cells += std::uint32_t{totals[weight]} << (weight - 1);
    if (cells == 0) return ErrorCode::bad_huffman;
    const unsigned depth = static_cast<unsigned>(std::bit_width(cells));
    if (depth > kMostBits) return ErrorCode::bad_huffman;
    const std::uint32_t rest = (1u << depth) - cells;
    if (!std::has_single_bit(rest)) return ErrorCode::bad_huffman;
    const unsigned last = static_cast<unsigned>(std::bit_width(rest));
    weights.of[weights.count] = static_cast<std::uint8_t>(last);
    ++ranks.of[weights.count / ranks.part_size][last];
    ++totals[last];
    // The longest codes come in pairs: a tree without them is not one.
    if (totals[1] < 2 || totals[1] % 2 != 0) return ErrorCode::bad_huffman;

    // Symbols by weight, in order within each. Those of weight 0 come last, where they do no harm.
    std::array<std::uint16_t, 16> next{};
    std::uint16_t sorted_size = 0;
    for (unsigned weight = 1; weight <= kMostBits; ++weight) {
        next[weight] = sorted_size;
        sorted_size = static_cast<std::uint16_t>(sorted_size + totals[weight]);
    }
    next[0] = sorted_size;
    std::array<std::array<std::uint16_t, 16>, kParts> place;
    for (std::size_t part = 0; part < kParts; ++part) {
        place[part] = next;
        for (std::size_t weight = 0; weight < next.size(); ++weight)
            next[weight] = static_cast<std::uint16_t>(next[weight] + ranks.of[part][weight]);
    }
    std::array<std::uint8_t, kMaxSymbols + 2 * kParts> sorted;
    for (std::size_t i = 0; i < ranks.part_size; ++i) {
        for (std::size_t part = 0; part < kParts; ++part) {
            const std::size_t symbol = part * ranks.part_size + i;
            sorted[place[part][weights.of[symbol]]++] = static_cast<std::uint8_t>(symbol);
        }
    }
    const std::uint8_t* symbols = sorted.data();
    std::uint16_t* at = table.single.data();
    for (unsigned weight = 1; weight <= depth; ++weight) {
        table.first_cell[depth + 1 - weight] = static_cast<std::uint16_t>(at - table.single.data());
        at = fill_cells(symbols, totals[weight], weight, depth + 1 - weight, at);
        symbols += totals[weight];
    }
    table.depth = depth;
    return ErrorCode::ok;
}

/// Calls visit(bits, begin, end) for each length of a first code that leaves room for a second one
/// in an index, with the cells whose first code has that length.
template <class Visit>
void for_first_lengths(const HuffmanTable& table, const Visit& visit) noexcept {
    const unsigned size = 1u << table.depth;
    const unsigned shortest = table.single[size - 1] & 255;
    for (unsigned bits = shortest; bits + shortest <= table.depth; ++bits)
        visit(bits, table.first_cell[bits], bits == shortest ? size : table.first_cell[bits - 1]);
}

}  // namespace

ErrorCode read_huffman_table(ByteView input, HuffmanTable& table, std::size_t& consumed) noexcept {
    table.has_pairs = false;
    return read_table<kMaxHuffmanBits>(input, table, consumed);
}

ErrorCode read_deep_huffman_table(ByteView input, DeepHuffmanTable& table,
                                  std::size_t& consumed) noexcept {
    return read_table<kMaxDictionaryBits>(input, table, consumed);
}

ErrorCode decode_deep_huffman(const DeepHuffmanTable& table, ByteView stream,
                              MutableByteView out) noexcept {
    BackwardBits bits;
    if (!bits.open(stream)) return ErrorCode::bad_huffman;
    for (std::uint8_t& byte : out) {
        if (bits.left() <= 0) return ErrorCode::bad_huffman;
        const unsigned entry = table.single[bits.window() >> (64 - table.depth)];
        bits.skip(entry & 0xFF);
        byte = static_cast<std::uint8_t>(entry >> 8);
    }
    return bits.left() == 0 ? ErrorCode::ok : ErrorCode::bad_huffman;
}

unsigned pairs_share(const HuffmanTable& table) noexcept {
    const unsigned size = 1u << table.depth;
    unsigned pairs = 0;  // in parts of size x size
    for_first_lengths(table, [&](unsigned bits, unsigned begin, unsigned end) {
        pairs += (end - begin) * (size - table.first_cell[table.depth - bits]);
    });
    return static_cast<unsigned>(std::uint64_t{pairs} * kPairsScale >> (2 * table.depth));
}

void build_pairs(HuffmanTable& table) noexcept {
    for (unsigned index = 0; index < 1u << table.depth; ++index)
        table.pairs[index] = table.single[index] | 1u << 24;
    for_first_lengths(table, [&](unsigned bits, unsigned begin, unsigned end) {
        // Cells are in descending order of length, so the second codes that are not too long are
        // all from one cell on.
        const unsigned run = 1u << (table.depth - bits);  // cells of one first symbol
        const unsigned first_fitting =
            (table.first_cell[table.depth - bits] + (1u << bits) - 1) >> bits;
        for (; begin < end; begin += run) {
            for (unsigned i = first_fitting; i < run; ++i) {
                const unsigned second = table.single[i << bits];
                // The second symbol goes one byte further up than it is; and there is one more.
                table.pairs[begin + i] += second + (second & 0xFF00) * 255 + (1u << 24);
            }
        }
    });
    table.has_pairs = true;
}

}  // namespace holt::zstd
