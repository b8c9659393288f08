#include "codec/zstd/encode/literals_encode.h"

#include <algorithm>

#include "codec/zstd/encode/compress_kernels.h"

namespace holt::zstd {
namespace {

constexpr std::size_t kFourStreamsFrom = 256;  // below, three more stream sizes do not pay
constexpr std::size_t kNewTableFrom = 48;      // below, a tree description never pays
constexpr std::size_t kRepeatedTableFrom = 8;

/// Header of a raw or RLE section; returns its length.
std::size_t write_plain_header(LiteralsType type, std::size_t size, std::uint8_t* out) noexcept {
    const std::uint32_t kind = static_cast<std::uint32_t>(type);
    const std::uint32_t n = static_cast<std::uint32_t>(size);
    if (size < 32) {
        out[0] = static_cast<std::uint8_t>(kind | n << 3);
        return 1;
    }
    if (size < 4096) {
        store16(out, kind | 1u << 2 | n << 4);
        return 2;
    }
    store16(out, kind | 3u << 2 | n << 4);
    out[2] = static_cast<std::uint8_t>(n >> 12);
    return 3;
}

std::size_t write_raw(ByteView literals, LiteralsEncoder::Hint hint, std::uint8_t* out) noexcept {
    const std::size_t header = write_plain_header(LiteralsType::raw, literals.size(), out);
    if (hint != LiteralsEncoder::Hint::alone) {
        std::copy(literals.begin(), literals.end(), out + header);
    }
    return header + literals.size();
}

std::size_t compressed_header_size(std::size_t size) noexcept {
    return size < 1024 ? 3 : size < 16384 ? 4 : 5;
}

void write_compressed_header(LiteralsType type, std::size_t size, std::size_t compressed,
                             bool four_streams, std::uint8_t* out) noexcept {
    const std::size_t header = compressed_header_size(size);
    const unsigned size_bits = header == 3 ? 10 : header == 4 ? 14 : 18;
    const std::uint64_t format = header == 3 ? (four_streams ? 1 : 0) : header - 2;
    const std::uint64_t bits = static_cast<std::uint64_t>(type) | format << 2 |
                               std::uint64_t{size} << 4 |
                               std::uint64_t{compressed} << (4 + size_bits);
    for (std::size_t i = 0; i < header; ++i) out[i] = static_cast<std::uint8_t>(bits >> (8 * i));
}

/// Nearly uniform bytes cannot gain enough to pay for their table.
constexpr bool is_nearly_uniform(std::uint32_t max_count, std::size_t size) noexcept {
    return max_count <= (size >> 7) + 4;
}

/// Looks at both ends of the literals, which spares a histogram of what is plainly random.
bool samples_look_random(ByteView literals) noexcept {
    constexpr std::size_t kSample = 4096;
    if (literals.size() < 8 * kSample) return false;
    ByteCounts counts;
    for (const ByteView sample : {literals.first(kSample), literals.last(kSample)}) {
        if (!is_nearly_uniform(count_bytes(sample, counts).max_count, kSample)) return false;
    }
    return true;
}

/// The streams of a section; returns their end.
std::uint8_t* write_streams(const EncodeKernels& kernels, const HuffmanEncodeTable& table,
                            ByteView literals, bool four_streams, std::uint8_t* out) noexcept {
    if (!four_streams) {
        return kernels.huffman_stream(table.codes, literals.data(), literals.size(), out);
    }
    const std::size_t quarter = (literals.size() + 3) / 4;
    std::uint8_t* sizes = out;
    out += 6;
    for (unsigned stream = 0; stream < 4; ++stream) {
        const std::size_t from = stream * quarter;
        const std::size_t size = stream < 3 ? quarter : literals.size() - from;
        std::uint8_t* const stream_end =
            kernels.huffman_stream(table.codes, literals.data() + from, size, out);
        if (stream < 3) {
            store16(sizes, static_cast<std::uint32_t>(stream_end - out));
            sizes += 2;
        }
        out = stream_end;
    }
    return out;
}

}  // namespace

void LiteralsEncoder::reset(Coding coding) noexcept {
    coding_ = coding;
    has_table_ = false;
    has_pending_ = false;
}

void LiteralsEncoder::load(const HuffmanEncodeTable& table) noexcept {
    tables_[in_force_] = table;
    has_table_ = true;
}

void LiteralsEncoder::commit() noexcept {
    if (!has_pending_) return;
    has_pending_ = false;
    in_force_ ^= 1;
    has_table_ = true;
}

std::size_t LiteralsEncoder::encode(const EncodeKernels& kernels, ByteView literals, Hint hint,
                                    std::uint8_t* out) noexcept {
    const std::size_t size = literals.size();
    has_pending_ = false;
    if (coding_ == Coding::raw) return write_raw(literals, hint, out);
    if (hint != Hint::none && samples_look_random(literals)) {
        return write_raw(literals, hint, out);
    }
    if (size < (has_table_ ? kRepeatedTableFrom : kNewTableFrom))
        return write_raw(literals, hint, out);

    ByteCounts counts;
    const HistogramSummary summary = count_bytes(literals, counts);
    if (summary.max_count == size) {
        const std::size_t header = write_plain_header(LiteralsType::rle, size, out);
        out[header] = literals[0];
        return header + 1;
    }
    if (is_nearly_uniform(summary.max_count, size) && !has_table_)
        return write_raw(literals, hint, out);

    const unsigned symbols = summary.max_symbol + 1;
    const std::size_t header = compressed_header_size(size);
    constexpr std::uint64_t kNever = ~std::uint64_t{0};
    std::uint64_t old_bits = kNever;
    const HuffmanEncodeTable& old = tables_[in_force_];
    if (has_table_) old_bits = huffman_cost(old, counts, symbols).value_or(kNever);
    HuffmanEncodeTable& fresh = tables_[in_force_ ^ 1];
    std::uint64_t new_bits = kNever;
    std::size_t description = 0;
    if (size >= kNewTableFrom) {
        const std::uint64_t coded =
            huffman_build(fresh, counts, symbols, huffman_choose_log(size, symbols));
        description = huffman_write_description(fresh, out + header);
        if (description > 0) new_bits = coded + 8 * description;
    }
    const bool treeless = old_bits <= new_bits;
    // Up to 7 bits of padding and a closing bit for each stream, and the jump table.
    const bool four_streams = size >= 1024 || (size >= kFourStreamsFrom && !treeless);
    const std::uint64_t best_bits = std::min(old_bits, new_bits);
    const std::size_t overhead = header + (four_streams ? 6 + 4 : 1);
    const std::size_t min_gain = (size >> 6) + 2;
    if (best_bits == kNever || best_bits / 8 + overhead + min_gain >= size) {
        return write_raw(literals, hint, out);
    }
    std::uint8_t* const streams = out + header + (treeless ? 0 : description);
    std::uint8_t* const end =
        write_streams(kernels, treeless ? old : fresh, literals, four_streams, streams);
    const std::size_t compressed = static_cast<std::size_t>(end - (out + header));
    has_pending_ = !treeless;
    write_compressed_header(treeless ? LiteralsType::treeless : LiteralsType::compressed, size,
                            compressed, four_streams, out);
    return header + compressed;
}

}  // namespace holt::zstd
