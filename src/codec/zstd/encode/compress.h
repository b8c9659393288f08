// Zstandard compression in the standard format (RFC 8878): any zstd reads these frames.
//
// A Compressor is reused: after its first use at a size it allocates nothing. Output is a pure
// function of input, level and options, the same on every machine and for every CPU level.
// Thread rule: one object, one thread at a time; objects are independent.
#pragma once

#include <cstdint>
#include <memory>

#include "base/bytes.h"
#include "codec/zstd/format/error.h"
#include "codec/zstd/format/levels.h"

namespace holt::zstd {

struct EncodeOptions {
    int level = kDefaultLevel;
    bool checksum = false;  ///< append the xxHash64 content checksum
};

/// The largest a frame for `size` bytes of content can become, in bytes.
constexpr std::size_t compress_bound(std::size_t size) noexcept {
    // Each block of 128 KiB may be stored raw behind a 3-byte header; the frame adds header (with
    // a dictionary's id) and checksum.
    return size + 3 * (size / (128u << 10) + 1) + 18 + 4;
}

/// A dictionary for encoding: one made by training (magic EC30A437, RFC 8878 section 5), or raw
/// content. Immutable after loading; may be shared by any number of threads.
class EncodeDictionary {
  public:
    static Expected<EncodeDictionary> load(ByteView bytes);
    EncodeDictionary(EncodeDictionary&&) noexcept;
    EncodeDictionary& operator=(EncodeDictionary&&) noexcept;
    ~EncodeDictionary();
    /// The dictionary's id, which frames state; 0 for raw content.
    std::uint32_t id() const noexcept;

    struct Impl;
    const Impl& impl() const noexcept { return *impl_; }

  private:
    explicit EncodeDictionary(std::unique_ptr<Impl> impl) noexcept;
    std::unique_ptr<Impl> impl_;
};

class Compressor {
  public:
    explicit Compressor(EncodeOptions options = {});
    Compressor(Compressor&&) noexcept;
    Compressor& operator=(Compressor&&) noexcept;
    ~Compressor();

    /// One frame with its content size stated. `output` needs compress_bound(input.size()) bytes to
    /// be sure to suffice. Returns the frame's length in bytes.
    Expected<std::size_t> compress(ByteView input, MutableByteView output);

    /// The same with a dictionary, which has to outlive its use here. It is digested at the first
    /// input and kept ready for the next ones, as long as the same dictionary is given and inputs
    /// are of similar size. The input is copied behind the dictionary's content.
    Expected<std::size_t> compress(ByteView input, MutableByteView output,
                                   const EncodeDictionary& dictionary);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// Streaming: input of unknown length into one frame.
class CompressStream {
  public:
    /// A dictionary has to outlive the stream.
    explicit CompressStream(EncodeOptions options = {},
                            const EncodeDictionary* dictionary = nullptr);
    CompressStream(CompressStream&&) noexcept;
    CompressStream& operator=(CompressStream&&) noexcept;
    ~CompressStream();

    enum class Flush : std::uint8_t { none, block, end };
    struct Progress {
        std::size_t consumed = 0;  ///< bytes taken from `input`
        std::size_t produced = 0;  ///< bytes put into `output`
        bool done = false;         ///< with block or end: everything asked for is in the output
    };
    /// Consumes input and produces output until one of them is exhausted. Call again with more
    /// output room until `done` when flushing or ending. After an end a new frame begins.
    Expected<Progress> run(ByteView input, MutableByteView output, Flush flush);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace holt::zstd
