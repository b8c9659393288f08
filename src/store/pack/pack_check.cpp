#include "store/pack/pack_check.h"

#include <cerrno>
#include <string>
#include <utility>

#include "codec/blake3/blake3.h"

namespace holt::store {
namespace {

// The chunks of one decoded block against the footer's digests.
Status check_chunks(ByteView raw, std::span<const ChunkInfo> chunks, const std::string& object) {
    std::vector<ByteView> views;
    for (const ChunkInfo& chunk : chunks) views.push_back(raw.subspan(chunk.offset, chunk.length));
    std::vector<Digest> digests(views.size());
    blake3::hash_many(views, digests);
    for (std::size_t i = 0; i < chunks.size(); ++i) {
        if (digests[i] == chunks[i].digest) continue;
        return fail(ErrorKind::corrupt, "verify pack", object,
                    "chunk " + chunks[i].digest.hex() + " has another digest",
                    Advice::repair_store);
    }
    return {};
}

}  // namespace

const Error* PackCheck::undecided() const noexcept {
    for (const Error& error : errors)
        if (error.kind != ErrorKind::corrupt && error.sys_errno != EIO) return &error;
    return nullptr;
}

Status check_block(const PackReader& pack, std::uint32_t block, std::span<const ChunkInfo> chunks,
                   PackCheckScratch& scratch) {
    HOLT_TRY(pack.read_block(block, scratch.raw, scratch.stored, scratch.decoder));
    return check_chunks(scratch.raw, chunks, pack.object());
}

PackCheck check_pack(const StoreFolder& folder, const Digest& id, PackCheckScratch& scratch,
                     const CheckedChunkVisitor& visit) {
    PackCheck check{.id = id};
    auto opened = PackReader::open(folder, id);
    if (!opened) {
        check.errors.push_back(std::move(opened).error());
        return check;
    }
    const PackReader& pack = check.reader.emplace(*std::move(opened));
    const PackFooter& footer = pack.footer();
    check.bad_blocks.resize(footer.blocks.size());
    std::size_t chunk = 0;
    for (std::uint32_t block = 0; block < footer.blocks.size(); ++block) {
        const std::size_t begin = chunk;
        while (chunk < footer.chunks.size() && footer.chunks[chunk].block == block) ++chunk;
        const auto chunks = std::span(footer.chunks).subspan(begin, chunk - begin);
        Status status = check_block(pack, block, chunks, scratch);
        if (status) {
            check.chunks += chunks.size();
            check.bytes += scratch.raw.size();
            if (!visit) continue;
            for (const ChunkInfo& each : chunks)
                visit(each, ByteView(scratch.raw).subspan(each.offset, each.length));
        } else {
            check.bad_blocks[block] = 1;
            check.errors.push_back(std::move(status).error());
        }
    }
    return check;
}

}  // namespace holt::store
