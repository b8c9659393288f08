// A pack: a sealed, immutable file of blocks that describes itself.
//
//   header    32 bytes: magic "holtpack", version, zeros
//   blocks    back to back; each one zstd frame that `zstd -d` reads, or raw bytes
//   footer    one zstd frame: for each block its place, sizes, codec and digest; for each chunk its
//             digest, kind and place in its block
//   trailer   64 bytes: footer offset, stored length, raw length, digest of the stored footer,
//   magic
//
// The pack's id is the digest of the stored footer, and the file's name. Since the footer holds the
// digest of every block's stored bytes, of every chunk, and header and trailer are fixed by it, one
// changed byte anywhere is found. Blocks: small chunks are put together up to 1 MiB, a larger chunk
// is a block of its own. docs/FORMAT.md has the byte tables. Thread rule: values and pure
// functions.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/digest.h"
#include "base/error.h"

namespace holt::store {

inline constexpr std::uint32_t kPackVersion = 1;
inline constexpr std::size_t kPackHeaderSize = 32;
inline constexpr std::size_t kPackTrailerSize = 64;
inline constexpr std::uint64_t kPackTarget = 32u << 20;  ///< bytes after which a pack is sealed
inline constexpr std::uint32_t kBlockTarget =
    1u << 20;  ///< raw bytes small chunks are put together to
inline constexpr std::uint32_t kMaxBlockRaw = 4u << 20;  ///< the largest chunk is the largest block

enum class ChunkKind : std::uint8_t { data = 1, tree = 2, snapshot = 3 };
enum class BlockCodec : std::uint8_t { raw = 0, zstd = 1 };

struct BlockInfo {
    std::uint64_t offset = 0;       ///< from the start of the pack
    std::uint32_t stored_size = 0;  ///< bytes in the pack
    std::uint32_t raw_size = 0;     ///< bytes after decompression
    BlockCodec codec = BlockCodec::zstd;
    Digest stored_digest{};  ///< of the bytes in the pack
};

struct ChunkInfo {
    Digest digest{};
    ChunkKind kind = ChunkKind::data;
    std::uint32_t block = 0;   ///< index into the footer's blocks
    std::uint32_t offset = 0;  ///< in the raw block; chunks of a block lie back to back
    std::uint32_t length = 0;
};

struct PackFooter {
    std::vector<BlockInfo> blocks;
    std::vector<ChunkInfo> chunks;  ///< by block, then by offset
};

/// The footer's raw bytes, before compression.
Bytes encode_footer(const PackFooter& footer);

/// The reverse. Refuses, as corrupt, blocks that overlap, leave gaps, do not end at
/// `footer_offset`, or are larger than they may be, and chunks that do not tile their block
/// exactly.
Result<PackFooter> decode_footer(ByteView raw, std::uint64_t footer_offset,
                                 const std::string& object);

/// "ab/<64 hex>.pack" below packs/.
std::string pack_file_name(const Digest& id);

}  // namespace holt::store
