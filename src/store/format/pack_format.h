// A pack: a sealed, immutable file of blocks that describes itself.
//
//   header    32 bytes: magic "holtpack", version u32, zeros
//   blocks    back to back; each one zstd frame that `zstd -d` reads, or raw bytes
//   footer    one zstd frame: for each block its sizes, codec, transform and digest; for each
//             chunk its digest, kind and length; extension fields (wire.h). Places are sums of what
//             stands before, so that no gap and no overlap can be written down
//   trailer   64 bytes: footer offset u64, stored length u32, raw length u32, digest of the stored
//             footer, zeros 8, magic "holtfoot"
//
// The pack's id is the digest of the stored footer, and the file's name. Since the footer holds the
// digest of every block's stored bytes and of every chunk, and header and trailer are fixed by it,
// one changed byte anywhere is found. Blocks: small chunks are put together up to 1 MiB, larger
// ones up to 4 MiB. docs/FORMAT.md has the byte tables. Thread rule: values and pure functions.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include <holt/digest.hpp>
#include "base/bytes.h"
#include "base/error.h"
#include "store/format/wire.h"

namespace holt::store {

inline constexpr std::uint32_t kPackVersion = 2;
inline constexpr std::size_t kPackHeaderSize = 32;
inline constexpr std::size_t kPackTrailerSize = 64;
inline constexpr std::uint64_t kPackTarget = 32u << 20;  ///< bytes after which a pack is sealed
inline constexpr std::size_t kPackTargetChunks =
    128u << 10;  ///< chunks after which it is sealed, however small they are
inline constexpr std::uint32_t kBlockTarget =
    1u << 20;  ///< raw bytes small chunks are put together to
inline constexpr std::uint32_t kMaxBlockRaw = 4u << 20;  ///< the largest chunk is the largest block

// What a reader may be made to allocate is bounded by these. A block of 1 MiB holds at most 371,541
// different chunks (256 of one byte, 65,536 of two, the rest of three), so a pack that is sealed at
// its target stays below kMaxPackChunks.
inline constexpr std::size_t kMaxPackChunks = 512u << 10;
inline constexpr std::size_t kMaxPackBlocks = 128u << 10;

enum class ChunkKind : std::uint8_t { data = 1, tree = 2, snapshot = 3 };
enum class BlockCodec : std::uint8_t { raw = 0, zstd = 1 };
/// What was done to a block's content before it was compressed, to be undone after.
enum class BlockTransform : std::uint8_t { none = 0 };

struct BlockInfo {
    std::uint64_t offset = 0;       ///< from the start of the pack
    std::uint32_t stored_size = 0;  ///< bytes in the pack
    std::uint32_t raw_size = 0;     ///< bytes after decompression
    BlockCodec codec = BlockCodec::zstd;
    BlockTransform transform = BlockTransform::none;
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
    Bytes fields{};                 ///< extension fields as encoded (wire.h)
};

/// A pack with what its footer says, to be made known.
struct NewPack {
    Digest id{};
    std::uint64_t bytes = 0;
    PackFooter footer{};
};

/// The footer's raw bytes, before compression. Blocks must lie back to back from kPackHeaderSize,
/// chunks must tile their blocks in order (asserted in developer builds).
Bytes encode_footer(const PackFooter& footer);

/// The reverse. Refuses, as corrupt, blocks that do not end at `footer_offset` or are larger than
/// they may be, chunks that do not tile their block exactly, and whatever encode_footer would not
/// have written.
Result<PackFooter> decode_footer(ByteView raw, std::uint64_t footer_offset,
                                 const std::string& object);

/// The least and the most raw bytes a footer can have.
inline constexpr std::size_t kMinFooterRaw = 11;
inline constexpr std::size_t kMaxFooterRaw = 16 + kMaxPackBlocks * (2 + 4 + 4 + 3 + Digest::kSize) +
                                             kMaxPackChunks * (1 + 4 + Digest::kSize) + kMaxFields;

/// The last 64 bytes of a pack.
struct PackTrailer {
    std::uint64_t footer_offset = 0;
    std::uint32_t footer_stored = 0;  ///< bytes in the pack
    std::uint32_t footer_raw = 0;     ///< bytes after decompression
    Digest footer_digest{};           ///< of the stored bytes: the pack's id
    bool operator==(const PackTrailer&) const = default;
};

using PackHeaderBytes = std::array<std::uint8_t, kPackHeaderSize>;
using PackTrailerBytes = std::array<std::uint8_t, kPackTrailerSize>;

PackHeaderBytes encode_header() noexcept;
/// `corrupt` unless these are exactly the bytes of encode_header(); of another version, the cause
/// says so.
Status check_header(ByteView bytes, const std::string& object);

PackTrailerBytes encode_trailer(const PackTrailer& trailer) noexcept;
/// Refuses, as corrupt, every byte that encode_trailer would not have written for a file of this
/// size: after this the footer's place lies inside the file and its lengths are within bounds.
Result<PackTrailer> decode_trailer(ByteView bytes, std::uint64_t file_size,
                                   const std::string& object);

/// "ab": the folder below packs/ where a pack lies.
std::string pack_folder_name(const Digest& id);
/// "<64 hex>.pack": its name there.
std::string pack_base_name(const Digest& id);
/// "ab/<64 hex>.pack" below packs/.
std::string pack_file_name(const Digest& id);
/// "packs/ab/<64 hex>.pack": how errors name a pack.
std::string pack_object(const Digest& id);

}  // namespace holt::store
