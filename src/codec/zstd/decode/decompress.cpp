// One-shot decoding: the output buffer is the window, and nothing is copied on the way.
#include "codec/zstd/decode/decompress.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "base/endian.h"
#include "codec/xxhash64/xxhash64.h"
#include "codec/zstd/decode/block_decode.h"
#include "codec/zstd/decode/dictionary_decode.h"
#include "codec/zstd/decode/frame_decode.h"
#include "codec/zstd/format/bit_reader.h"

namespace holt::zstd {

static_assert(kMagicSize + 2 + kBlockHeaderSize >= kFrontSlack,
              "what precedes the first block is the slack that backward streams need");

struct Decompressor::Impl {
    explicit Impl(const DecodeOptions& the_options)
        : options(the_options), blocks(codec::cpu_level()) {}

    DecodeOptions options;
    BlockDecoder blocks;

    Expected<std::size_t> decode_frame(ByteView input, std::size_t& at, const FrameInfo& info,
                                       MutableByteView output, const DecodeDictionary* dictionary,
                                       std::size_t wanted);
    Expected<std::size_t> decode_frames(ByteView input, MutableByteView output,
                                        const DecodeDictionary* dictionary, std::size_t wanted);
};

namespace {

constexpr std::uint64_t kUnlimited = std::numeric_limits<std::uint64_t>::max();
constexpr std::size_t kAll = std::numeric_limits<std::size_t>::max();

std::unexpected<Error> error(ErrorCode code, std::uint64_t offset) noexcept {
    return std::unexpected(Error{code, offset});
}

}  // namespace

/// Decodes the frame whose header ends before `at`; moves `at` behind the frame, or behind the
/// block with which `wanted` bytes are out.
Expected<std::size_t> Decompressor::Impl::decode_frame(ByteView input, std::size_t& at,
                                                       const FrameInfo& info,
                                                       MutableByteView output,
                                                       const DecodeDictionary* dictionary,
                                                       std::size_t wanted) {
    if (info.dictionary_id != 0 && (!dictionary || dictionary->id() != info.dictionary_id))
        return error(ErrorCode::wrong_dictionary, at);
    if (info.content_size.value_or(0) > output.size()) return error(ErrorCode::output_full, at);
    blocks.reset(dictionary ? dictionary->impl().tables.get() : nullptr);
    const ByteView history = dictionary ? dictionary->impl().content : ByteView{};
    const std::size_t limit = block_limit(info.window_size);
    const bool hashing = info.has_checksum && options.verify_checksum;
    XxHash64 hash;

    std::size_t produced = 0;
    BlockHeader header;
    do {
        if (input.size() - at < kBlockHeaderSize) return error(ErrorCode::truncated, input.size());
        const ErrorCode bad_header = read_block_header(input.data() + at, limit, header);
        if (bad_header != ErrorCode::ok) return error(bad_header, at);
        at += kBlockHeaderSize;
        const std::uint64_t size_left = info.content_size.value_or(kUnlimited) - produced;
        if (header.type != BlockType::compressed && header.size > size_left)
            return error(ErrorCode::wrong_size, at);
        if (input.size() - at < header.content_size)
            return error(ErrorCode::truncated, input.size());
        const ByteView content = input.subspan(at, header.content_size);
        const MutableByteView room = output.subspan(produced);
        std::size_t written = header.size;
        if (header.type == BlockType::compressed) {
            const bool whole_block_fits = room.size() >= limit;
            const BlockOutput target = {
                .out = room.data(),
                .out_limit = room.data() + (whole_block_fits ? limit : room.size()),
                .out_end = room.data() + room.size(),
                .prefix = output.data(),
                .ext_end = history.data() + history.size(),
                .ext_size = history.size(),
                .window = info.window_size,
                .position = produced,
            };
            std::size_t where = 0;
            ErrorCode code =
                blocks.decode({content, input.data() + input.size()}, target, written, where);
            // Content past the limit is the block's fault, unless the room was what limited it.
            if (code == ErrorCode::output_full && whole_block_fits) code = ErrorCode::bad_block;
            if (code != ErrorCode::ok) return error(code, at + where);
            if (written > size_left) return error(ErrorCode::wrong_size, at + content.size());
        } else if (written > room.size()) {
            return error(ErrorCode::output_full, at);
        } else if (written > 0) {
            if (header.type == BlockType::raw)
                std::memcpy(room.data(), content.data(), written);
            else
                std::memset(room.data(), content[0], written);
        }
        if (hashing) hash.update(room.first(written));
        produced += written;
        at += header.content_size;
    } while (!header.last && produced < wanted);

    if (!header.last) return produced;
    if (info.content_size && *info.content_size != produced)
        return error(ErrorCode::wrong_size, at);
    if (info.has_checksum) {
        if (input.size() - at < kChecksumSize) return error(ErrorCode::truncated, input.size());
        const auto stated = load_le<std::uint32_t>(input.data() + at);
        if (hashing && stated != static_cast<std::uint32_t>(hash.digest()))
            return error(ErrorCode::wrong_checksum, at);
        at += kChecksumSize;
    }
    return produced;
}

Expected<std::size_t> Decompressor::Impl::decode_frames(ByteView input, MutableByteView output,
                                                        const DecodeDictionary* dictionary,
                                                        std::size_t wanted) {
    std::size_t at = 0;
    std::size_t produced = 0;
    while (at < input.size() && produced < wanted) {
        const Expected<FrameInfo> info = read_frame_info(input.subspan(at));
        if (!info) return error(info.error().code, at + info.error().input_offset);
        at += info->header_size;
        if (info->skippable) {
            if (*info->content_size > input.size() - at)
                return error(ErrorCode::truncated, input.size());
            at += static_cast<std::size_t>(*info->content_size);
            continue;
        }
        const Expected<std::size_t> frame =
            decode_frame(input, at, *info, output.subspan(produced), dictionary, wanted - produced);
        if (!frame) return frame;
        produced += *frame;
    }
    return produced;
}

Decompressor::Decompressor(DecodeOptions options) : impl_(std::make_unique<Impl>(options)) {}
Decompressor::Decompressor(Decompressor&&) noexcept = default;
Decompressor& Decompressor::operator=(Decompressor&&) noexcept = default;
Decompressor::~Decompressor() = default;

Expected<std::size_t> Decompressor::decompress(ByteView input, MutableByteView output,
                                               const DecodeDictionary* dictionary) {
    return impl_->decode_frames(input, output, dictionary, kAll);
}

Expected<std::size_t> Decompressor::decompress_front(ByteView input, MutableByteView output,
                                                     std::size_t wanted) {
    return impl_->decode_frames(input, output, nullptr, wanted);
}

}  // namespace holt::zstd
