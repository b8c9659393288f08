#include <holt/zstd/memory.hpp>

#include "api/memory/zstd_error.h"
#include "base/no_throw.h"
#include "codec/zstd/decode/decompress.h"
#include "codec/zstd/encode/compress.h"

namespace holt {
namespace {

constexpr const char* kCompress = "compress";
constexpr const char* kDecompress = "decompress";

zstd::EncodeOptions encode_options(const ZstdMemoryOptions& options) {
    return {.level = options.level == 0 ? zstd::kDefaultLevel : options.level,
            .checksum = options.checksum};
}

}  // namespace

struct ZstdCompressStream::Impl {
    zstd::CompressStream stream;
};

struct ZstdDecompressStream::Impl {
    zstd::DecompressStream stream;
};

ZstdLevels zstd_levels() noexcept {
    return {.min = zstd::kMinLevel,
            .max = zstd::kMaxOrdinaryLevel,
            .standard = zstd::kDefaultLevel,
            .ultra = zstd::kMaxLevel};
}

std::size_t zstd_compress_bound(std::size_t size) noexcept {
    return zstd::compress_bound(size);
}

Result<std::size_t> zstd_compress(std::span<const std::uint8_t> content,
                                  std::span<std::uint8_t> frame,
                                  const ZstdMemoryOptions& options) noexcept {
    return guarded([&]() -> Result<std::size_t> {
        zstd::Compressor compressor(encode_options(options));
        const auto size = compressor.compress(content, frame);
        if (!size) return api::codec_error(size.error(), kCompress, "");
        return *size;
    });
}

Result<std::size_t> zstd_decompress(std::span<const std::uint8_t> frames,
                                    std::span<std::uint8_t> content) noexcept {
    return guarded([&]() -> Result<std::size_t> {
        zstd::Decompressor decompressor;
        const auto size = decompressor.decompress(frames, content);
        if (!size) return api::codec_error(size.error(), kDecompress, "");
        return *size;
    });
}

Result<std::optional<std::uint64_t>> zstd_content_size(
    std::span<const std::uint8_t> frames) noexcept {
    return guarded([&]() -> Result<std::optional<std::uint64_t>> {
        const auto info = zstd::read_frame_info(frames);
        if (!info) return api::codec_error(info.error(), kDecompress, "");
        return info->content_size;
    });
}

ZstdCompressStream::ZstdCompressStream(std::unique_ptr<Impl> impl) noexcept
    : impl_(std::move(impl)) {}
ZstdCompressStream::ZstdCompressStream(ZstdCompressStream&&) noexcept = default;
ZstdCompressStream& ZstdCompressStream::operator=(ZstdCompressStream&&) noexcept = default;
ZstdCompressStream::~ZstdCompressStream() = default;

Result<ZstdCompressStream> ZstdCompressStream::make(const ZstdMemoryOptions& options) noexcept {
    return guarded([&]() -> Result<ZstdCompressStream> {
        return ZstdCompressStream(
            std::unique_ptr<Impl>(new Impl{zstd::CompressStream(encode_options(options))}));
    });
}

Result<ZstdStep> ZstdCompressStream::run(std::span<const std::uint8_t> input,
                                         std::span<std::uint8_t> output, Flush flush) noexcept {
    return guarded([&]() -> Result<ZstdStep> {
        using Codec = zstd::CompressStream::Flush;
        const Codec how = flush == Flush::none    ? Codec::none
                          : flush == Flush::block ? Codec::block
                                                  : Codec::end;
        const auto step = impl_->stream.run(input, output, how);
        if (!step) return api::codec_error(step.error(), kCompress, "");
        return ZstdStep{step->consumed, step->produced, step->done};
    });
}

ZstdDecompressStream::ZstdDecompressStream(std::unique_ptr<Impl> impl) noexcept
    : impl_(std::move(impl)) {}
ZstdDecompressStream::ZstdDecompressStream(ZstdDecompressStream&&) noexcept = default;
ZstdDecompressStream& ZstdDecompressStream::operator=(ZstdDecompressStream&&) noexcept = default;
ZstdDecompressStream::~ZstdDecompressStream() = default;

Result<ZstdDecompressStream> ZstdDecompressStream::make(std::uint64_t window_limit) noexcept {
    return guarded([&]() -> Result<ZstdDecompressStream> {
        return ZstdDecompressStream(std::unique_ptr<Impl>(
            new Impl{zstd::DecompressStream({.window_limit = window_limit})}));
    });
}

Result<ZstdStep> ZstdDecompressStream::run(std::span<const std::uint8_t> input,
                                           std::span<std::uint8_t> output) noexcept {
    return guarded([&]() -> Result<ZstdStep> {
        const auto step = impl_->stream.run(input, output);
        if (!step) return api::codec_error(step.error(), kDecompress, "");
        return ZstdStep{step->consumed, step->produced, impl_->stream.at_frame_boundary()};
    });
}

}  // namespace holt
