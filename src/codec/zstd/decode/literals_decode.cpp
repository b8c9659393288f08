// The literals section of a block (RFC 8878 3.1.1.3.1).
#include <cstring>

#include "base/endian.h"
#include "codec/zstd/decode/block_decode.h"
#include "codec/zstd/format/format.h"

namespace holt::zstd {
namespace {

struct SectionHeader {
    LiteralsType type = LiteralsType::raw;
    bool four_streams = false;
    std::size_t header_size = 0;
    std::size_t size = 0;             ///< regenerated
    std::size_t compressed_size = 0;  ///< bytes of the section behind the header
};

/// False when the block ends inside the header.
bool read_header(ByteView block, SectionHeader& header) noexcept {
    if (block.empty()) return false;
    const unsigned first = block[0];
    const unsigned format = first >> 2 & 3;
    header.type = static_cast<LiteralsType>(first & 3);
    std::uint64_t word = 0;
    std::memcpy(&word, block.data(), block.size() < 5 ? block.size() : 5);
    if constexpr (std::endian::native == std::endian::big) word = std::byteswap(word);
    if (header.type == LiteralsType::raw || header.type == LiteralsType::rle) {
        // Size_Format 0 and 2 share their second bit with a size of 5 bits; 1 has 12, 3 has 20.
        header.header_size = format == 1 ? 2 : format == 3 ? 3 : 1;
        header.size = format == 1   ? word >> 4 & 0xFFF
                      : format == 3 ? word >> 4 & 0xFFFFF
                                    : word >> 3 & 0x1F;
        header.compressed_size = header.type == LiteralsType::rle ? 1 : header.size;
    } else {
        const unsigned bits = format < 2 ? 10 : format == 2 ? 14 : 18;
        const std::uint64_t mask = (std::uint64_t{1} << bits) - 1;
        header.four_streams = format != 0;
        header.header_size = format < 2 ? 3 : format + 2;
        header.size = word >> 4 & mask;
        header.compressed_size = word >> (4 + bits) & mask;
    }
    return header.header_size <= block.size();
}

constexpr std::size_t kJumpTableSize = 6;
constexpr std::size_t kMinFourStreams = 6;  // 3.1.1.3.1.1: sizes with four streams begin here
/// Two symbols a look-up pay where three look-ups of ten give two, and where there are enough of
/// those to earn the table's making (bench/results/zstd.md).
bool pairs_pay(const HuffmanTable& table, std::size_t size) noexcept {
    constexpr std::size_t kLeastShare = 3 * kPairsScale / 10;
    constexpr std::size_t kLeastPairs = 7000;
    if (size < kLeastPairs) return false;
    const std::size_t share = pairs_share(table);
    return share >= kLeastShare && share * size >= kLeastPairs * kPairsScale;
}

}  // namespace

ErrorCode BlockDecoder::decode_literals(const BlockInput& input, std::uint8_t* out,
                                        std::size_t size_limit, Literals& literals,
                                        std::size_t& where) noexcept {
    SectionHeader header;
    if (!read_header(input.content, header)) return ErrorCode::bad_literals;
    ByteView section = input.content.subspan(header.header_size);
    if (header.compressed_size > section.size()) return ErrorCode::bad_literals;
    // A block's literals are part of its content, so they share its limit.
    if (header.size > kMaxBlockSize) return ErrorCode::bad_literals;
    if (header.size > size_limit) return ErrorCode::output_full;
    section = section.first(header.compressed_size);
    literals.size = header.size;
    literals.consumed = header.header_size + header.compressed_size;
    // A block without sequences is its literals: they are decoded where they belong.
    const ByteView behind = input.content.subspan(literals.consumed);
    const bool is_all = behind.size() == 1 && behind[0] == 0;
    std::uint8_t* const target = is_all ? out : literals_.get();
    literals.data = target;

    if (header.type == LiteralsType::raw) {
        if (static_cast<std::size_t>(input.readable_end - section.data()) >=
            header.size + kCopyMargin)
            literals.data = section.data();
        else if (header.size > 0)
            std::memcpy(target, section.data(), header.size);
        return ErrorCode::ok;
    }
    if (header.type == LiteralsType::rle) {
        if (header.size > 0) std::memset(target, section[0], header.size);
        return ErrorCode::ok;
    }
    where = header.header_size;
    if (header.four_streams && header.size < kMinFourStreams) return ErrorCode::bad_literals;
    if (header.type == LiteralsType::compressed) {
        std::size_t description = 0;
        huffman_ = nullptr;
        deep_ = nullptr;
        const ErrorCode code = read_huffman_table(section, *own_huffman_, description);
        if (code != ErrorCode::ok) return code;
        huffman_ = own_huffman_.get();
        section = section.subspan(description);
        where += description;
    } else if (huffman_ == nullptr && deep_ == nullptr) {
        return ErrorCode::no_table;
    }
    return decode_huffman(section, header.four_streams, {target, header.size});
}

ErrorCode BlockDecoder::decode_huffman(ByteView streams, bool four,
                                       MutableByteView literals) noexcept {
    HuffmanJob job;
    if (huffman_ != nullptr) {
        job.single = huffman_->single.data();
        job.depth = huffman_->depth;
    }
    job.out = literals.data();
    job.size = literals.size();
    const std::uint8_t* at = streams.data();
    const std::uint8_t* const end = at + streams.size();
    if (!four) {
        job.begin[0] = at;
        job.end[0] = end;
        return huffman_ != nullptr ? kernels_->huffman_one(job) : decode_deep(job, 1);
    }
    if (streams.size() < kJumpTableSize) return ErrorCode::bad_literals;
    if (huffman_ != nullptr && pairs_pay(*huffman_, literals.size())) {
        if (huffman_ == own_huffman_.get() && !own_huffman_->has_pairs) build_pairs(*own_huffman_);
        if (huffman_->has_pairs) job.pairs = huffman_->pairs.data();
    }
    const std::uint8_t* const jump = at;
    at += kJumpTableSize;
    for (int i = 0; i < 4; ++i) {
        const std::size_t left = static_cast<std::size_t>(end - at);
        const std::size_t length = i < 3 ? load_le<std::uint16_t>(jump + 2 * i) : left;
        if (length > left) return ErrorCode::bad_literals;
        job.begin[i] = at;
        at += length;
        job.end[i] = at;
    }
    return huffman_ != nullptr ? kernels_->huffman_four(job) : decode_deep(job, 4);
}

ErrorCode BlockDecoder::decode_deep(const HuffmanJob& job, int streams) const noexcept {
    // Each of four but the last has a quarter, rounded up (4.2.2).
    const std::size_t part = streams == 1 ? job.size : (job.size + 3) / 4;
    MutableByteView left(job.out, job.size);
    for (int i = 0; i < streams; ++i) {
        const std::size_t size = i + 1 < streams ? part : left.size();
        if (size > left.size()) return ErrorCode::bad_literals;
        const ByteView stream(job.begin[i], static_cast<std::size_t>(job.end[i] - job.begin[i]));
        const ErrorCode code = decode_deep_huffman(*deep_, stream, left.first(size));
        if (code != ErrorCode::ok) return code;
        left = left.subspan(size);
    }
    return ErrorCode::ok;
}

}  // namespace holt::zstd
