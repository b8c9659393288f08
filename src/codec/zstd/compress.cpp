#include "codec/zstd/compress.h"

#include <algorithm>
#include <new>

#include "base/endian.h"
#include "codec/zstd/frame_encode.h"
#include "codec/zstd/xxhash64.h"

namespace holt::zstd {

struct Compressor::Impl {
    explicit Impl(EncodeOptions o) : options(o), encoder(codec::cpu_level()) {}

    EncodeOptions options;
    FrameEncoder encoder;
};

Compressor::Compressor(EncodeOptions options) : impl_(std::make_unique<Impl>(options)) {}
Compressor::Compressor(Compressor&&) noexcept = default;
Compressor& Compressor::operator=(Compressor&&) noexcept = default;
Compressor::~Compressor() = default;

Expected<std::size_t> Compressor::compress(ByteView input, MutableByteView output) {
    const auto fail = [](ErrorCode code, std::size_t at) {
        return std::unexpected(Error{code, at});
    };
    const EncodeOptions& options = impl_->options;
    if (options.level < kMinLevel || options.level > kMaxLevel) {
        return fail(ErrorCode::bad_parameter, 0);
    }
    const Checksum checksum = options.checksum ? Checksum::appended : Checksum::none;
    const MatchParams params = choose_params(options.level, input.size());
    std::uint8_t header[kMaxFrameHeader];
    const std::size_t header_size = write_frame_header(params, input.size(), checksum, header);
    const std::size_t trailer = options.checksum ? kChecksumSize : 0;
    if (output.size() < header_size + trailer) return fail(ErrorCode::output_full, 0);
    std::copy_n(header, header_size, output.data());

    const std::size_t block_size = std::min(input.size(), kMaxBlockSize);
    try {
        impl_->encoder.begin(params, input.data(), block_size);
    } catch (const std::bad_alloc&) {
        return fail(ErrorCode::out_of_memory, 0);
    }
    std::size_t written = header_size;
    std::size_t read = 0;
    do {
        const ByteView block = input.subspan(read, std::min(input.size() - read, kMaxBlockSize));
        const bool is_last = read + block.size() == input.size();
        const std::size_t made = impl_->encoder.encode_block(
            block, is_last ? FrameEncoder::Last::yes : FrameEncoder::Last::no,
            output.subspan(written, output.size() - written - trailer));
        if (made == 0) return fail(ErrorCode::output_full, read);
        written += made;
        read += block.size();
    } while (read < input.size());
    if (options.checksum) {
        store_le(output.data() + written, static_cast<std::uint32_t>(xxhash64(input)));
        written += kChecksumSize;
    }
    return written;
}

}  // namespace holt::zstd
