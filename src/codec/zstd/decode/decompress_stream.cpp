// Streaming decoding: any split of the input and of the output gives the same bytes.
//
// A frame is taken apart into items: frame header, block header, block content, checksum. An item
// that the input holds whole is used where it lies; one that it holds in part is gathered first.
// Content goes into the window and from there to the caller; the next block is decoded only when
// all of the last one is handed out.
#include <algorithm>
#include <cstring>
#include <limits>

#include "base/endian.h"
#include "codec/xxhash64/xxhash64.h"
#include "codec/zstd/decode/block_decode.h"
#include "codec/zstd/decode/decompress.h"
#include "codec/zstd/decode/decompress_window.h"
#include "codec/zstd/decode/dictionary_decode.h"
#include "codec/zstd/decode/frame_decode.h"
#include "codec/zstd/format/bit_reader.h"

namespace holt::zstd {

struct DecompressStream::Impl {
    enum class Item : std::uint8_t {
        frame_header,  ///< as many bytes as frame_header_size() says
        skipped,       ///< content of a skippable frame
        block_header,
        raw,  ///< handed on as it arrives
        rle,
        compressed,
        checksum,
    };

    Impl(const DecodeOptions& the_options, const DecodeDictionary* the_dictionary)
        : options(the_options), dictionary(the_dictionary), blocks(codec::cpu_level()) {}

    DecodeOptions options;
    const DecodeDictionary* dictionary;
    BlockDecoder blocks;
    DecodeWindow window;
    XxHash64 hash;

    Item item = Item::frame_header;
    std::uint64_t item_left = 0;  ///< bytes of a skipped or raw item still to come
    FrameInfo frame;
    BlockHeader block;
    std::uint64_t produced = 0;  ///< bytes of this frame's content
    std::uint64_t offset = 0;    ///< bytes of input consumed before the current item
    ByteView pending;            ///< content not yet handed out, in the window
    Error failed;                ///< the first error; the stream is unusable after it

    /// Gathered bytes of an item that came in pieces, behind kFrontSlack bytes of nothing.
    std::unique_ptr<std::uint8_t[]> gathered;
    std::size_t gathered_size = 0;

