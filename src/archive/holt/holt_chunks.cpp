#include "archive/holt/holt_chunks.h"

#include <utility>

#include "archive/format/holt_format.h"
#include "codec/blake3/blake3.h"
#include "fs/file.h"
#include "store/pack/pack_check.h"
#include "store/pack/pack_writer.h"

namespace holt::store {
namespace {

class PackVisitor {
  public:
    explicit PackVisitor(const HoltChunkVisitor& visit) : visit_(visit) {}

    // False when a part of the pack is damaged.
    Result<bool> visit(const PackReader& pack) {
        const std::vector<ChunkInfo>& chunks = pack.footer().chunks;
        bool whole = true;
        std::size_t at = 0;
        for (std::uint32_t block = 0; block < pack.footer().blocks.size(); ++block) {
            const Status read =
                pack.read_block(block, scratch_.raw, scratch_.stored, scratch_.decoder);
            if (!read && read.error().kind != ErrorKind::corrupt)
                return std::unexpected(read.error());
            whole = whole && read;
            for (; at < chunks.size() && chunks[at].block == block; ++at) {
                if (!read) continue;
                const ByteView bytes =
                    ByteView(scratch_.raw).subspan(chunks[at].offset, chunks[at].length);
                HOLT_TRY(visit_(blake3::hash(bytes), chunks[at].kind, bytes));
            }
        }
        return whole;
    }

  private:
    const HoltChunkVisitor& visit_;
    PackCheckScratch scratch_;
};

Result<HoltIndex> read_index(StreamReader& in) {
    HoltHeader header;
    HOLT_TRY(in.read_exact(header));
    HOLT_TRY_LET(size, decode_holt_header(header, in.shown()));
    Bytes bytes(size);
    HOLT_TRY(in.read_exact(bytes));
    return decode_holt_index(bytes, in.shown());
}

}  // namespace

Status visit_holt_chunks(const StoreFolder& folder, FdSource& source,
                         const HoltChunkVisitor& visit) {
    StreamReader in(source, source.shown());
    HOLT_TRY_LET(index, read_index(in));
    HOLT_TRY_LET(tmp, folder.open_part("tmp"));
    PackVisitor visitor(visit);
    std::size_t damaged = 0;
    for (const HoltIndex::Pack& pack : index.packs) {
        HOLT_TRY_LET(file,
                     fs::AtomicFile::create_locked(tmp.get(), "pack", folder.shown("tmp"), 0444));
        for (std::uint64_t left = pack.bytes; left > 0;) {
            HOLT_TRY_LET(piece, in.some_exact(left));
            HOLT_TRY(file.write(piece));
            left -= piece.size();
        }
        HOLT_TRY_LET(fd, fs::duplicate(file.fd(), file.shown()));
        const std::string object = "pack " + pack.id.hex() + " in " + in.shown();
        auto reader = PackReader::open_file(std::move(fd), pack.id, object);
        if (!reader && reader.error().kind != ErrorKind::corrupt)
            return std::unexpected(std::move(reader).error());
        Result<bool> whole = false;
        if (reader) whole = visitor.visit(*reader);
        if (!whole) return std::unexpected(std::move(whole).error());
        damaged += *whole ? 0 : 1;
    }
    if (damaged == 0) return {};
    return fail(ErrorKind::corrupt, "repair --from", in.shown(),
                std::to_string(damaged) + " of its packs are damaged",
                "what is whole in them was used");
}

}  // namespace holt::store
