#include "store/gc/mark.h"

#include <algorithm>
#include <utility>

#include "store/content/tree_cursor.h"

namespace holt::store {
namespace {

// Chunks asked for in one transaction, and folders whose trees are looked up together.
constexpr std::size_t kBatch = 16'384, kFolders = 64;

}  // namespace

const PackUse* Marker::use_of(std::uint32_t pack) const noexcept {
    const auto found = uses_.find(pack);
    return found == uses_.end() ? nullptr : &found->second;
}

Result<PackUse*> Marker::pack_use(std::uint32_t row) {
    const auto found = uses_.find(row);
    if (found != uses_.end()) return &found->second;
    HOLT_TRY_LET(pack, catalog_.pack(row));
    PackUse use{.pack = pack};
    use.live.resize(pack.chunks);
    use.visited.resize(pack.chunks);
    return &uses_.emplace(row, std::move(use)).first->second;
}

Status Marker::mark_chunk(const ChunkPlace& place, std::uint32_t length) {
    HOLT_TRY_LET(use, pack_use(place.pack));
    if (place.ordinal >= use->live.size())
        return fail(ErrorKind::corrupt, "mark chunks", pack_object(use->pack.id),
                    "the catalog has a chunk in it that it does not have", Advice::repair_store);
    if (use->live[place.ordinal]) return {};
    use->live[place.ordinal] = true;
    use->live_raw += length;
    if (use->pack.raw_bytes > 0)
        live_bytes_ += static_cast<double>(length) * static_cast<double>(use->pack.bytes) /
                       static_cast<double>(use->pack.raw_bytes);
    return {};
}

// Marks those that are anywhere. What is nowhere is lost, and nothing that is left could bring it
// back.
Status Marker::find(std::span<const ChunkRef> chunks) {
    digests_.clear();
    for (const ChunkRef& chunk : chunks) digests_.push_back(chunk.digest);
    places_.assign(chunks.size(), std::nullopt);
    HOLT_TRY(catalog_.find_chunks(digests_, places_));
    for (std::size_t i = 0; i < chunks.size(); ++i)
        if (places_[i]) HOLT_TRY(mark_chunk(*places_[i], chunks[i].length));
    return {};
}

Status Marker::flush() {
    HOLT_TRY(find(pending_));
    pending_.clear();
    return {};
}

Status Marker::visit(const Folder& folder, std::vector<Folder>& to_visit) {
    if (folder.chunks.size() > 1) {
        HOLT_TRY(find(folder.chunks));
        if (std::ranges::any_of(places_, [](const auto& place) { return !place; })) return {};
    }
    TreeEntry entry;
    entry.kind = fs::Kind::folder;
    entry.content = folder.content;
    entry.chunks = folder.chunks;
    TreeCursor cursor(reader_, entry, folder.content.hex());
    for (;;) {
        HOLT_TRY_LET(child, cursor.next_entry());
        if (child == nullptr) break;
        if (child->chunks.empty()) continue;
        if (child->kind == fs::Kind::folder)
            to_visit.push_back({child->content, std::move(child->chunks)});
        else
            pending_.insert(pending_.end(), child->chunks.begin(), child->chunks.end());
        if (pending_.size() >= kBatch) HOLT_TRY(flush());
    }
    ++trees_;
    return {};
}

Status Marker::walk(std::vector<Folder> to_visit) {
    while (!to_visit.empty()) {
        if (cancel_ != nullptr && cancel_->requested()) return cancelled("collect garbage");
        // Several at once: one transaction tells which of them are new.
        const std::size_t count = std::min(to_visit.size(), kFolders);
        std::vector<Folder> some(
            std::make_move_iterator(to_visit.end() - static_cast<std::ptrdiff_t>(count)),
            std::make_move_iterator(to_visit.end()));
        to_visit.resize(to_visit.size() - count);
        std::vector<ChunkRef> firsts;
        for (const Folder& folder : some) firsts.push_back(folder.chunks[0]);
        HOLT_TRY(find(firsts));
        const std::vector<std::optional<ChunkPlace>> places = places_;
        for (std::size_t i = 0; i < some.size(); ++i) {
            if (!places[i]) continue;
            HOLT_TRY_LET(use, pack_use(places[i]->pack));
            const bool is_large = some[i].chunks.size() > 1;
            if (is_large && !large_trees_.insert(some[i].content).second) continue;
            if (!is_large && use->visited[places[i]->ordinal]) continue;
            if (!is_large) use->visited[places[i]->ordinal] = true;
            HOLT_TRY(visit(some[i], to_visit));
        }
        reporter_.progress({.stage = "mark", .files_done = trees_});
    }
    return flush();
}

Status Marker::mark(const SnapshotRow& snapshot) {
    if (!marked_.insert(snapshot.id).second) return {};
    const auto encoded = catalog_.encoded_record(snapshot.id);
    // Forgotten since it was listed: if it is brought back, the next look marks it.
    if (!encoded && encoded.error().kind == ErrorKind::not_found) {
        marked_.erase(snapshot.id);
        return {};
    }
    if (!encoded) return std::unexpected(encoded.error());
    const ChunkRef itself{snapshot.id, static_cast<std::uint32_t>(encoded->size())};
    HOLT_TRY(find({&itself, 1}));
    const TreeEntry& root = snapshot.record.root;
    if (root.chunks.empty()) return {};
    std::vector<Folder> to_visit;
    to_visit.push_back({root.content, root.chunks});
    return walk(std::move(to_visit));
}

Status Marker::mark_new() {
    HOLT_TRY_LET(all, catalog_.snapshots());
    for (const SnapshotRow& snapshot : all) HOLT_TRY(mark(snapshot));
    return {};
}

Status Marker::moved(ChunkPlace from, ChunkPlace to) {
    const PackUse* old = use_of(from.pack);
    if (old == nullptr || !old->live[from.ordinal]) return {};
    const bool visited = old->visited[from.ordinal];
    HOLT_TRY_LET(use, pack_use(to.pack));
    use->live[to.ordinal] = true;
    if (visited) use->visited[to.ordinal] = true;
    return {};
}

}  // namespace holt::store
