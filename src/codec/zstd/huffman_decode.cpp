#include "codec/zstd/huffman_decode.h"

#include <algorithm>
#include <bit>
#include <span>

#include "codec/zstd/bit_reader.h"
#include "codec/zstd/fse_decode.h"

namespace holt::zstd {
namespace {

constexpr std::size_t kMaxSymbols = 256;
constexpr std::size_t kMaxListedWeights = kMaxSymbols - 1;  // the last one is implied

struct Weights {
    std::array<std::uint8_t, kMaxSymbols> of;
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
    std::array<unsigned, 2> state{};
    state[0] = bits.read(distribution.accuracy);
    state[1] = bits.read(distribution.accuracy);
    if (bits.left() < 0) return ErrorCode::bad_huffman;
    // The stream ends when a transition asks for more bits than are left: the symbol of the other
    // state, which needs none, is the last.
    for (unsigned turn = 0;; turn ^= 1) {
        if (weights.count + 2 > kMaxListedWeights) return ErrorCode::bad_huffman;
        const WeightState current = table[state[turn]];
        weights.of[weights.count++] = current.weight;
        state[turn] = current.base + bits.read(current.bits);
        if (bits.left() < 0) {
            weights.of[weights.count++] = table[state[turn ^ 1]].weight;
            return ErrorCode::ok;
        }
    }
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

}  // namespace

ErrorCode read_huffman_table(ByteView input, HuffmanTable& table, std::size_t& consumed) noexcept {
    Weights weights;
    const ErrorCode read = read_weights(input, weights, consumed);
    if (read != ErrorCode::ok) return read;

    // A symbol of weight w owns 2^(w-1) cells; the implied last one fills up to a power of two.
    std::array<std::uint32_t, kMaxHuffmanBits + 2> ranks{};
    std::uint32_t cells = 0;
    for (std::size_t i = 0; i < weights.count; ++i) {
        if (weights.of[i] > kMaxHuffmanBits) return ErrorCode::bad_huffman;
        ++ranks[weights.of[i]];
        cells += (1u << weights.of[i]) >> 1;
    }
    if (cells == 0) return ErrorCode::bad_huffman;
    const unsigned depth = static_cast<unsigned>(std::bit_width(cells));
    if (depth > kMaxHuffmanBits) return ErrorCode::bad_huffman;
    const std::uint32_t rest = (1u << depth) - cells;
    if (!std::has_single_bit(rest)) return ErrorCode::bad_huffman;
    const unsigned last = static_cast<unsigned>(std::bit_width(rest));
    weights.of[weights.count++] = static_cast<std::uint8_t>(last);
    ++ranks[last];
    // The longest codes come in pairs: a tree without them is not one.
    if (ranks[1] < 2 || ranks[1] % 2 != 0) return ErrorCode::bad_huffman;

    std::array<std::uint32_t, kMaxHuffmanBits + 2> start{};
    for (unsigned weight = 1; weight <= depth; ++weight)
        start[weight + 1] = start[weight] + (ranks[weight] << (weight - 1));
    for (std::size_t symbol = 0; symbol < weights.count; ++symbol) {
        const unsigned weight = weights.of[symbol];
        if (weight == 0) continue;
        const std::uint32_t run = 1u << (weight - 1);
        const auto cell = static_cast<std::uint16_t>((depth + 1 - weight) | symbol << 8);
        std::fill_n(table.single.begin() + start[weight], run, cell);
        start[weight] += run;
    }
    table.depth = depth;
    table.has_pairs = false;
    return ErrorCode::ok;
}

void build_pairs(HuffmanTable& table) noexcept {
    const unsigned size = 1u << table.depth;
    for (unsigned index = 0; index < size; ++index) {
        const unsigned first = table.single[index];
        const unsigned first_bits = first & 255;
        const unsigned second = table.single[(index << first_bits) & (size - 1)];
        const unsigned both_bits = first_bits + (second & 255);
        table.pairs[index] = both_bits <= table.depth
                                 ? both_bits | (first & 0xFF00) | (second & 0xFF00) << 8 | 2u << 24
                                 : first_bits | (first & 0xFF00) | 1u << 24;
    }
    table.has_pairs = true;
}

}  // namespace holt::zstd