    void reset() noexcept;
    ErrorCode run(ByteView input, MutableByteView output, Progress& progress, std::size_t& where);
    void hand_out(MutableByteView output, Progress& progress) noexcept;
    std::size_t item_size(ByteView known) const noexcept;
    ByteView take_item(ByteView input, std::size_t& consumed, const std::uint8_t*& readable_end);
    ErrorCode take_passing(ByteView input, std::size_t& consumed) noexcept;
    ErrorCode begin_frame(ByteView header, std::size_t& where) noexcept;
    ErrorCode begin_block(ByteView header, std::size_t& where) noexcept;
    ErrorCode decode_block(ByteView content, const std::uint8_t* readable_end,
                           std::size_t& where) noexcept;
    void add_content(std::size_t size) noexcept;
    /// Bytes that this frame's content may still have.
    std::uint64_t size_left() const noexcept {
        return frame.content_size.value_or(std::numeric_limits<std::uint64_t>::max()) - produced;
    }
    ErrorCode end_block() noexcept;
    ErrorCode check_checksum(ByteView stated) noexcept;
    void end_frame() noexcept;
};

void DecompressStream::Impl::reset() noexcept {
    item = Item::frame_header;
    gathered_size = 0;
    offset = 0;
    pending = {};
    failed = {};
}

/// Bytes the current item has, as far as its first bytes `known` tell.
std::size_t DecompressStream::Impl::item_size(ByteView known) const noexcept {
    switch (item) {
        case Item::frame_header:
            return known.size() < kMagicSize ? kMagicSize : frame_header_size(known);
        case Item::block_header:
            return kBlockHeaderSize;
        case Item::checksum:
            return kChecksumSize;
        default:
            return block.content_size;
    }
}

/// The whole of the current item, or nothing when more input is needed. `consumed` grows by what
/// was taken of `input`.
ByteView DecompressStream::Impl::take_item(ByteView input, std::size_t& consumed,
                                           const std::uint8_t*& readable_end) {
    const ByteView fresh = input.subspan(consumed);
    if (gathered_size == 0) {
        const std::size_t size = item_size(fresh);
        // Backward streams are read from up to kFrontSlack bytes before them.
        if (fresh.size() >= size && (item != Item::compressed || consumed >= kFrontSlack)) {
            consumed += size;
            readable_end = input.data() + input.size();
            return fresh.first(size);
        }
    }
    if (!gathered) {
        constexpr std::size_t kSize = kFrontSlack + kMaxBlockSize + kCopyMargin;
        gathered = std::make_unique<std::uint8_t[]>(kSize);
    }
    std::uint8_t* const start = gathered.get() + kFrontSlack;
    // A frame header tells its size only when its first bytes are there: hence the loop.
    for (;;) {
        const std::size_t size = item_size({start, gathered_size});
        if (gathered_size == size) {
            gathered_size = 0;
            readable_end = start + kMaxBlockSize + kCopyMargin;
            return {start, size};
        }
        const std::size_t take = std::min(size - gathered_size, input.size() - consumed);
        if (take == 0) return {};
        std::memcpy(start + gathered_size, input.data() + consumed, take);
        gathered_size += take;
        consumed += take;
    }
}

ErrorCode DecompressStream::Impl::begin_frame(ByteView header, std::size_t& where) noexcept {
    const Expected<FrameInfo> info = read_frame_info(header);
    if (!info) {
        where = static_cast<std::size_t>(info.error().input_offset);
        return info.error().code;
    }
    frame = *info;
    if (frame.skippable) {
        item = Item::skipped;
        item_left = *frame.content_size;
        if (item_left == 0) end_frame();
        return ErrorCode::ok;
    }
    where = header.size();
    if (frame.window_size > options.window_limit) return ErrorCode::window_too_large;
    if (frame.dictionary_id != 0 && (!dictionary || dictionary->id() != frame.dictionary_id))
        return ErrorCode::wrong_dictionary;
    blocks.reset(dictionary ? dictionary->impl().tables.get() : nullptr);
    const std::uint64_t history =
        std::min(frame.window_size, frame.content_size.value_or(frame.window_size));
    window.begin(history, block_limit(frame.window_size),
                 dictionary ? dictionary->impl().content : ByteView{});
    hash.reset();
    produced = 0;
    item = Item::block_header;
    return ErrorCode::ok;
}

ErrorCode DecompressStream::Impl::begin_block(ByteView header, std::size_t& where) noexcept {
    where = 0;
    const ErrorCode code = read_block_header(header.data(), block_limit(frame.window_size), block);
    if (code != ErrorCode::ok) return code;
    if (!window.make_room()) return ErrorCode::out_of_memory;
    where = header.size();
    if (block.type != BlockType::compressed && block.size > size_left())
        return ErrorCode::wrong_size;
    switch (block.type) {
        case BlockType::raw:
            item = Item::raw;
            item_left = block.size;
            return item_left == 0 ? end_block() : ErrorCode::ok;
        case BlockType::rle:
            item = Item::rle;
            return ErrorCode::ok;
        default:
            item = Item::compressed;
            return block.content_size == 0 ? ErrorCode::bad_literals : ErrorCode::ok;
    }
}

/// Content of `size` bytes stands in the window's room: hash it and let it be handed out.
void DecompressStream::Impl::add_content(std::size_t size) noexcept {
    const ByteView content = {window.room(), size};
    if (frame.has_checksum && options.verify_checksum) hash.update(content);
    // Room is contiguous for one block; the parts of a raw block follow each other in it.
    pending = content;
    window.fill(size);
    produced += size;
}

ErrorCode DecompressStream::Impl::decode_block(ByteView content, const std::uint8_t* readable_end,
                                               std::size_t& where) noexcept {
    where = 0;
    std::size_t written = block.size;
    if (item == Item::rle) {
        std::memset(window.room(), content[0], written);
    } else {
        const ByteView older = window.older();
        const BlockOutput target = {
            .out = window.room(),
            .out_limit = window.room() + block_limit(frame.window_size),
            .out_end = window.room_end(),
            .prefix = window.begin_of_contiguous(),
            .ext_end = older.data() + older.size(),
            .ext_size = older.size(),
            .window = frame.window_size,
            .position = produced,
        };
        ErrorCode code = blocks.decode({content, readable_end}, target, written, where);
        if (code == ErrorCode::output_full) code = ErrorCode::bad_block;
        if (code != ErrorCode::ok) return code;
    }
    where = content.size();
    if (written > size_left()) return ErrorCode::wrong_size;
    add_content(written);
    return end_block();
}

ErrorCode DecompressStream::Impl::end_block() noexcept {
    if (!block.last) {
        item = Item::block_header;
        return ErrorCode::ok;
    }
    if (frame.content_size && *frame.content_size != produced) return ErrorCode::wrong_size;
    if (frame.has_checksum)
        item = Item::checksum;
    else
        end_frame();
    return ErrorCode::ok;
}

ErrorCode DecompressStream::Impl::check_checksum(ByteView stated) noexcept {
    if (options.verify_checksum &&
        load_le<std::uint32_t>(stated.data()) != static_cast<std::uint32_t>(hash.digest()))
        return ErrorCode::wrong_checksum;
    end_frame();
    return ErrorCode::ok;
}

void DecompressStream::Impl::end_frame() noexcept {
    item = Item::frame_header;
}

/// Raw and skipped bytes pass without being gathered.
ErrorCode DecompressStream::Impl::take_passing(ByteView input, std::size_t& consumed) noexcept {
    const auto take =
        static_cast<std::size_t>(std::min<std::uint64_t>(item_left, input.size() - consumed));
    const std::uint8_t* const from = input.data() + consumed;
    consumed += take;
    item_left -= take;
    if (item == Item::skipped) {
        if (item_left == 0) end_frame();
        return ErrorCode::ok;
    }
    if (take > 0) std::memcpy(window.room(), from, take);
    add_content(take);
    return item_left == 0 ? end_block() : ErrorCode::ok;
}

/// Content that waits, as far as there is room for it.
void DecompressStream::Impl::hand_out(MutableByteView output, Progress& progress) noexcept {
    const std::size_t out = std::min(pending.size(), output.size() - progress.produced);
    if (out > 0) std::memcpy(output.data() + progress.produced, pending.data(), out);
    progress.produced += out;
    pending = pending.subspan(out);
}

ErrorCode DecompressStream::Impl::run(ByteView input, MutableByteView output, Progress& progress,
                                      std::size_t& where) {
    for (;;) {
        hand_out(output, progress);
        if (!pending.empty()) return ErrorCode::ok;

        ErrorCode code = ErrorCode::ok;
        if (item == Item::skipped || item == Item::raw) {
            if (progress.consumed == input.size()) return ErrorCode::ok;
            code = take_passing(input, progress.consumed);
            where = progress.consumed;
        } else {
            const std::uint8_t* readable_end = nullptr;
            const ByteView bytes = take_item(input, progress.consumed, readable_end);
            if (bytes.empty()) return ErrorCode::ok;
            std::size_t in_item = 0;
            switch (item) {
                case Item::frame_header:
                    code = begin_frame(bytes, in_item);
                    break;
                case Item::block_header:
                    code = begin_block(bytes, in_item);
                    break;
                case Item::checksum:
                    code = check_checksum(bytes);
                    break;
                default:
                    code = decode_block(bytes, readable_end, in_item);
            }
            // May be negative for an item gathered in earlier calls: the sum with `offset` is not.
            where = progress.consumed - bytes.size() + in_item;
        }
        if (code != ErrorCode::ok) return code;
    }
}

DecompressStream::DecompressStream(DecodeOptions options, const DecodeDictionary* dictionary)
    : impl_(std::make_unique<Impl>(options, dictionary)) {}
DecompressStream::DecompressStream(DecompressStream&&) noexcept = default;
DecompressStream& DecompressStream::operator=(DecompressStream&&) noexcept = default;
DecompressStream::~DecompressStream() = default;

Expected<DecompressStream::Progress> DecompressStream::run(ByteView input, MutableByteView output) {
    Progress progress;
    if (impl_->failed.code == ErrorCode::ok) {
        std::size_t where = 0;
        const ErrorCode code = impl_->run(input, output, progress, where);
        if (code == ErrorCode::ok) {
            impl_->offset += progress.consumed;
            return progress;
        }
        impl_->failed = {code, impl_->offset + where};
        // What failed took a byte of this input at least: it stays, so that the caller comes again.
        if (progress.consumed > 0) --progress.consumed;
    }
    // What was decoded before the error comes first.
    impl_->hand_out(output, progress);
    if (progress.produced == 0 && impl_->pending.empty()) return std::unexpected(impl_->failed);
    return progress;
}

bool DecompressStream::at_frame_boundary() const noexcept {
    return impl_->item == Impl::Item::frame_header && impl_->gathered_size == 0 &&
           impl_->pending.empty() && impl_->failed.code == ErrorCode::ok;
}

void DecompressStream::reset() noexcept {
    impl_->reset();
}

}  // namespace holt::zstd
