// The zstd codec for bytes in memory: what libholt_zstd holds, and libholt as well. The format is
// the standard one (RFC 8878): any zstd reads these frames, and these functions read any zstd's.
//
// Errors are those of holt/zstd.hpp; no function throws. Thread rule: functions from any thread;
// one stream, one thread at a time.
#pragma once

#include <holt/export.h>
#include <holt/error.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

namespace holt {

/// The levels that options take besides 0: min to max, and up to `ultra`, which take windows of 32
/// to 128 MiB and memory to match.
struct ZstdLevels {
    int min, max, standard, ultra;
};
HOLT_API ZstdLevels zstd_levels() noexcept;

struct ZstdMemoryOptions {
    int level = 0;         ///< 0: the default
    bool checksum = true;  ///< write a content checksum
};

/// The most bytes that a frame of `size` bytes of content can have.
HOLT_API std::size_t zstd_compress_bound(std::size_t size) noexcept;

/// One frame that states its content's size; its length in bytes. With zstd_compress_bound() bytes
/// of room it cannot be too long.
HOLT_API Result<std::size_t> zstd_compress(std::span<const std::uint8_t> content,
                                           std::span<std::uint8_t> frame,
                                           const ZstdMemoryOptions& options = {}) noexcept;

/// The content of all frames in `frames`, one behind the other; its length in bytes. What lies in
/// `content` behind that may have been overwritten.
HOLT_API Result<std::size_t> zstd_decompress(std::span<const std::uint8_t> frames,
                                             std::span<std::uint8_t> content) noexcept;

/// What the first frame states of its content's size, bytes; nothing when it does not. It is not
/// to be trusted: a limit of the caller's own comes first.
HOLT_API Result<std::optional<std::uint64_t>> zstd_content_size(
    std::span<const std::uint8_t> frames) noexcept;

/// How far a step of a stream came.
struct ZstdStep {
    std::size_t consumed = 0;  ///< bytes of the input
    std::size_t produced = 0;  ///< bytes in the output
    /// Compression: all that was to be written out is. Decompression: a frame ended here, so the
    /// input may.
    bool done = false;
};

/// Content of unknown length into a frame.
class HOLT_API ZstdCompressStream {
  public:
    static Result<ZstdCompressStream> make(const ZstdMemoryOptions& options = {}) noexcept;
    ZstdCompressStream(ZstdCompressStream&&) noexcept;
    ZstdCompressStream& operator=(ZstdCompressStream&&) noexcept;
    ~ZstdCompressStream();

    enum class Flush : std::uint8_t { none, block, end };
    /// Goes on until input or output is used up. With block or end it is called again until done;
    /// what comes after an end is a new frame.
    Result<ZstdStep> run(std::span<const std::uint8_t> input, std::span<std::uint8_t> output,
                         Flush flush) noexcept;

  private:
    struct Impl;
    explicit ZstdCompressStream(std::unique_ptr<Impl> impl) noexcept;
    std::unique_ptr<Impl> impl_;
};

/// Frames into their content, in any pieces.
class HOLT_API ZstdDecompressStream {
  public:
    /// `window_limit`: bytes; a frame that needs more is ErrorKind::unsafe_input.
    static Result<ZstdDecompressStream> make(std::uint64_t window_limit = std::uint64_t{128}
                                                                          << 20) noexcept;
    ZstdDecompressStream(ZstdDecompressStream&&) noexcept;
    ZstdDecompressStream& operator=(ZstdDecompressStream&&) noexcept;
    ~ZstdDecompressStream();

    /// Goes on until input or output is used up. An output that was filled may have more to come:
    /// call again, with no input if there is none.
    Result<ZstdStep> run(std::span<const std::uint8_t> input,
                         std::span<std::uint8_t> output) noexcept;

  private:
    struct Impl;
    explicit ZstdDecompressStream(std::unique_ptr<Impl> impl) noexcept;
    std::unique_ptr<Impl> impl_;
};

}  // namespace holt
