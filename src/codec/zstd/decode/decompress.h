// Zstandard decompression (RFC 8878), complete: every block type and mode, skippable and
// concatenated frames, dictionaries, checksums, windows up to a limit.
//
// A Decompressor is reused: after its first use at a size it allocates nothing. Every length that
// the input states is checked before memory is taken or touched.
// Thread rule: one object, one thread at a time; objects are independent. A Dictionary is immutable
// after loading and may be shared by any number of threads.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "base/bytes.h"
#include "codec/zstd/format/error.h"

namespace holt::zstd {

/// RFC 8878 3.1.1.1.2 recommends decoders support 8 MiB at least; 128 MiB covers --long=27.
inline constexpr std::uint64_t kDefaultWindowLimit = std::uint64_t{128} << 20;

struct DecodeOptions {
    std::uint64_t window_limit =
        kDefaultWindowLimit;      ///< bytes; larger windows are refused (streaming)
    bool verify_checksum = true;  ///< bench and fuzzing may turn the xxHash64 comparison off
};

/// A dictionary for decoding: one made by `zstd --train` (magic EC30A437, section 5), or raw
/// content.
class DecodeDictionary {
  public:
    static Expected<DecodeDictionary> load(ByteView bytes);
    /// All of it is content, whatever it begins with.
    static DecodeDictionary of_content(Bytes bytes);
    DecodeDictionary(DecodeDictionary&&) noexcept;
    DecodeDictionary& operator=(DecodeDictionary&&) noexcept;
    ~DecodeDictionary();
    /// The dictionary's id; 0 for raw content.
    std::uint32_t id() const noexcept;

    struct Impl;
    const Impl& impl() const noexcept { return *impl_; }

  private:
    explicit DecodeDictionary(std::unique_ptr<Impl> impl) noexcept;
    std::unique_ptr<Impl> impl_;
};

/// What a frame's header tells, without decoding it.
struct FrameInfo {
    bool skippable = false;
    std::uint64_t window_size = 0;                ///< bytes
    std::optional<std::uint64_t> content_size{};  ///< bytes, when the header states it
    std::uint32_t dictionary_id = 0;              ///< 0: none stated
    bool has_checksum = false;
    std::size_t header_size = 0;  ///< bytes
};

/// Whether `input` begins like a frame, skippable or not; 4 bytes tell.
bool is_frame_start(ByteView input) noexcept;

/// Reads the header of the frame at the start of `input`.
Expected<FrameInfo> read_frame_info(ByteView input) noexcept;

/// Compressed length in bytes of the first frame in `input`, found by walking its block headers.
Expected<std::size_t> find_frame_size(ByteView input) noexcept;

class Decompressor {
  public:
    explicit Decompressor(DecodeOptions options = {});
    Decompressor(Decompressor&&) noexcept;
    Decompressor& operator=(Decompressor&&) noexcept;
    ~Decompressor();

    /// Decodes all frames in `input` one after the other into `output`. Returns the bytes written.
    /// Bytes of `output` past the returned count may have been overwritten.
    Expected<std::size_t> decompress(ByteView input, MutableByteView output,
                                     const DecodeDictionary* dictionary = nullptr);

    /// The same, but stops behind the block with which `wanted` bytes are out. Returns the bytes
    /// written: fewer than `wanted` only when the frames hold no more. What lies behind is not
    /// looked at, nor is the checksum of a frame that is left early.
    Expected<std::size_t> decompress_front(ByteView input, MutableByteView output,
                                           std::size_t wanted);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// Streaming: any split of input and output.
class DecompressStream {
  public:
    explicit DecompressStream(DecodeOptions options = {},
                              const DecodeDictionary* dictionary = nullptr);
    DecompressStream(DecompressStream&&) noexcept;
    DecompressStream& operator=(DecompressStream&&) noexcept;
    ~DecompressStream();

    struct Progress {
        std::size_t consumed = 0;  ///< bytes taken from `input`
        std::size_t produced = 0;  ///< bytes put into `output`
    };
    /// Makes as much progress as input and output allow: consumes input and produces output until
    /// one of them is exhausted. With empty input it flushes what is decoded already. What was
    /// decoded before an error is produced first, with a byte of input or more left over; the call
    /// that produces nothing any more returns the error.
    Expected<Progress> run(ByteView input, MutableByteView output);
    /// True between frames: the input may end here.
    bool at_frame_boundary() const noexcept;
    void reset() noexcept;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace holt::zstd
