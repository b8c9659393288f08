// Frame and block headers (RFC 8878 3.1.1.1, 3.1.1.2, 3.1.2), for one-shot and streaming decoding.
// Thread rule: pure functions.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "codec/zstd/decode/decompress.h"
#include "codec/zstd/format/error.h"
#include "codec/zstd/format/format.h"

namespace holt::zstd {

inline constexpr std::size_t kMagicSize = 4;
inline constexpr std::size_t kSkippableHeaderSize = 8;
inline constexpr std::size_t kMaxFrameHeaderSize = 18;
inline constexpr std::size_t kChecksumSize = 4;
/// Windows of 2^32 bytes and more are refused, whatever the limit: offset codes end at 31.
inline constexpr unsigned kMaxWindowLog = 31;

/// Bytes that read_frame_info needs to read, or refuse, the header of the frame at the start of
/// `input`, as far as `input` tells; kMagicSize bytes of it must be there.
std::size_t frame_header_size(ByteView input) noexcept;

struct BlockHeader {
    bool last = false;
    BlockType type = BlockType::raw;
    std::size_t size = 0;          ///< Block_Size as stated
    std::size_t content_size = 0;  ///< bytes that follow the header in the input
};

/// `at` needs kBlockHeaderSize bytes. Fails for a reserved type and a size over `block_limit`.
ErrorCode read_block_header(const std::uint8_t* at, std::size_t block_limit,
                            BlockHeader& header) noexcept;

/// Block_Maximum_Size of a frame (3.1.1.2.4).
constexpr std::size_t block_limit(std::uint64_t window_size) noexcept {
    return window_size < kMaxBlockSize ? static_cast<std::size_t>(window_size) : kMaxBlockSize;
}

}  // namespace holt::zstd
