#include "archive/entries/assemble.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "store/format/tree_encoder.h"

namespace holt::store {
namespace {

constexpr std::size_t kBatchBytes = 1u << 20;
// What a chunk takes besides its bytes: an empty folder's tree has six.
constexpr std::size_t kChunkCost = 192;

}  // namespace

ArchiveAssembler::ArchiveAssembler(const ArchiveTree& tree, const ArchiveContents& contents,
                                   const OwnerRule& owners, MetadataBudget& budget)
    : tree_(tree), contents_(contents), owners_(owners), budget_(budget) {
    const auto& nodes = tree_.nodes();
    by_parent_.resize(nodes.size() - 1);
    std::iota(by_parent_.begin(), by_parent_.end(), Index{1});
    std::ranges::sort(by_parent_, [&](Index a, Index b) {
        if (nodes[a].parent != nodes[b].parent) return nodes[a].parent < nodes[b].parent;
        return nodes[a].name_view() < nodes[b].name_view();
    });
    begins_.assign(nodes.size() + 1, 0);
    for (const Index node : by_parent_) ++begins_[nodes[node].parent + 1];
    std::partial_sum(begins_.begin(), begins_.end(), begins_.begin());
    order_folders();
    choose_heads();
    left_ = folders_.size();
}

std::span<const ArchiveAssembler::Index> ArchiveAssembler::children(Index folder) const noexcept {
    return std::span(by_parent_).subspan(begins_[folder], begins_[folder + 1] - begins_[folder]);
}

// As a snapshot walks: a folder's entries, then its subfolders by name, each with all below it.
void ArchiveAssembler::order_folders() {
    std::vector<Index> to_visit{ArchiveTree::kRoot};
    while (!to_visit.empty()) {
        const Index folder = to_visit.back();
        to_visit.pop_back();
        folders_.push_back(folder);
        const auto below = children(folder);
        for (auto child = below.rbegin(); child != below.rend(); ++child) {
            if (tree_.nodes()[*child].kind == fs::Kind::folder) to_visit.push_back(*child);
        }
    }
}

void ArchiveAssembler::choose_heads() {
    for (const fs::Kind kind : {fs::Kind::file, fs::Kind::symlink, fs::Kind::fifo})
        heads_[static_cast<std::size_t>(kind)].assign(tree_.inode_count(kind), ArchiveTree::kNone);
    for (const Index folder : folders_) {
        for (const Index child : children(folder)) {
            const ArchiveTree::Node& node = tree_.nodes()[child];
            if (node.kind == fs::Kind::folder) continue;
            Index& head = heads_[static_cast<std::size_t>(node.kind)][node.detail];
            if (head == ArchiveTree::kNone) head = child;
        }
    }
}

TreeEntry ArchiveAssembler::entry(Index index) const {
    const ArchiveTree::Node& node = tree_.nodes()[index];
    TreeEntry entry{.name = std::string(node.name_view()),
                    .kind = node.kind,
                    .mode = node.mode,
                    .uid = node.uid,
                    .gid = node.gid,
                    .mtime = node.mtime};
    if (node.kind == fs::Kind::symlink) entry.symlink_target = tree_.target(node);
    if (const ArchiveTree::Extra* extra = tree_.extra(node)) {
        entry.xattrs = extra->xattrs;
        entry.holes = extra->holes;
    }
    if (node.kind == fs::Kind::file) contents_.fill(node.detail, entry);
    if (node.kind != fs::Kind::folder && head(node) != index)
        entry.hard_link_to = tree_.path(head(node));
    owners_.apply(entry);
    return entry;
}

void ArchiveAssembler::count(const TreeEntry& entry) noexcept {
    record_.files += entry.kind == fs::Kind::file;
    record_.symlinks += entry.kind == fs::Kind::symlink;
    record_.others += entry.kind == fs::Kind::fifo;
    record_.hard_links += !entry.hard_link_to.empty();
    if (entry.kind == fs::Kind::file && entry.hard_link_to.empty()) record_.bytes += entry.size;
}

// A folder's entries in memory, and as they are encoded: each hard link repeats the path of its
// first name, which may be long.
Result<MetadataCharge> ArchiveAssembler::charge_for(Index folder) {
    MetadataCharge charge(budget_);
    std::uint64_t bytes = 0;
    for (const Index child : children(folder)) {
        const ArchiveTree::Node& node = tree_.nodes()[child];
        bytes += sizeof(TreeEntry) + 2 * std::uint64_t{node.name_size};
        if (const ArchiveTree::Extra* extra = tree_.extra(node)) {
            for (const auto& [name, value] : extra->xattrs)
                bytes += 2 * (name.size() + value.size()) + sizeof(fs::Xattrs::value_type);
            bytes += 2 * extra->holes.size() * sizeof(fs::Range);
        }
        if (node.kind == fs::Kind::folder || head(node) == child) continue;
        for (Index at = head(node); at != ArchiveTree::kRoot; at = tree_.nodes()[at].parent)
            bytes += 2 * (1 + std::uint64_t{tree_.nodes()[at].name_size});
        HOLT_TRY(charge.add(std::exchange(bytes, 0)));
    }
    HOLT_TRY(charge.add(bytes));
    return charge;
}

Status ArchiveAssembler::encode(Index folder, Batch& batch) {
    HOLT_TRY_LET(charge, charge_for(folder));
    const auto below = children(folder);
    TreeEncoder encoder(below.size());
    const auto keep = [&](TreeEncoder::Chunk chunk) {
        batch.bytes += chunk.bytes.size() + kChunkCost;
        batch.chunks.push_back({chunk.digest, ChunkKind::tree, chunk.bytes});
        batch.trees.push_back(std::move(chunk.bytes));  // the chunk's bytes stay where they are
    };
    for (const Index child : below) {
        TreeEntry next = entry(child);
        if (next.kind == fs::Kind::folder) take_encoded(next);
        count(next);
        encoder.add(next);
        while (auto chunk = encoder.take_chunk()) keep(*std::move(chunk));
    }
    ++record_.folders;
    TreeEntry self;
    for (TreeEncoder::Chunk& chunk : encoder.finish(self)) keep(std::move(chunk));
    // One chunk is the tree itself: a million empty folders keep no list each.
    if (self.chunks.size() == 1) self.chunks = {};
    encoded_.push_back({self.size, self.content, std::move(self.chunks)});
    return {};
}

// Folders are encoded from the end of the walk order: when one's turn comes, what was encoded and
// not taken yet ends with its subfolders, the first of them last.
void ArchiveAssembler::take_encoded(TreeEntry& entry) {
    Encoded done = std::move(encoded_.back());
    encoded_.pop_back();
    entry.size = done.size;
    entry.content = done.content;
    entry.chunks = std::move(done.chunks);
    if (entry.chunks.empty())
        entry.chunks.push_back({done.content, static_cast<std::uint32_t>(done.size)});
}

Result<std::unique_ptr<ArchiveAssembler::Batch>> ArchiveAssembler::next() {
    if (left_ == 0) return nullptr;
    auto batch = std::make_unique<Batch>();
    // From the end of the walk order: whatever is below a folder comes after it there.
    while (left_ > 0 && batch->bytes < kBatchBytes) HOLT_TRY(encode(folders_[--left_], *batch));
    if (left_ == 0) {
        record_.root = entry(ArchiveTree::kRoot);
        take_encoded(record_.root);
    }
    return batch;
}

}  // namespace holt::store
