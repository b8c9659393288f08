#include "store/format/pack_format.h"

#include <algorithm>
#include <cassert>

#include "base/endian.h"
#include "base/guard.h"
#include "codec/zstd/encode/compress.h"
#include "store/format/wire.h"

// The raw footer:
//   magic "hpft", version u32, varint count of blocks, varint count of chunks
//   for each block: codec u8 (0 raw, 1 zstd), transform u8 (0 none), varint stored size, varint raw
//                   size, varint count of its chunks
//   for each chunk: kind u8 (1 data, 2 tree, 3 snapshot), varint length
//   for each block the digest of its stored bytes; for each chunk its digest; extension fields
// The digests stand apart because they do not compress: what stands before them does.

namespace holt::store {
namespace {

constexpr std::array<std::uint8_t, 8> kPackMagic = {'h', 'o', 'l', 't', 'p', 'a', 'c', 'k'};
constexpr std::array<std::uint8_t, 8> kTrailerMagic = {'h', 'o', 'l', 't', 'f', 'o', 'o', 't'};
constexpr std::string_view kFooterMagic = "hpft";
constexpr std::array<std::uint8_t, 3> kFooterPadding = {0, 0, 0};
static_assert(kMinFooterRaw == kFooterMagic.size() + 1 + kFooterPadding.size() + 3);

constexpr const char* kReadPack = "read pack";
constexpr Advice kDamagedAdvice = Advice::repair_store;

std::unexpected<Error> damaged(const std::string& object, const char* cause) {
    return fail(ErrorKind::corrupt, kReadPack, object, cause, kDamagedAdvice);
}

bool read_block_heads(WireReader& in, std::uint64_t footer_offset, std::size_t chunk_count,
                      PackFooter& footer, std::vector<std::uint32_t>& chunks_of_block) {
    std::uint64_t at = kPackHeaderSize;
    std::size_t chunks_left = chunk_count;
    for (std::size_t i = 0; i < chunks_of_block.size(); ++i) {
        BlockInfo block;
        block.offset = at;
        const std::uint8_t codec = in.byte();
        if (codec > 1) in.refuse_version("a block has a codec that this version does not know");
        block.codec = static_cast<BlockCodec>(codec);
        if (in.byte() != 0)
            in.refuse_version("a block has a transform that this version does not know");
        block.stored_size = static_cast<std::uint32_t>(
            in.varint(zstd::compress_bound(kMaxBlockRaw), "a block is too large"));
        block.raw_size =
            static_cast<std::uint32_t>(in.varint(kMaxBlockRaw, "a block is too large"));
        chunks_of_block[i] =
            static_cast<std::uint32_t>(in.varint(chunks_left, "blocks of too many chunks"));
        in.require(block.stored_size > 0 && block.raw_size > 0, "an empty block");
        in.require(block.codec == BlockCodec::raw
                       ? block.stored_size == block.raw_size
                       : block.stored_size <= zstd::compress_bound(block.raw_size),
                   "a block's sizes do not fit together");
        if (!in.require(block.stored_size <= footer_offset - at, "a block is outside the pack"))
            return false;
        chunks_left -= chunks_of_block[i];
        at += block.stored_size;
        footer.blocks.push_back(block);
    }
    return in.require(at == footer_offset, "the blocks do not end at the footer") &&
           in.require(chunks_left == 0, "chunks without a block");
}

bool read_chunk_heads(WireReader& in, std::span<const std::uint32_t> chunks_of_block,
                      PackFooter& footer) {
    for (std::uint32_t block = 0; block < chunks_of_block.size(); ++block) {
        const std::uint32_t raw_size = footer.blocks[block].raw_size;
        std::uint32_t at = 0;
        for (std::uint32_t i = 0; i < chunks_of_block[block]; ++i) {
            const std::uint8_t kind = in.byte();
            if (kind > 3) in.refuse_version("a chunk of a kind that this version does not know");
            in.require(kind >= 1, "a chunk of no kind");
            const auto length = static_cast<std::uint32_t>(
                in.varint(raw_size - at, "a chunk is outside its block"));
            if (!in.require(length > 0, "an empty chunk")) return false;
            footer.chunks.push_back({.kind = static_cast<ChunkKind>(kind),
                                     .block = block,
                                     .offset = at,
                                     .length = length});
            at += length;
        }
        if (!in.require(at == raw_size, "the chunks do not fill their block")) return false;
    }
    return in.ok();
}

}  // namespace

Bytes encode_footer(const PackFooter& footer) {
    Bytes out;
    out.reserve(kMinFooterRaw + footer.blocks.size() * 44 + footer.chunks.size() * 36);
    WireWriter writer(out);
    writer.bytes(as_bytes(kFooterMagic));
    writer.byte(kPackVersion);
    writer.bytes(kFooterPadding);
    writer.varint(footer.blocks.size());
    writer.varint(footer.chunks.size());
    std::size_t next = 0;
    for (std::size_t i = 0; i < footer.blocks.size(); ++i) {
        const BlockInfo& block = footer.blocks[i];
        const std::size_t first = next;
        while (next < footer.chunks.size() && footer.chunks[next].block == i) ++next;
        writer.byte(static_cast<std::uint8_t>(block.codec));
        writer.byte(static_cast<std::uint8_t>(block.transform));
        writer.varint(block.stored_size);
        writer.varint(block.raw_size);
        writer.varint(next - first);
    }
    assert(next == footer.chunks.size());
    for (const ChunkInfo& chunk : footer.chunks) {
        writer.byte(static_cast<std::uint8_t>(chunk.kind));
        writer.varint(chunk.length);
    }
    for (const BlockInfo& block : footer.blocks) writer.digest(block.stored_digest);
    for (const ChunkInfo& chunk : footer.chunks) writer.digest(chunk.digest);
    writer.fields(footer.fields);
    return out;
}

Result<PackFooter> decode_footer(ByteView raw, std::uint64_t footer_offset,
                                 const std::string& object) {
    WireReader in(raw);
    in.require(footer_offset >= kPackHeaderSize, "the footer lies in the header");
    // The footer's digest is right by now: another version in it is no damage.
    in.head(kFooterMagic, kPackVersion, "its footer does not begin as one",
            "its footer is of another version than 2");
    in.require(equal(in.bytes(kFooterPadding.size()), kFooterPadding),
               "its footer does not begin as one");
    const std::size_t blocks = in.count(5 + Digest::kSize, "more blocks than there are bytes");
    const std::size_t chunks = in.count(2 + Digest::kSize, "more chunks than there are bytes");
    if (guard("bound of blocks")) in.require(blocks <= kMaxPackBlocks, "too many blocks");
    in.require(chunks <= kMaxPackChunks, "too many chunks");

    PackFooter footer;
    if (in.ok()) {
        footer.blocks.reserve(blocks);
        footer.chunks.reserve(chunks);
        std::vector<std::uint32_t> chunks_of_block(blocks);
        if (read_block_heads(in, footer_offset, chunks, footer, chunks_of_block))
            read_chunk_heads(in, chunks_of_block, footer);
    }
    if (in.ok()) {
        for (BlockInfo& block : footer.blocks) block.stored_digest = in.digest();
        for (ChunkInfo& chunk : footer.chunks) chunk.digest = in.digest();
        const ByteView fields = in.fields();
        footer.fields.assign(fields.begin(), fields.end());
    }
    HOLT_TRY(in.finish(kReadPack, object));
    return footer;
}

PackHeaderBytes encode_header() noexcept {
    PackHeaderBytes bytes{};
    std::copy(kPackMagic.begin(), kPackMagic.end(), bytes.begin());
    store_le<std::uint32_t>(bytes.data() + 8, kPackVersion);
    return bytes;
}

Status check_header(ByteView bytes, const std::string& object) {
    if (equal(bytes, encode_header())) return {};
    if (bytes.size() != kPackHeaderSize || !equal(bytes.first(kPackMagic.size()), kPackMagic))
        return damaged(object, "it does not begin as a pack");
    if (load_le<std::uint32_t>(bytes.data() + 8) != kPackVersion)
        return damaged(object, "it is damaged, or of a version that this build cannot read");
    return damaged(object, "its header is damaged");
}

PackTrailerBytes encode_trailer(const PackTrailer& trailer) noexcept {
    PackTrailerBytes bytes{};
    store_le(bytes.data(), trailer.footer_offset);
    store_le(bytes.data() + 8, trailer.footer_stored);
    store_le(bytes.data() + 12, trailer.footer_raw);
    std::copy(trailer.footer_digest.bytes.begin(), trailer.footer_digest.bytes.end(),
              bytes.begin() + 16);
    std::copy(kTrailerMagic.begin(), kTrailerMagic.end(), bytes.end() - kTrailerMagic.size());
    return bytes;
}

Result<PackTrailer> decode_trailer(ByteView bytes, std::uint64_t file_size,
                                   const std::string& object) {
    if (bytes.size() != kPackTrailerSize || file_size < kPackHeaderSize + kPackTrailerSize)
        return damaged(object, "it is shorter than a pack can be");
    PackTrailer trailer;
    trailer.footer_offset = load_le<std::uint64_t>(bytes.data());
    trailer.footer_stored = load_le<std::uint32_t>(bytes.data() + 8);
    trailer.footer_raw = load_le<std::uint32_t>(bytes.data() + 12);
    std::copy_n(bytes.begin() + 16, Digest::kSize, trailer.footer_digest.bytes.begin());
    if (!equal(bytes, encode_trailer(trailer)))
        return damaged(object, "it does not end as a pack: it is truncated or damaged");
    const std::uint64_t footer_end = file_size - kPackTrailerSize;
    if (trailer.footer_offset < kPackHeaderSize || trailer.footer_offset > footer_end ||
        trailer.footer_stored != footer_end - trailer.footer_offset)
        return damaged(object, "its footer is not where its trailer says");
    if (trailer.footer_raw < kMinFooterRaw || trailer.footer_raw > kMaxFooterRaw)
        return damaged(object, "its footer has an impossible length");
    return trailer;
}

std::string pack_folder_name(const Digest& id) {
    return id.hex().substr(0, 2);
}
std::string pack_base_name(const Digest& id) {
    return id.hex() + ".pack";
}
std::string pack_file_name(const Digest& id) {
    return pack_folder_name(id) + "/" + pack_base_name(id);
}
std::string pack_object(const Digest& id) {
    return "packs/" + pack_file_name(id);
}

}  // namespace holt::store
