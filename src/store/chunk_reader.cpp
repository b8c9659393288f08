#include "store/chunk_reader.h"

#include <algorithm>
#include <array>
#include <mutex>
#include <numeric>
#include <unordered_map>

#include "codec/blake3/blake3.h"
#include "store/block_cache.h"

namespace holt::store {
namespace {

// Chunks hashed in one call: enough to fill the widest SIMD lanes many times over, small enough
// that their bytes are still in the second-level cache when they are handed out.
constexpr std::size_t kHashBatch = 64;

}  // namespace

struct ChunkReader::Impl {
    Impl(const StoreFolder& store, Catalog& index) : folder(store), catalog(index) {}

    Result<std::shared_ptr<const PackReader>> pack(std::uint32_t row);
    Result<BlockRef> block(const LocatedChunk& chunk);

    const StoreFolder& folder;
    std::mutex mutex;  // guards catalog and packs
    Catalog& catalog;
    struct OpenPack {
        std::shared_ptr<const PackReader> reader;
        std::uint64_t used = 0;
    };
    std::unordered_map<std::uint32_t, OpenPack> packs;
    std::uint64_t clock = 0;  // orders the uses of packs
    BlockCache cache{ChunkReader::kCachedBlocks};
};

ChunkReader::ChunkReader(const StoreFolder& folder, Catalog& catalog)
    : impl_(std::make_unique<Impl>(folder, catalog)) {}
ChunkReader::~ChunkReader() = default;

// Needs `mutex`.
Result<std::shared_ptr<const PackReader>> ChunkReader::Impl::pack(std::uint32_t row) {
    if (const auto found = packs.find(row); found != packs.end()) {
        found->second.used = ++clock;
        return found->second.reader;
    }
    HOLT_TRY_LET(known, catalog.pack(row));
    HOLT_TRY_LET(reader, PackReader::open(folder, known.id));
    if (packs.size() >= kOpenPacks) {
        const auto oldest = std::ranges::min_element(
            packs, {}, [](const auto& entry) { return entry.second.used; });
        packs.erase(oldest);
    }
    auto shared = std::make_shared<const PackReader>(std::move(reader));
    packs.emplace(row, OpenPack{shared, ++clock});
    return shared;
}

Result<BlockRef> ChunkReader::Impl::block(const LocatedChunk& chunk) {
    return cache.get({chunk.pack, chunk.block}, [&](BlockScratch& scratch, Bytes& raw) -> Status {
        std::shared_ptr<const PackReader> reader;
        {
            const std::lock_guard lock(mutex);
            HOLT_TRY_LET(found, pack(chunk.pack));
            reader = std::move(found);
        }
        return reader->read_block(chunk.block, raw, scratch.stored, scratch.decoder);
    });
}

Result<std::vector<LocatedChunk>> ChunkReader::locate(std::span<const ChunkRef> chunks) {
    std::vector<Digest> digests(chunks.size());
    std::ranges::transform(chunks, digests.begin(), &ChunkRef::digest);
    std::vector<std::optional<ChunkPlace>> places(chunks.size());
    std::vector<LocatedChunk> located(chunks.size());

    const std::lock_guard lock(impl_->mutex);
    HOLT_TRY(impl_->catalog.find_chunks(digests, places));
    for (std::size_t i = 0; i < chunks.size(); ++i) {
        if (!places[i]) {
            return fail(ErrorKind::corrupt, "find chunk", digests[i].hex(),
                        "no pack of this store holds it",
                        "run `holt verify`, then `holt repair` to see which snapshots it touches");
        }
        HOLT_TRY_LET(pack, impl_->pack(places[i]->pack));
        const std::vector<ChunkInfo>& infos = pack->footer().chunks;
        const std::uint32_t ordinal = places[i]->ordinal;
        if (ordinal >= infos.size() || infos[ordinal].digest != digests[i] ||
            infos[ordinal].length != chunks[i].length) {
            return fail(ErrorKind::corrupt, "find chunk", digests[i].hex(),
                        "the catalog and " + pack->object() + " disagree about it",
                        "run `holt repair` to rebuild the catalog");
        }
        const ChunkInfo& info = infos[ordinal];
        located[i] = {digests[i], places[i]->pack, info.block, info.offset, info.length};
    }
    return located;
}

Status ChunkReader::read(std::span<const LocatedChunk> wanted, const Visitor& visit) {
    std::array<ByteView, kHashBatch> views;
    std::array<Digest, kHashBatch> digests;
    for (std::size_t begin = 0; begin < wanted.size();) {
        const LocatedChunk& first = wanted[begin];
        HOLT_TRY_LET(block, impl_->block(first));
        std::size_t count = 0;
        for (; count < kHashBatch && begin + count < wanted.size(); ++count) {
            const LocatedChunk& chunk = wanted[begin + count];
            if (chunk.pack != first.pack || chunk.block != first.block) break;
            views[count] = ByteView(*block).subspan(chunk.offset, chunk.length);
        }
        blake3::hash_many(std::span(views).first(count), std::span(digests).first(count));
        for (std::size_t i = 0; i < count; ++i) {
            if (digests[i] != wanted[begin + i].digest) {
                return fail(ErrorKind::corrupt, "read chunk", wanted[begin + i].digest.hex(),
                            "its content has another digest",
                            "run `holt verify` to see what is damaged, then `holt repair`");
            }
        }
        for (std::size_t i = 0; i < count; ++i) HOLT_TRY(visit(begin + i, views[i]));
        begin += count;
    }
    return {};
}

Result<Bytes> ChunkReader::read_content(std::span<const ChunkRef> chunks) {
    HOLT_TRY_LET(located, locate(chunks));
    Bytes content;
    content.reserve(
        std::accumulate(chunks.begin(), chunks.end(), std::size_t{0},
                        [](std::size_t sum, const ChunkRef& c) { return sum + c.length; }));
    HOLT_TRY(read(located, [&](std::size_t, ByteView bytes) -> Status {
        content.insert(content.end(), bytes.begin(), bytes.end());
        return {};
    }));
    return content;
}

Result<Tree> ChunkReader::read_tree(const TreeEntry& folder, const std::string& path) {
    HOLT_TRY_LET(bytes, read_content(folder.chunks));
    return decode_tree(bytes, path.empty() ? "/" : path);
}

}  // namespace holt::store
