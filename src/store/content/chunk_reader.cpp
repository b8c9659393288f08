#include "store/content/chunk_reader.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <optional>
#include <unordered_map>

#include "base/guard.h"
#include "base/sync.h"
#include "codec/blake3/blake3.h"
#include "fs/machine/open_limit.h"
#include "store/pack/block_cache.h"
#include "store/pack/footer_index.h"

namespace holt::store {
namespace {

// Chunks hashed in one call: enough to fill the widest SIMD lanes many times over, small enough
// that their bytes are still in the second-level cache when they are handed out.
constexpr std::size_t kHashBatch = 64;

// Data is stored in walk order, which is the order in which it is restored; trees lie between.
std::vector<std::uint32_t> next_of_kind(const PackFooter& footer) {
    std::vector<std::uint32_t> next(footer.blocks.size());
    std::iota(next.begin(), next.end(), 0u);
    std::array<std::optional<std::uint32_t>, 256> last{};
    for (auto chunk = footer.chunks.rbegin(); chunk != footer.chunks.rend(); ++chunk) {
        auto& known = last[static_cast<std::uint8_t>(chunk->kind)];
        if (known && *known != chunk->block) next[chunk->block] = *known;
        if (chunk->offset == 0) known = chunk->block;
    }
    return next;
}

}  // namespace

namespace {

struct OpenPack {
    explicit OpenPack(PackReader opened)
        : reader(std::move(opened)),
          index(reader.footer().chunks),
          next(next_of_kind(reader.footer())) {}
    PackReader reader;
    FooterIndex index;
    std::vector<std::uint32_t> next;  // for each block the next of its kind, or itself
    std::uint64_t used = 0;
};
using PackRef = std::shared_ptr<OpenPack>;

/// The catalog, and the packs that are open. One thread at a time.
class Packs {
  public:
    Packs(const StoreFolder& folder, Catalog& catalog) : folder_(folder), catalog_(catalog) {}

    Result<PackRef> open(std::uint32_t row);
    Result<std::vector<LocatedChunk>> locate(std::span<const ChunkRef> chunks);
    std::optional<BlockKey> next_block(BlockKey key) const;

  private:
    bool locate_in_open_packs(const ChunkRef& chunk, LocatedChunk& located);
    Status locate_in_catalog(std::span<const ChunkRef> chunks, std::span<const std::size_t> unknown,
                             std::span<LocatedChunk> located);

    const StoreFolder& folder_;
    Catalog& catalog_;
    std::unordered_map<std::uint32_t, PackRef> packs_;
    const std::size_t most_open_ = fs::open_limit(48, 0.125);
    std::uint64_t clock_ = 0;      // orders the uses of packs
    std::uint32_t last_pack_ = 0;  // where a chunk was found last; no row is 0
};

}  // namespace

struct ChunkReader::Impl {
    Impl(const StoreFolder& folder, Catalog& catalog, Profile* measured)
        : packs(folder, catalog), profile(measured) {}

    Status load_block(BlockKey key, std::uint32_t front, BlockScratch& scratch, Bytes& raw);
    Status read_run(std::span<const LocatedChunk> run, std::size_t begin, const Bytes& block,
                    const Visitor& visit) const;
    std::optional<BlockKey> next_block(BlockKey key);

