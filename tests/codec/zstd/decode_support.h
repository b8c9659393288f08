// Shared by the decoder's tests: contents of several kinds, and frames of them made by libzstd.
#pragma once

#include <zstd.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "codec/zstd/decode/decompress.h"

namespace holt::zstd::test {

struct Content {
    std::string name;
    Bytes bytes;
};

/// Words of a small vocabulary with a few typing errors: compresses like text.
Bytes text_like(std::size_t size, unsigned seed);
/// Records with slowly changing numbers: compresses like a table or an object file.
Bytes binary_like(std::size_t size, unsigned seed);
Bytes random_bytes(std::size_t size, unsigned seed);

/// One of each kind at a size, and long runs.
std::vector<Content> contents(std::size_t size);

/// Calls `use` with real files where there are any: the Silesia corpus, and the files of a Python
/// installation (or of the folder that HOLT_TEST_FILES names), thinned out to about `count`.
/// Returns how many there were.
std::size_t for_real_files(std::size_t count, const std::function<void(const Content&)>& use);

struct FreeContexts {
    void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
    void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

struct FrameOptions {
    int level = 3;
    bool checksum = false;
    bool content_size = true;
    int window_log = 0;  ///< 0: by level
    bool long_distance = false;
    ByteView dictionary{};
    std::size_t flush_every = 0;  ///< streaming, with a flush after so many bytes
    int target_block = 0;         ///< ZSTD_c_targetCBlockSize: superblocks, many small blocks
};
/// A frame made by libzstd.
Bytes reference_frame(ByteView content, const FrameOptions& options = {});

/// What libzstd makes of a frame; nothing when it refuses it.
std::optional<Bytes> reference_decode(ByteView frame, std::size_t capacity,
                                      ByteView dictionary = {});

/// Decodes with ours into a buffer of exactly `capacity` bytes.
Expected<Bytes> decode(ByteView frame, std::size_t capacity,
                       const DecodeDictionary* dictionary = nullptr);

/// Decodes with ours as a stream; piece sizes come from `pieces` (0 is allowed now and then).
Expected<Bytes> decode_stream(ByteView frame, DecompressStream& stream,
                              const std::function<std::size_t()>& input_piece,
                              const std::function<std::size_t()>& output_piece);

Bytes from_hex(std::string_view hex);

}  // namespace holt::zstd::test
