#include "codec/zstd/encode/compress.h"

#include <algorithm>
#include <bit>
#include <new>

#include "base/endian.h"
#include "codec/xxhash64/xxhash64.h"
#include "codec/zstd/encode/dictionary_encode.h"
#include "codec/zstd/encode/frame_encode.h"

namespace holt::zstd {

namespace {

std::unexpected<Error> fail(ErrorCode code, std::size_t at) {
    return std::unexpected(Error{code, at});
}

/// A dictionary's content at the front of a buffer, indexed; the input is put behind it.
struct Digest {
    std::uint64_t serial = 0;  // of the dictionary
    MatchParams params{};
    std::unique_ptr<std::uint8_t[]> buffer{};
    std::size_t capacity = 0;
    std::size_t content = 0;  // bytes of the dictionary in the buffer
    std::size_t used = 0;     // bytes of the last input
};

}  // namespace

struct Compressor::Impl {
    explicit Impl(EncodeOptions o) : options(o), encoder(codec::cpu_level()) {}

    Expected<std::size_t> frame(const MatchParams& params, ByteView input, std::uint32_t id,
                                MutableByteView output);
    void digest(const EncodeDictionary::Impl& dictionary, std::size_t size);

    EncodeOptions options;
    FrameEncoder encoder;
    Digest attached{};
};

Compressor::Compressor(EncodeOptions options) : impl_(std::make_unique<Impl>(options)) {}
Compressor::Compressor(Compressor&&) noexcept = default;
Compressor& Compressor::operator=(Compressor&&) noexcept = default;
Compressor::~Compressor() = default;

/// Header, blocks and checksum; the encoder has begun.
Expected<std::size_t> Compressor::Impl::frame(const MatchParams& params, ByteView input,
                                              std::uint32_t id, MutableByteView output) {
    std::uint8_t header[kMaxFrameHeader];
    const std::size_t header_size = write_frame_header(
        params, input.size(), options.checksum ? Checksum::appended : Checksum::none, id, header);
    const std::size_t trailer = options.checksum ? kChecksumSize : 0;
    if (output.size() < header_size + trailer) return fail(ErrorCode::output_full, 0);
    std::copy_n(header, header_size, output.data());
    std::size_t made = 0;
    if (!encoder.encode_blocks(
            input, output.subspan(header_size, output.size() - header_size - trailer), made)) {
        return fail(ErrorCode::output_full, made);
    }
    made += header_size;
    if (options.checksum) {
        store_le(output.data() + made, static_cast<std::uint32_t>(xxhash64(input)));
    }
    return made + trailer;
}

Expected<std::size_t> Compressor::compress(ByteView input, MutableByteView output) {
    const int level = impl_->options.level;
    if (level < kMinLevel || level > kMaxLevel) return fail(ErrorCode::bad_parameter, 0);
    const MatchParams params = choose_params(level, input.size());
    try {
        impl_->attached.serial = 0;  // the tables are used for something else now
        impl_->encoder.begin(params, input.data(), std::min(input.size(), kMaxBlockSize));
    } catch (const std::bad_alloc&) {
        return fail(ErrorCode::out_of_memory, 0);
    }
    return impl_->frame(params, input, 0, output);
}

void Compressor::Impl::digest(const EncodeDictionary::Impl& dictionary, std::size_t size) {
    const MatchParams params = dictionary_params(options.level, dictionary.content.size(), size);
    if (attached.serial == dictionary.serial && attached.params == params &&
        attached.capacity - attached.content >= size) {
        encoder.begin_again(attached.buffer.get() + attached.content, attached.used);
        return;
    }
    attached.serial = 0;
    const std::size_t content =
        std::min(dictionary.content.size(), std::size_t{1} << params.window_log);
    const std::size_t room = std::bit_ceil(std::max(size, std::size_t{16} << 10));
    attached.buffer = std::make_unique_for_overwrite<std::uint8_t[]>(content + room);
    attached.capacity = content + room;
    attached.content = content;
    std::uint8_t* const buffer = attached.buffer.get();
    std::copy_n(dictionary.content.data() + (dictionary.content.size() - content), content, buffer);
    encoder.begin(params, buffer, std::min(room, kMaxBlockSize));
    encoder.load_history({buffer, content}, FrameEncoder::DecoderState::initial);
    encoder.keep_index();
    attached.params = params;
    attached.serial = dictionary.serial;
}

Expected<std::size_t> Compressor::compress(ByteView input, MutableByteView output,
                                           const EncodeDictionary& dictionary) {
    const int level = impl_->options.level;
    if (level < kMinLevel || level > kMaxLevel) return fail(ErrorCode::bad_parameter, 0);
    const EncodeDictionary::Impl& loaded = dictionary.impl();
    Digest& attached = impl_->attached;
    try {
        impl_->digest(loaded, input.size());
    } catch (const std::bad_alloc&) {
        return fail(ErrorCode::out_of_memory, 0);
    }
    if (loaded.entropy) impl_->encoder.load_tables(*loaded.entropy);
    // Only now: what the last input left in the tables was found again by its bytes.
    std::copy(input.begin(), input.end(), attached.buffer.get() + attached.content);
    attached.used = input.size();
    return impl_->frame(attached.params, {attached.buffer.get() + attached.content, input.size()},
                        loaded.id, output);
}

}  // namespace holt::zstd
