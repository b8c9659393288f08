#include "store/gc/repack.h"

#include <utility>

#include "codec/blake3/blake3.h"

namespace holt::store {
namespace {

// Blocks below this are put together with others: many one-file snapshots leave blocks of a few
// hundred bytes each, which compress badly and cost a read each.
constexpr std::uint32_t kSmallBlock = 128u << 10;

// A block with more garbage than this is taken apart, of a hundred bytes of content.
constexpr std::uint64_t kMostDead = 25;

}  // namespace

Repacker::Repacker(const StoreFolder& folder, Log log)
    : folder_(folder), sink_(folder, std::move(log)), encoder_(zstd::kDefaultLevel) {}

Status Repacker::put(std::vector<RawBlock>& full) {
    for (RawBlock& block : std::exchange(full, {})) {
        HOLT_TRY_LET(encoded, encoder_.encode(std::move(block)));
        HOLT_TRY(sink_.add(std::move(encoded)));
    }
    return {};
}

Status Repacker::take_chunks(const PackReader& pack, std::uint32_t block,
                             std::span<const ChunkInfo> chunks, const std::vector<bool>& live) {
    HOLT_TRY(pack.read_block(block, raw_, stored_, decoder_));
    std::vector<RawBlock> full;
    for (std::size_t i = 0; i < chunks.size(); ++i) {
        if (!live[i]) continue;
        const ChunkInfo& chunk = chunks[i];
        const ByteView bytes = ByteView(raw_).subspan(chunk.offset, chunk.length);
        if (blake3::hash(bytes) != chunk.digest)
            return fail(ErrorKind::corrupt, "rewrite pack", pack.object(),
                        "chunk " + chunk.digest.hex() + " has another digest",
                        "run `holt verify` to see what is damaged, then `holt repair`");
        builder_.add(chunk.digest, chunk.kind, bytes, full);
    }
    return put(full);
}

Status Repacker::take(const PackUse& use) {
    HOLT_TRY_LET(pack, PackReader::open(folder_, use.pack.id));
    const PackFooter& footer = pack.footer();
    const std::span<const ChunkInfo> chunks(footer.chunks);
    std::vector<bool>& copied = copied_[use.pack.row];
    copied.assign(chunks.size(), false);
    std::size_t begin = 0;
    for (std::uint32_t block = 0; block < footer.blocks.size(); ++block) {
        std::size_t end = begin;
        std::vector<bool> live;
        std::uint64_t live_raw = 0;
        for (; end < chunks.size() && chunks[end].block == block; ++end) {
            live.push_back(end < use.live.size() && use.live[end]);
            live_raw += live.back() ? chunks[end].length : 0;
        }
        const auto of_block = chunks.subspan(begin, end - begin);
        const BlockInfo& info = footer.blocks[block];
        const std::uint64_t dead = info.raw_size - live_raw;
        const bool as_it_is =
            info.raw_size >= kSmallBlock && dead * 100 <= kMostDead * info.raw_size;
        if (live_raw > 0 && as_it_is) {
            EncodedBlock copy{.stored = {},
                              .codec = info.codec,
                              .raw_size = info.raw_size,
                              .chunks = {of_block.begin(), of_block.end()}};
            HOLT_TRY(pack.read_stored(block, copy.stored));
            HOLT_TRY(sink_.add(std::move(copy)));
        } else if (live_raw > 0) {
            HOLT_TRY(take_chunks(pack, block, of_block, live));
        }
        for (std::size_t i = begin; i < end; ++i)
            copied[i] = live_raw > 0 && (as_it_is || live[i - begin]);
        begin = end;
    }
    return {};
}

Status Repacker::finish() {
    std::vector<RawBlock> full;
    builder_.flush(full);
    HOLT_TRY(put(full));
    return sink_.finish();
}

bool Repacker::has_all_of(const PackUse& use) const {
    const auto copied = copied_.find(use.pack.row);
    if (copied == copied_.end() || copied->second.size() < use.live.size()) return false;
    for (std::size_t i = 0; i < use.live.size(); ++i)
        if (use.live[i] && !copied->second[i]) return false;
    return true;
}

}  // namespace holt::store