    Sync<Packs> packs;
    Profile* const profile;
    BlockCache cache{ChunkReader::kCachedBlocks,
                     [this](BlockKey key, std::uint32_t front, BlockScratch& scratch, Bytes& raw) {
                         return load_block(key, front, scratch, raw);
                     },
                     [this](BlockKey key) { return next_block(key); }};
};

ChunkReader::ChunkReader(const StoreFolder& folder, Catalog& catalog, Profile* profile)
    : impl_(std::make_unique<Impl>(folder, catalog, profile)) {}
ChunkReader::~ChunkReader() = default;

Result<PackRef> Packs::open(std::uint32_t row) {
    if (const auto found = packs_.find(row); found != packs_.end()) {
        found->second->used = ++clock_;
        return found->second;
    }
    HOLT_TRY_LET(known, catalog_.pack(row));
    HOLT_TRY_LET(reader, PackReader::open(folder_, known.id));
    if (packs_.size() >= most_open_) {
        const auto oldest = std::ranges::min_element(
            packs_, {}, [](const auto& entry) { return entry.second->used; });
        packs_.erase(oldest);
    }
    auto shared = std::make_shared<OpenPack>(std::move(reader));
    shared->used = ++clock_;
    packs_.emplace(row, shared);
    return shared;
}

// The pack of the last chunk first: neighbours in a tree are neighbours in a pack.
bool Packs::locate_in_open_packs(const ChunkRef& chunk, LocatedChunk& located) {
    const auto look = [&](std::uint32_t row, OpenPack& open) {
        const auto ordinal = open.index.find(chunk.digest);
        if (!ordinal) return false;
        const ChunkInfo& info = open.reader.footer().chunks[*ordinal];
        if (info.length != chunk.length) return false;
        located = {chunk.digest, row, info.block, info.offset, info.length};
        open.used = ++clock_;
        last_pack_ = row;
        return true;
    };
    if (const auto last = packs_.find(last_pack_);
        last != packs_.end() && look(last->first, *last->second)) {
        return true;
    }
    return std::ranges::any_of(packs_, [&](auto& entry) {
        return entry.first != last_pack_ && look(entry.first, *entry.second);
    });
}

// Opens the packs of what it finds, so that their other chunks are at hand next.
Status Packs::locate_in_catalog(std::span<const ChunkRef> chunks,
                                std::span<const std::size_t> unknown,
                                std::span<LocatedChunk> located) {
    std::vector<Digest> digests(unknown.size());
    std::ranges::transform(unknown, digests.begin(), [&](auto i) { return chunks[i].digest; });
    std::vector<std::optional<ChunkPlace>> places(unknown.size());
    HOLT_TRY(catalog_.find_chunks(digests, places));
    for (std::size_t i = 0; i < unknown.size(); ++i) {
        if (!places[i]) {
            return fail(ErrorKind::corrupt, "find chunk", digests[i].hex(),
                        "no pack of this store holds it", Advice::verify_store);
        }
        HOLT_TRY_LET(pack, open(places[i]->pack));
        const std::vector<ChunkInfo>& infos = pack->reader.footer().chunks;
        const std::uint32_t ordinal = places[i]->ordinal;
        if (ordinal >= infos.size() || infos[ordinal].digest != digests[i] ||
            infos[ordinal].length != chunks[unknown[i]].length) {
            return fail(ErrorKind::corrupt, "find chunk", digests[i].hex(),
                        "the catalog and " + pack->reader.object() + " disagree about it",
                        Advice::repair_store);
        }
        const ChunkInfo& info = infos[ordinal];
        located[unknown[i]] = {digests[i], places[i]->pack, info.block, info.offset, info.length};
        last_pack_ = places[i]->pack;
    }
    return {};
}

Status ChunkReader::Impl::load_block(BlockKey key, std::uint32_t front, BlockScratch& scratch,
                                     Bytes& raw) {
    const Lap lap(profile, Stage::decode);
    if (profile != nullptr) profile->count(Event::block_decoded);
    PackRef open;
    {
        const auto access = packs.lock();
        HOLT_TRY_LET(found, access->open(key.pack));
        open = std::move(found);
    }
    // The device may fetch the next one while this one is decoded.
    if (front == BlockCache::kWhole && key.block < open->next.size() &&
        open->next[key.block] != key.block)
        open->reader.read_ahead(open->next[key.block]);
    return open->reader.read_block_front(key.block, raw, scratch.stored, scratch.decoder, front);
}

std::optional<BlockKey> ChunkReader::Impl::next_block(BlockKey key) {
    // Not worth waiting for: the planner may be asking the catalog.
    const auto access = packs.try_lock();
    return access ? (*access)->next_block(key) : std::nullopt;
}

std::optional<BlockKey> Packs::next_block(BlockKey key) const {
    const auto open = packs_.find(key.pack);
    if (open == packs_.end() || key.block >= open->second->next.size()) return std::nullopt;
    const std::uint32_t next = open->second->next[key.block];
    return next == key.block ? std::nullopt : std::optional(BlockKey{key.pack, next});
}

Result<std::vector<LocatedChunk>> ChunkReader::locate(std::span<const ChunkRef> chunks) {
    return impl_->packs.lock()->locate(chunks);
}

Result<std::vector<LocatedChunk>> Packs::locate(std::span<const ChunkRef> chunks) {
    std::vector<LocatedChunk> located(chunks.size());
    std::vector<std::size_t> unknown;
    for (std::size_t i = 0; i < chunks.size(); ++i) {
        if (!locate_in_open_packs(chunks[i], located[i])) unknown.push_back(i);
    }
    if (!unknown.empty()) HOLT_TRY(locate_in_catalog(chunks, unknown, located));
    return located;
}

// Hashes and hands out wanted[begin...], which all lie in `block`.
Status ChunkReader::Impl::read_run(std::span<const LocatedChunk> run, std::size_t begin,
                                   const Bytes& block, const Visitor& visit) const {
    std::array<ByteView, kHashBatch> views;
    std::array<Digest, kHashBatch> digests;
    for (; !run.empty(); run = run.subspan(std::min(kHashBatch, run.size()))) {
        const auto batch = run.first(std::min(kHashBatch, run.size()));
        for (std::size_t i = 0; i < batch.size(); ++i)
            views[i] = ByteView(block).subspan(batch[i].offset, batch[i].length);
        {
            const Lap lap(profile, Stage::check);
            blake3::hash_many(std::span(views).first(batch.size()),
                              std::span(digests).first(batch.size()));
        }
        for (std::size_t i = 0; i < batch.size(); ++i) {
            if (guard("digest of a chunk") && digests[i] != batch[i].digest) {
                return fail(ErrorKind::corrupt, "read chunk", batch[i].digest.hex(),
                            "its content has another digest", Advice::verify_store);
            }
        }
        for (std::size_t i = 0; i < batch.size(); ++i) HOLT_TRY(visit(begin++, views[i]));
    }
    return {};
}

Status ChunkReader::read(std::span<const LocatedChunk> wanted, const Visitor& visit, Reuse reuse) {
    for (std::size_t begin = 0; begin < wanted.size();) {
        const LocatedChunk& first = wanted[begin];
        std::uint32_t front = 0;  // its chunks lie within the block: the footer was checked
        std::size_t end = begin;
        for (; end < wanted.size(); ++end) {
            const LocatedChunk& chunk = wanted[end];
            if (chunk.pack != first.pack || chunk.block != first.block) break;
            front = std::max(front, chunk.offset + chunk.length);
        }
        if (impl_->profile != nullptr) impl_->profile->count(Event::block_wanted);
        const BlockKey key{first.pack, first.block};
        HOLT_TRY_LET(block, reuse == Reuse::likely ? impl_->cache.get(key)
                                                   : impl_->cache.get_once(key, front));
        HOLT_TRY(impl_->read_run(wanted.subspan(begin, end - begin), begin, *block, visit));
        begin = end;
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
    if (folder.left_out != LeftOut::no) return Tree{};  // what was in it is unknown
    HOLT_TRY_LET(bytes, read_content(folder.chunks));
    const std::string shown = path.empty() ? "/" : path;
    // Of a single chunk it is the chunk's digest, which was computed.
    if (folder.chunks.size() > 1 && blake3::hash(bytes) != folder.content)
        return fail(ErrorKind::corrupt, "read tree", shown,
                    "it has another digest than the folder says", Advice::verify_store);
    return decode_tree(bytes, shown);
}

}  // namespace holt::store
