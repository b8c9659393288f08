#include "codec/zstd/decode/frame_decode.h"

#include <array>

#include "base/endian.h"

namespace holt::zstd {
namespace {

constexpr unsigned kSingleSegmentBit = 0x20;
constexpr unsigned kReservedBit = 0x08;
constexpr unsigned kChecksumBit = 0x04;
constexpr std::array<std::size_t, 4> kDictionaryIdSizes = {0, 1, 2, 4};

bool is_skippable(std::uint32_t magic) noexcept {
    return (magic & kSkippableMagicMask) == kSkippableMagic;
}

std::size_t content_size_field(unsigned descriptor) noexcept {
    const unsigned flag = descriptor >> 6;
    if (flag == 0) return descriptor & kSingleSegmentBit ? 1 : 0;
    return std::size_t{1} << flag;
}

std::uint64_t load_field(const std::uint8_t* at, std::size_t size) noexcept {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < size; ++i) value |= std::uint64_t{at[i]} << (8 * i);
    return value;
}

std::unexpected<Error> error(ErrorCode code, std::uint64_t offset) noexcept {
    return std::unexpected(Error{code, offset});
}

}  // namespace

std::size_t frame_header_size(ByteView input) noexcept {
    const auto magic = load_le<std::uint32_t>(input.data());
    if (is_skippable(magic)) return kSkippableHeaderSize;
    // What is wrong already needs no more bytes to be refused.
    if (magic != kFrameMagic) return kMagicSize;
    if (input.size() == kMagicSize) return kMagicSize + 1;
    const unsigned descriptor = input[kMagicSize];
    if (descriptor & kReservedBit) return kMagicSize + 1;
    return kMagicSize + 1 + (descriptor & kSingleSegmentBit ? 0 : 1) +
           kDictionaryIdSizes[descriptor & 3] + content_size_field(descriptor);
}

bool is_frame_start(ByteView input) noexcept {
    if (input.size() < kMagicSize) return false;
    const auto magic = load_le<std::uint32_t>(input.data());
    return magic == kFrameMagic || is_skippable(magic);
}

Expected<FrameInfo> read_frame_info(ByteView input) noexcept {
    if (input.size() < kMagicSize) return error(ErrorCode::truncated, input.size());
    const auto magic = load_le<std::uint32_t>(input.data());
    FrameInfo info;
    if (is_skippable(magic)) {
        if (input.size() < kSkippableHeaderSize) return error(ErrorCode::truncated, input.size());
        info.skippable = true;
        info.header_size = kSkippableHeaderSize;
        info.content_size = load_le<std::uint32_t>(input.data() + kMagicSize);
        return info;
    }
    if (magic != kFrameMagic) return error(ErrorCode::bad_magic, 0);
    if (input.size() == kMagicSize) return error(ErrorCode::truncated, input.size());
    const unsigned descriptor = input[kMagicSize];
    if (descriptor & kReservedBit) return error(ErrorCode::bad_frame_header, kMagicSize);
    info.header_size = frame_header_size(input);
    if (input.size() < info.header_size) return error(ErrorCode::truncated, input.size());

    const std::uint8_t* at = input.data() + kMagicSize + 1;
    const bool single_segment = descriptor & kSingleSegmentBit;
    if (!single_segment) {
        const unsigned log = 10 + (*at >> 3);
        const std::uint64_t base = std::uint64_t{1} << log;
        info.window_size = base + base / 8 * (*at & 7);
        if (log > kMaxWindowLog) return error(ErrorCode::window_too_large, kMagicSize + 1);
        ++at;
    }
    const std::size_t id_size = kDictionaryIdSizes[descriptor & 3];
    info.dictionary_id = static_cast<std::uint32_t>(load_field(at, id_size));
    at += id_size;
    if (const std::size_t field = content_size_field(descriptor); field > 0)
        info.content_size = load_field(at, field) + (field == 2 ? 256 : 0);
    if (single_segment) info.window_size = *info.content_size;
    info.has_checksum = descriptor & kChecksumBit;
    return info;
}

ErrorCode read_block_header(const std::uint8_t* at, std::size_t limit,
                            BlockHeader& header) noexcept {
    const std::uint32_t word = at[0] | std::uint32_t{at[1]} << 8 | std::uint32_t{at[2]} << 16;
    header.last = word & 1;
    header.type = static_cast<BlockType>(word >> 1 & 3);
    header.size = word >> 3;
    header.content_size = header.type == BlockType::rle ? 1 : header.size;
    return header.type == BlockType::reserved || header.size > limit ? ErrorCode::bad_block
                                                                     : ErrorCode::ok;
}

Expected<std::size_t> find_frame_size(ByteView input) noexcept {
    const Expected<FrameInfo> info = read_frame_info(input);
    if (!info) return std::unexpected(info.error());
    std::uint64_t size = info->header_size;
    if (info->skippable) {
        size += *info->content_size;
        if (size > input.size()) return error(ErrorCode::truncated, input.size());
        return static_cast<std::size_t>(size);
    }
    BlockHeader header;
    do {
        if (input.size() - size < kBlockHeaderSize)
            return error(ErrorCode::truncated, input.size());
        const ErrorCode code =
            read_block_header(input.data() + size, block_limit(info->window_size), header);
        if (code != ErrorCode::ok) return error(code, size);
        size += kBlockHeaderSize;
        if (input.size() - size < header.content_size)
            return error(ErrorCode::truncated, input.size());
        size += header.content_size;
    } while (!header.last);
    if (info->has_checksum) size += kChecksumSize;
    if (size > input.size()) return error(ErrorCode::truncated, input.size());
    return static_cast<std::size_t>(size);
}

}  // namespace holt::zstd
