#include "archive/holt/brought.h"

#include <algorithm>
#include <utility>

#include "base/guard.h"
#include "codec/blake3/blake3.h"

namespace holt::store {
namespace {

constexpr const char* kGetWhole = "get a whole copy of the archive";
// Chunks of the store are looked up so many at a time.
constexpr std::size_t kLocate = 64;

}  // namespace

void Brought::add(PackReader pack) {
    const auto number = static_cast<std::uint32_t>(packs_.size());
    const auto& chunks = pack.footer().chunks;
    for (std::uint32_t i = 0; i < chunks.size(); ++i)
        places_.try_emplace(chunks[i].digest, Place{number, i});
    packs_.push_back(std::move(pack));
}

const ChunkInfo* Brought::find(const Digest& digest) const {
    const auto found = places_.find(digest);
    if (found == places_.end()) return nullptr;
    return &packs_[found->second.pack].footer().chunks[found->second.ordinal];
}

Status Brought::check_there(std::span<const ChunkRef> chunks) {
    std::vector<ChunkRef> older;
    for (const ChunkRef& chunk : chunks) {
        const ChunkInfo* const info = find(chunk.digest);
        if (info == nullptr) {
            older.push_back(chunk);
        } else if (info->length != chunk.length) {
            return fail(ErrorKind::corrupt, "import", shown_,
                        "chunk " + chunk.digest.hex() + " has another length than its file says",
                        kGetWhole);
        }
    }
    if (older.empty()) return {};
    auto located = store_.locate(older);
    if (!located) {
        if (located.error().kind != ErrorKind::corrupt) return std::unexpected(located.error());
        return fail(ErrorKind::corrupt, "import", shown_,
                    "it lacks content: " + located.error().cause, Advice::export_whole);
    }
    for (const LocatedChunk& chunk : *located) {
        older_packs_.insert(chunk.pack);
        if (older_.insert(chunk.digest).second) older_bytes_ += chunk.length;
    }
    return {};
}

Status Brought::visit_new(const ChunkRef& chunk, const Visitor& visitor) {
    const Place place = places_.at(chunk.digest);
    const ChunkInfo& info = packs_[place.pack].footer().chunks[place.ordinal];
    HOLT_TRY_LET(block, cache_.get({place.pack, info.block}));
    const ByteView bytes = ByteView(*block).subspan(info.offset, info.length);
    if (blake3::hash(bytes) != chunk.digest)
        return fail(ErrorKind::corrupt, "read chunk", chunk.digest.hex(),
                    "its content has another digest", kGetWhole);
    return visitor(bytes);
}

Status Brought::visit_older(std::span<const ChunkRef> chunks, const Visitor& visitor) {
    HOLT_TRY_LET(located, store_.locate(chunks));
    return store_.read(located, [&](std::size_t, ByteView bytes) { return visitor(bytes); });
}

Status Brought::visit(std::span<const ChunkRef> chunks, const Visitor& visitor) {
    const auto is_new = [&](const ChunkRef& chunk) { return places_.contains(chunk.digest); };
    while (!chunks.empty()) {
        if (is_new(chunks.front())) {
            HOLT_TRY(visit_new(chunks.front(), visitor));
            chunks = chunks.subspan(1);
            continue;
        }
        const auto end = std::find_if(chunks.begin(), chunks.end(), is_new);
        const std::size_t run =
            std::min(kLocate, static_cast<std::size_t>(std::distance(chunks.begin(), end)));
        HOLT_TRY(visit_older(chunks.first(run), visitor));
        chunks = chunks.subspan(run);
    }
    return {};
}

Result<Bytes> Brought::read(std::span<const ChunkRef> chunks, const Digest& digest,
                            const std::string& object) {
    Bytes all;
    HOLT_TRY(visit(chunks, [&](ByteView bytes) -> Status {
        all.insert(all.end(), bytes.begin(), bytes.end());
        return {};
    }));
    // Of a single chunk it is the chunk's digest, which was computed.
    const bool is_chunk = chunks.size() == 1 && chunks.front().digest == digest;
    if (guard("digest of an imported tree") && !is_chunk && blake3::hash(all) != digest)
        return fail(ErrorKind::corrupt, "import '" + printable(shown_) + "'", object,
                    "its content has another digest than its tree says", kGetWhole);
    return all;
}

}  // namespace holt::store
