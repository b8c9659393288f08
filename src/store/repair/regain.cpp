#include "store/repair/regain.h"

#include <algorithm>
#include <utility>

#include "store/pool/pool_check.h"

namespace holt::store {

ChunkTaker::ChunkTaker(const StoreFolder& folder, const LostChunks& lost, PackScan& scan, Log log)
    : lost_(lost), scan_(scan), sink_(folder, std::move(log)), encoder_(zstd::kDefaultLevel) {}

bool ChunkTaker::has_all() const {
    return !lost_.more_unknown &&
           std::ranges::none_of(lost_.chunks, [&](const Digest& digest) { return wants(digest); });
}

Status ChunkTaker::store(std::vector<RawBlock> full) {
    for (RawBlock& block : full) {
        HOLT_TRY_LET(encoded, encoder_.encode(std::move(block)));
        HOLT_TRY(sink_.add(std::move(encoded)));
    }
    return {};
}

Status ChunkTaker::offer(const Digest& digest, ChunkKind kind, ByteView bytes) {
    if (!wants(digest)) return {};
    scan_.chunks.insert(digest);
    ++taken_;
    std::vector<RawBlock> full;
    builder_.add(digest, kind, bytes, full);
    return store(std::move(full));
}

void ChunkTaker::take_packs(std::vector<NewPack> packs) {
    for (NewPack& pack : packs) {
        for (const ChunkInfo& chunk : pack.footer.chunks)
            taken_ += scan_.chunks.insert(chunk.digest).second ? 1 : 0;
        scan_.whole.push_back(std::move(pack));
    }
}

Result<std::uint64_t> ChunkTaker::finish() {
    std::vector<RawBlock> full;
    builder_.flush(full);
    HOLT_TRY(store(std::move(full)));
    HOLT_TRY(sink_.finish());
    for (NewPack& pack : std::exchange(sink_.packs(), {})) scan_.whole.push_back(std::move(pack));
    return std::exchange(taken_, 0);
}

ChunkSupply supply_of_pool(const StoreFolder& folder) {
    return {.name = folder.shown("pool"), .offer = [](Operation& op, Catalog&, ChunkTaker& taker) {
                return visit_pool_chunks(op.store, [&](const Digest& digest, ByteView bytes) {
                    return taker.offer(digest, ChunkKind::data, bytes);
                });
            }};
}

}  // namespace holt::store
