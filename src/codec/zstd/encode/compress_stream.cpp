#include <algorithm>
#include <cstring>
#include <new>

#include "base/endian.h"
#include "codec/xxhash64/xxhash64.h"
#include "codec/zstd/encode/compress.h"
#include "codec/zstd/encode/dictionary_encode.h"
#include "codec/zstd/encode/frame_encode.h"

namespace holt::zstd {

// The history is one buffer: up to a window of bytes already encoded, then the block being
// gathered. When the buffer is full, the window moves to its front; as the buffer holds twice the
// window, each byte moves once at most. Encoded bytes wait in `pending` until the caller has room,
// and nothing more is encoded before that.
struct CompressStream::Impl {
    Impl(EncodeOptions o, const EncodeDictionary* d)
        : options(o),
          encoder(codec::cpu_level()),
          dictionary(d != nullptr ? &d->impl() : nullptr) {}

    std::size_t unencoded() const noexcept { return gathered - encoded; }
    void make_buffers();
    void begin_history() noexcept;
    void gather(ByteView input, Progress& progress) noexcept;
    void encode(FrameEncoder::Last last);
    void drain(MutableByteView output, Progress& progress) noexcept;

    EncodeOptions options;
    FrameEncoder encoder;
    const EncodeDictionary::Impl* dictionary;
    std::size_t prefix = 0;  // bytes of the dictionary at the front of the history
    MatchParams params{};
    std::unique_ptr<std::uint8_t[]> history{};
    std::size_t history_size = 0;
    std::size_t encoded = 0;   // of the history: bytes that are in blocks already
    std::size_t gathered = 0;  // of the history: all bytes
    std::unique_ptr<std::uint8_t[]> pending{};
    std::size_t pending_begin = 0;
    std::size_t pending_end = 0;
    XxHash64 checksum{};
    bool in_frame = false;  // the header is written
    bool ended = false;     // the frame's last byte is pending
};

namespace {

constexpr std::size_t kPendingSize =
    kMaxFrameHeader + kBlockHeaderSize + kMaxBlockSize + kChecksumSize;

}  // namespace

CompressStream::CompressStream(EncodeOptions options, const EncodeDictionary* dictionary)
    : impl_(std::make_unique<Impl>(options, dictionary)) {}
CompressStream::CompressStream(CompressStream&&) noexcept = default;
CompressStream& CompressStream::operator=(CompressStream&&) noexcept = default;
CompressStream::~CompressStream() = default;

void CompressStream::Impl::make_buffers() {
    if (history) return;
    params = choose_params(options.level, kUnknownSize);
    history_size = 2 * std::max(std::size_t{1} << params.window_log, kMaxBlockSize) + kMaxBlockSize;
    pending = std::make_unique_for_overwrite<std::uint8_t[]>(kPendingSize);
    history = std::make_unique_for_overwrite<std::uint8_t[]>(history_size);
    begin_history();
}

/// Empties the history, but for the dictionary's content.
void CompressStream::Impl::begin_history() noexcept {
    if (dictionary != nullptr) {
        const ByteView content = dictionary->content;
        prefix = std::min(content.size(), std::size_t{1} << params.window_log);
        std::copy_n(content.data() + (content.size() - prefix), prefix, history.get());
    }
    encoded = gathered = prefix;
}

void CompressStream::Impl::gather(ByteView input, Progress& progress) noexcept {
    if (unencoded() == 0 && history_size - gathered < kMaxBlockSize) {
        const std::size_t keep = std::size_t{1} << params.window_log;
        std::memmove(history.get(), history.get() + gathered - keep, keep);
        encoder.move_history(history.get() + gathered - keep, history.get());
        encoded = gathered = keep;
    }
    const std::size_t size =
        std::min(input.size() - progress.consumed, kMaxBlockSize - unencoded());
    if (size == 0) return;
    std::memcpy(history.get() + gathered, input.data() + progress.consumed, size);
    gathered += size;
    progress.consumed += size;
}

void CompressStream::Impl::encode(FrameEncoder::Last last) {
    const ByteView block(history.get() + encoded, unencoded());
    const bool is_last = last == FrameEncoder::Last::yes;
    if (!in_frame) {
        // When the first block is the last, the content size is known after all.
        const auto size = is_last ? std::optional<std::uint64_t>(block.size()) : std::nullopt;
        const std::size_t hint = size ? block.size() : kUnknownSize;
        const MatchParams chosen = dictionary != nullptr
                                       ? dictionary_params(options.level, prefix, hint)
                                       : choose_params(options.level, hint);
        encoder.begin(chosen, history.get(), kMaxBlockSize);
        if (dictionary != nullptr) {
            encoder.load_history({history.get(), prefix}, FrameEncoder::DecoderState::initial);
            if (dictionary->entropy) encoder.load_tables(*dictionary->entropy);
        }
        pending_end =
            write_frame_header(chosen, size, options.checksum ? Checksum::appended : Checksum::none,
                               dictionary != nullptr ? dictionary->id : 0, pending.get());
        in_frame = true;
    }
    if (options.checksum) checksum.update(block);
    pending_end += encoder.encode_block(block, last,
                                        {pending.get() + pending_end, kPendingSize - pending_end});
    encoded = gathered;
    if (!is_last) return;
    if (options.checksum) {
        store_le(pending.get() + pending_end, static_cast<std::uint32_t>(checksum.digest()));
        pending_end += kChecksumSize;
        checksum.reset();
    }
    begin_history();
    in_frame = false;
    ended = true;
}

void CompressStream::Impl::drain(MutableByteView output, Progress& progress) noexcept {
    const std::size_t size =
        std::min(pending_end - pending_begin, output.size() - progress.produced);
    if (size == 0) return;
    std::memcpy(output.data() + progress.produced, pending.get() + pending_begin, size);
    pending_begin += size;
    progress.produced += size;
    if (pending_begin == pending_end) pending_begin = pending_end = 0;
}

Expected<CompressStream::Progress> CompressStream::run(ByteView input, MutableByteView output,
                                                       Flush flush) {
    Impl& s = *impl_;
    if (s.options.level < kMinLevel || s.options.level > kMaxLevel) {
        return std::unexpected(Error{ErrorCode::bad_parameter, 0});
    }
    Progress progress;
    try {
        s.make_buffers();
        for (;;) {
            s.drain(output, progress);
            if (s.pending_end > 0) return progress;
            if (s.ended) {
                s.ended = false;
                progress.done = true;
                return progress;
            }
            s.gather(input, progress);
            const bool all_taken = progress.consumed == input.size();
            if (!all_taken && s.unencoded() == kMaxBlockSize) {
                s.encode(FrameEncoder::Last::no);
            } else if (all_taken && flush == Flush::end) {
                s.encode(FrameEncoder::Last::yes);
            } else if (all_taken && flush == Flush::block && s.unencoded() > 0) {
                s.encode(FrameEncoder::Last::no);
            } else if (all_taken) {
                progress.done = flush == Flush::block;
                return progress;
            }
        }
    } catch (const std::bad_alloc&) {
        return std::unexpected(Error{ErrorCode::out_of_memory, 0});
    }
}

}  // namespace holt::zstd
