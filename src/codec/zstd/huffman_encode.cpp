#include "codec/zstd/huffman_encode.h"

#include <algorithm>
#include <array>

#include "codec/zstd/fse_encode.h"

namespace holt::zstd {
namespace {

constexpr unsigned kMaxTreeDepth = 32;  // 2^17 literals cannot make a tree deeper than Fibonacci's

/// Up to this count, symbols are sorted by counting how often each count occurs.
constexpr std::uint32_t kCountingSortMost = 511;

/// Sorts all symbols as count << 8 | symbol, by ascending count and then symbol.
void sort_by_counting(const ByteCounts& counts, unsigned symbol_count, std::uint32_t max_count,
                      std::uint32_t* sorted) noexcept {
    std::uint16_t starts[kCountingSortMost + 2];
    std::fill_n(starts, max_count + 2, std::uint16_t{0});
    for (unsigned s = 0; s < symbol_count; ++s) ++starts[counts[s] + 1];
    for (std::uint32_t c = 1; c <= max_count; ++c) {
        starts[c] = static_cast<std::uint16_t>(starts[c] + starts[c - 1]);
    }
    for (unsigned s = 0; s < symbol_count; ++s) sorted[starts[counts[s]]++] = counts[s] << 8 | s;
}

/// The same for counts of any size: buckets of a quarter of an octave, then an insertion sort of
/// what is nearly in order.
void sort_by_buckets(const ByteCounts& counts, unsigned symbol_count,
                     std::uint32_t* sorted) noexcept {
    const auto bucket = [](std::uint32_t count) noexcept {
        if (count < 8) return count;
        const unsigned high = high_bit(count);
        return 4 * (high - 1) + ((count >> (high - 2)) & 3);
    };
    std::uint16_t starts[128] = {};
    for (unsigned s = 0; s < symbol_count; ++s) ++starts[bucket(counts[s]) + 1];
    for (unsigned b = 1; b < 128; ++b) {
        starts[b] = static_cast<std::uint16_t>(starts[b] + starts[b - 1]);
    }
    for (unsigned s = 0; s < symbol_count; ++s) {
        sorted[starts[bucket(counts[s])]++] = counts[s] << 8 | s;
    }
    for (unsigned i = 1; i < symbol_count; ++i) {
        const std::uint32_t value = sorted[i];
        unsigned hole = i;
        for (; hole > 0 && sorted[hole - 1] > value; --hole) sorted[hole] = sorted[hole - 1];
        sorted[hole] = value;
    }
}

/// Counts how many codes of each length an optimal tree over the sorted counts has.
void tree_depths(const std::uint32_t* sorted, unsigned used, unsigned* of_length) noexcept {
    // Leaves and inner nodes are two queues in ascending weight; the lighter front is a child of
    // the node being made. No branch depends on the weights, which cannot be predicted. Nodes are
    // numbered leaves first.
    constexpr std::uint32_t kNone = ~std::uint32_t{0};
    std::uint32_t leaf_weight[257];
    std::uint32_t inner_weight[256];
    std::uint16_t parent[512];
    for (unsigned i = 0; i < used; ++i) leaf_weight[i] = sorted[i] >> 8;
    leaf_weight[used] = kNone;
    unsigned leaf = 0;
    unsigned inner = 0;
    const unsigned root = used - 2;
    for (unsigned made = 0; made <= root; ++made) {
        inner_weight[made] = kNone;  // not a child of itself
        std::uint32_t sum = 0;
        for (int child = 0; child < 2; ++child) {
            const std::uint32_t of_leaf = leaf_weight[leaf];
            const std::uint32_t of_inner = inner_weight[inner];
            const unsigned take_leaf = of_leaf <= of_inner ? 1 : 0;
            sum += std::min(of_leaf, of_inner);
            parent[take_leaf != 0 ? leaf : used + inner] = static_cast<std::uint16_t>(made);
            leaf += take_leaf;
            inner += 1 - take_leaf;
        }
        inner_weight[made] = sum;
    }
    std::uint8_t depth[256];
    depth[root] = 0;
    for (unsigned i = root; i-- > 0;) {
        depth[i] = static_cast<std::uint8_t>(depth[parent[used + i]] + 1);
    }
    for (unsigned i = 0; i < used; ++i) ++of_length[depth[parent[i]] + 1];
}

/// Moves codes to other lengths until none is longer than `max_log` and the code is complete.
void limit_lengths(const std::uint32_t* sorted, unsigned* of_length, unsigned max_log) noexcept {
    // In units of the longest code: what the codes that are cut claim too much.
    std::uint64_t claimed = 0;
    for (unsigned l = kMaxTreeDepth; l > max_log; --l) {
        of_length[max_log] += of_length[l];
        of_length[l] = 0;
    }
    for (unsigned l = 1; l <= max_log; ++l) claimed += std::uint64_t{of_length[l]} << (max_log - l);
    std::int64_t debt = static_cast<std::int64_t>(claimed) - (std::int64_t{1} << max_log);
    const auto count_at = [&](unsigned rank) { return sorted[rank] >> 8; };
    while (debt > 0) {
        // The rarest symbol of each length could take one bit more. Choose the cheapest per unit.
        unsigned rank = of_length[max_log];
        unsigned best = 0;
        std::uint64_t best_cost = ~std::uint64_t{0};
        for (unsigned l = max_log - 1; l > 0; --l) {
            if (of_length[l] > 0) {
                const std::int64_t gain = std::int64_t{1} << (max_log - l - 1);
                const std::uint64_t cost = (std::uint64_t{count_at(rank)} << 16) /
                                           static_cast<std::uint64_t>(std::min(gain, debt));
                if (cost < best_cost) best = l, best_cost = cost;
            }
            rank += of_length[l];
        }
        --of_length[best];
        ++of_length[best + 1];
        debt -= std::int64_t{1} << (max_log - best - 1);
    }
    while (debt < 0) {
        // Room left over: the most frequent symbol of a length may take one bit fewer.
        unsigned rank = 0;
        unsigned best = 0;
        std::uint64_t best_gain = 0;
        for (unsigned l = max_log; l > 1; --l) {
            rank += of_length[l];
            const std::int64_t price = std::int64_t{1} << (max_log - l);
            if (of_length[l] > 0 && price <= -debt) {
                const std::uint64_t gain =
                    (std::uint64_t{count_at(rank - 1)} << 16) / static_cast<std::uint64_t>(price);
                if (gain >= best_gain) best = l, best_gain = gain;
            }
        }
        --of_length[best];
        ++of_length[best - 1];
        debt += std::int64_t{1} << (max_log - best);
    }
}

/// FSE-compresses the weights; 0 when that is not possible.
std::size_t compress_weights(const std::uint8_t* weights, unsigned size,
                             std::uint8_t* out) noexcept {
    if (size < 2) return 0;
    std::array<std::uint32_t, kMaxHuffmanBits + 1> counts{};
    for (unsigned i = 0; i < size; ++i) ++counts[weights[i]];
    unsigned symbols = 0;
    unsigned used = 0;
    for (unsigned w = 0; w < counts.size(); ++w) {
        if (counts[w] > 0) symbols = w + 1, ++used;
    }
    if (used < 2) return 0;
    const unsigned log = fse_choose_log(kMaxWeightsAccuracy, size, symbols);
    std::int16_t normalized[kMaxHuffmanBits + 1];
    fse_normalize({counts.data(), symbols}, size, log, normalized);
    const std::size_t header = fse_write_description({normalized, symbols}, log, out);
    FseTable table;
    fse_build(table, {normalized, symbols}, log);

    // Two states take turns; the decoder begins with the first, so the data is written from its
    // end, and each state begins with the last weight of its parity.
    BitWriter bits(out + header);
    const unsigned last = size - 1;
    FseState states[2] = {FseState(table, weights[last % 2 == 0 ? last : last - 1]),
                          FseState(table, weights[last % 2 == 1 ? last : last - 1])};
    for (unsigned i = size - 2; i-- > 0;) {
        states[i % 2].encode(bits, weights[i]);
        bits.flush();
    }
    states[1].finish(bits);
    states[0].finish(bits);
    return header + static_cast<std::size_t>(bits.close() - (out + header));
}

}  // namespace

unsigned huffman_choose_log(std::size_t size, unsigned symbol_count) noexcept {
    const unsigned by_size = size > 4 ? high_bit(static_cast<std::uint32_t>(size - 1)) - 1 : 1;
    const unsigned by_symbols = high_bit(symbol_count) + 2;
    return std::clamp(std::max(by_size, by_symbols), 5u, kMaxHuffmanBits);
}

void huffman_build(HuffmanEncodeTable& table, const ByteCounts& counts, unsigned symbol_count,
                   unsigned max_log) noexcept {
    std::uint32_t all_sorted[256];
    std::uint32_t max_count = 0;
    unsigned used = 0;
    for (unsigned s = 0; s < symbol_count; ++s) {
        max_count = std::max(max_count, counts[s]);
        used += counts[s] != 0 ? 1 : 0;
    }
    if (max_count <= kCountingSortMost) {
        sort_by_counting(counts, symbol_count, max_count, all_sorted);
    } else {
        sort_by_buckets(counts, symbol_count, all_sorted);
    }
    const std::uint32_t* const sorted = all_sorted + (symbol_count - used);
    unsigned of_length[kMaxTreeDepth + 1] = {};
    tree_depths(sorted, used, of_length);
    unsigned longest = kMaxTreeDepth;
    while (of_length[longest] == 0) --longest;
    if (longest > max_log) {
        limit_lengths(sorted, of_length, max_log);
        longest = max_log;
        while (of_length[longest] == 0) --longest;
    }
    // The rarest symbols get the longest codes.
    std::uint8_t length_of[256] = {};
    unsigned rank = 0;
    for (unsigned l = longest; l > 0; --l) {
        for (unsigned i = 0; i < of_length[l]; ++i) {
            length_of[sorted[rank++] & 255] = static_cast<std::uint8_t>(l);
        }
    }
    huffman_assign(table, length_of, symbol_count);
}

void huffman_assign(HuffmanEncodeTable& table, const std::uint8_t* length_of,
                    unsigned symbol_count) noexcept {
    unsigned of_length[kMaxHuffmanBits + 1] = {};
    for (unsigned s = 0; s < symbol_count; ++s) ++of_length[length_of[s]];
    unsigned longest = kMaxHuffmanBits;
    while (longest > 0 && of_length[longest] == 0) --longest;
    table.log = longest;
    table.symbol_count = symbol_count;
    // Within a length codes ascend with the symbol, and the longest length begins at 0 (RFC 8878
    // 4.2.1.3).
    std::uint16_t next[kMaxHuffmanBits + 1] = {};
    unsigned code = 0;
    for (unsigned l = longest; l > 0; --l) {
        next[l] = static_cast<std::uint16_t>(code);
        code = (code + of_length[l]) >> 1;
    }
    for (unsigned s = 0; s < symbol_count; ++s) {
        const unsigned l = length_of[s];
        table.codes[s] = l == 0 ? 0 : l << 16 | next[l]++;
    }
    for (unsigned s = symbol_count; s < 256; ++s) table.codes[s] = 0;
}

std::optional<std::uint64_t> huffman_cost(const HuffmanEncodeTable& table, const ByteCounts& counts,
                                          unsigned symbol_count) noexcept {
    std::uint64_t bits = 0;
    std::uint32_t missing = 0;
    for (unsigned s = 0; s < symbol_count; ++s) {
        const unsigned l = table.length(s);
        bits += std::uint64_t{counts[s]} * l;
        missing |= l == 0 ? counts[s] : 0;
    }
    if (missing != 0) return std::nullopt;
    return bits;
}

std::size_t huffman_write_description(const HuffmanEncodeTable& table, std::uint8_t* out) noexcept {
    // The last symbol's weight is implied: the weights fill a power of two.
    std::uint8_t weights[256];
    const unsigned size = table.symbol_count - 1;
    for (unsigned s = 0; s < size; ++s) {
        const unsigned l = table.length(s);
        weights[s] = static_cast<std::uint8_t>(l == 0 ? 0 : table.log + 1 - l);
    }
    weights[size] = 0;
    const std::size_t direct = (size + 1) / 2;

    std::uint8_t scratch[512];
    const std::size_t compressed = compress_weights(weights, size, scratch);
    if (compressed > 1 && compressed < 128 && (compressed < direct || size > 128)) {
        out[0] = static_cast<std::uint8_t>(compressed);
        std::copy_n(scratch, compressed, out + 1);
        return compressed + 1;
    }
    if (size > 128) return 0;
    out[0] = static_cast<std::uint8_t>(127 + size);
    for (unsigned i = 0; i < size; i += 2) {
        out[1 + i / 2] = static_cast<std::uint8_t>(weights[i] << 4 | weights[i + 1]);
    }
    return 1 + direct;
}

}  // namespace holt::zstd
