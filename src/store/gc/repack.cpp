#include "store/gc/repack.h"

#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <utility>

#include "base/cancel.h"
#include "base/guard.h"
#include "codec/blake3/blake3.h"
#include "store/format/pack_fields.h"

namespace holt::store {
namespace {

// Blocks below this are put together with others: many one-file snapshots leave blocks of a few
// hundred bytes each, which compress badly and cost a read each.
constexpr std::uint32_t kSmallBlock = 128u << 10;

// A block with more garbage than this is taken apart, of a hundred bytes of content.
constexpr std::uint64_t kMostDead = 25;

}  // namespace

Repacker::Repacker(const StoreFolder& folder, Log log, int level)
    : folder_(folder),
      sink_(folder, std::move(log), fields_of_level(level)),
      builder_(level > 0 ? kMaxBlockRaw : kBlockTarget),
      level_(level),
      encoders_([level] { return BlockEncoder(level > 0 ? level : zstd::kDefaultLevel); }) {}

Status Repacker::put(std::vector<RawBlock>& full) {
    for (RawBlock& block : std::exchange(full, {})) waiting_.push_back(std::move(block));
    const auto threads = static_cast<std::size_t>(tbb::this_task_arena::max_concurrency());
    return waiting_.size() < threads ? Status() : encode_waiting();
}

Status Repacker::encode_waiting() {
    std::vector<EncodedBlock> encoded(waiting_.size());
    FirstError first;
    tbb::parallel_for(std::size_t{0}, waiting_.size(), [&](std::size_t i) {
        auto one = encoders_.local().encode(std::move(waiting_[i]));
        if (one)
            encoded[i] = *std::move(one);
        else
            first.set(std::move(one).error());
    });
    waiting_.clear();
    HOLT_TRY(first.take());
    for (EncodedBlock& block : encoded) HOLT_TRY(sink_.add(std::move(block)));
    return {};
}

bool Repacker::stays_as_it_is(const BlockInfo& block, std::uint64_t dead) const noexcept {
    if (block.raw_size < kSmallBlock || dead * 100 > kMostDead * block.raw_size) return false;
    return level_ == 0 || block.codec == BlockCodec::raw;
}

Status Repacker::take_chunks(const PackReader& pack, std::uint32_t block,
                             std::span<const ChunkInfo> chunks, const std::vector<bool>& live) {
    HOLT_TRY(pack.read_block(block, raw_, stored_, decoder_));
    std::vector<RawBlock> full;
    for (std::size_t i = 0; i < chunks.size(); ++i) {
        if (!live[i]) continue;
        const ChunkInfo& chunk = chunks[i];
        const ByteView bytes = ByteView(raw_).subspan(chunk.offset, chunk.length);
        if (guard("digest of a chunk that is moved") && blake3::hash(bytes) != chunk.digest)
            return fail(ErrorKind::corrupt, "rewrite pack", pack.object(),
                        "chunk " + chunk.digest.hex() + " has another digest",
                        Advice::verify_store);
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
        const bool as_it_is = stays_as_it_is(info, dead);
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
    HOLT_TRY(encode_waiting());
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
