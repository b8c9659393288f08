#include "codec/zstd/entropy/huffman_encode.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "codec/zstd/entropy/fse_encode.h"
#include "codec/zstd/entropy/huffman_lengths.h"

namespace holt::zstd {
namespace {

/// How many symbols of each length have had their code, all in one word, so that counting up waits
/// for no store. A code of l bits needs l bits to be numbered, and no more than 8 as there are 256
/// symbols; a field overflows only when its length is the only one there is.
struct RankFields {
    std::uint8_t at[kMaxHuffmanBits + 1]{};
    std::uint8_t mask[kMaxHuffmanBits + 1]{};
};
consteval RankFields make_rank_fields() {
    RankFields fields{};
    unsigned at = 0;
    for (unsigned l = 1; l <= kMaxHuffmanBits; ++l) {
        const unsigned width = std::min(l, 8u);
        fields.at[l] = static_cast<std::uint8_t>(at);
        fields.mask[l] = static_cast<std::uint8_t>((1u << width) - 1);
        at += width;
    }
    return fields;
}
constexpr RankFields kRankFields = make_rank_fields();
static_assert(kRankFields.at[kMaxHuffmanBits] + 8 <= 64);

/// Gives the symbols of `used`, in ascending order, their codes; lengths and `log` are known.
void assign_codes(HuffmanEncodeTable& table, const std::uint8_t* used, unsigned count) noexcept {
    // Within a length codes ascend with the symbol, and the longest length begins at 0 (RFC 8878
    // 4.2.1.3).
    std::uint32_t first[kMaxHuffmanBits + 1];
    std::uint32_t code = 0;
    for (unsigned l = table.log; l > 0; --l) {
        first[l] = l << 16 | code;
        code = (code + table.of_length[l]) >> 1;
    }
    std::memset(table.codes, 0, sizeof table.codes);
    std::uint64_t ranks = 0;
    for (unsigned i = 0; i < count; ++i) {
        const unsigned s = used[i];
        const unsigned l = table.length_of[s];
        const unsigned at = kRankFields.at[l];
        table.codes[s] = first[l] + (static_cast<std::uint32_t>(ranks >> at) & kRankFields.mask[l]);
        ranks += std::uint64_t{1} << at;
    }
}

/// FSE-compresses `size` weights, of which `counts` has each value's number; 0 when that is not
/// possible.
std::size_t compress_weights(const std::uint8_t* weights, unsigned size,
                             std::span<const std::uint32_t> counts, std::uint8_t* out) noexcept {
    if (size < 2) return 0;
    unsigned symbols = 0;
    unsigned used = 0;
    for (unsigned w = 0; w < counts.size(); ++w) {
        if (counts[w] > 0) symbols = w + 1, ++used;
    }
    if (used < 2) return 0;
    const unsigned log = fse_choose_log(kMaxWeightsAccuracy, size, symbols);
    std::int16_t normalized[kMaxHuffmanBits + 1];
    fse_normalize(counts.first(symbols), size, log, normalized);
    const std::size_t header = fse_write_description({normalized, symbols}, log, out);
    FseTable table;
    fse_build(table, {normalized, symbols}, log);

    // Two states take turns; the decoder begins with the one of even places, so the data is written
    // from its end, and each state begins with the last weight of its parity.
    BitWriter bits(out + header);
    const unsigned last = size - 1;
    FseState even(table, weights[last & ~1u]);
    FseState odd(table, weights[(last - 1) | 1u]);
    unsigned left = size - 2;
    if (left % 2 != 0) even.encode(bits, weights[--left]);
    static_assert(5 * kMaxWeightsAccuracy <= 56);
    if (left % 4 != 0) {
        odd.encode(bits, weights[left - 1]);
        even.encode(bits, weights[left - 2]);
        left -= 2;
    }
    for (; left > 0; left -= 4) {
        bits.flush();
        odd.encode(bits, weights[left - 1]);
        even.encode(bits, weights[left - 2]);
        odd.encode(bits, weights[left - 3]);
        even.encode(bits, weights[left - 4]);
    }
    bits.flush();
    odd.finish(bits);
    even.finish(bits);
    return header + static_cast<std::size_t>(bits.close() - (out + header));
}

}  // namespace

unsigned huffman_choose_log(std::size_t size, unsigned symbol_count) noexcept {
    // So few literals for each symbol (mostly seen once or twice) that what the code gains from
    // longer codes is lost on telling them: 0.5 to 1% of 1 KiB of source, binaries or weights.
    constexpr std::size_t kFewEach = 6;
    const unsigned high = high_bit(symbol_count);
    if (size < kFewEach * symbol_count) return std::clamp(high + 1, 5u, kMaxHuffmanBits);
    const unsigned by_size = size > 4 ? high_bit(static_cast<std::uint32_t>(size - 1)) - 1 : 1;
    return std::clamp(std::max(by_size, high + 2), 5u, kMaxHuffmanBits);
}

std::uint64_t huffman_build(HuffmanEncodeTable& table, const ByteCounts& counts,
                            unsigned symbol_count, unsigned max_log) noexcept {
    HuffmanLengths lengths;
    huffman_lengths(lengths, counts, symbol_count, max_log);
    std::memcpy(table.length_of, lengths.length_of, sizeof table.length_of);
    std::memcpy(table.of_length, lengths.of_length, sizeof table.of_length);
    table.of_length[0] = static_cast<std::uint16_t>(symbol_count - lengths.used_count);
    table.log = lengths.longest;
    table.symbol_count = symbol_count;
    assign_codes(table, lengths.used, lengths.used_count);
    return lengths.bits;
}

void huffman_assign(HuffmanEncodeTable& table, const std::uint8_t* length_of,
                    unsigned symbol_count) noexcept {
    std::uint8_t used[256];
    unsigned count = 0;
    table.log = 0;
    table.symbol_count = symbol_count;
    std::fill_n(table.of_length, kMaxHuffmanBits + 1, std::uint16_t{0});
    std::memset(table.length_of, 0, sizeof table.length_of);
    for (unsigned s = 0; s < symbol_count; ++s) {
        const std::uint8_t l = length_of[s];
        table.length_of[s] = l;
        ++table.of_length[l];
        table.log = std::max(table.log, unsigned{l});
        if (l != 0) used[count++] = static_cast<std::uint8_t>(s);
    }
    assign_codes(table, used, count);
}

std::optional<std::uint64_t> huffman_cost(const HuffmanEncodeTable& table, const ByteCounts& counts,
                                          unsigned symbol_count) noexcept {
    std::uint64_t bits = 0;
    std::uint32_t missing = 0;
    for (unsigned s = 0; s < symbol_count; ++s) {
        const unsigned l = table.length_of[s];
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
    const std::uint8_t most = static_cast<std::uint8_t>(table.log + 1);
    for (unsigned s = 0; s < 256; ++s) {
        const std::uint8_t l = table.length_of[s];
        weights[s] = static_cast<std::uint8_t>(l == 0 ? 0 : most - l);
    }
    std::uint32_t counts[kMaxHuffmanBits + 1];
    counts[0] = table.of_length[0];
    for (unsigned w = 1; w <= table.log; ++w) counts[w] = table.of_length[most - w];
    --counts[weights[size]];
    weights[size] = 0;

    const std::size_t direct = (size + 1) / 2;
    std::uint8_t scratch[512];  // 255 weights of 6 bits, a distribution, slack
    const std::size_t compressed = compress_weights(weights, size, {counts, most}, scratch);
    if (compressed > 1 && compressed < 128 && (compressed < direct || size > 128)) {
        out[0] = static_cast<std::uint8_t>(compressed);
        std::memcpy(out + 1, scratch, compressed);
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
