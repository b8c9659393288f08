// From an archive's tree in memory to encoded trees in the store: the same bytes that a snapshot of
// the extracted archive would give. Thread rule: one thread at a time.
#pragma once

#include <array>
#include <deque>
#include <optional>
#include <vector>

#include "archive/entries/content.h"
#include "archive/entries/tree.h"
#include "store/format/snapshot_record.h"
#include "store/trees/owner_rule.h"

namespace holt::store {

class ArchiveAssembler {
  public:
    /// A batch of encoded trees on its way through the pipeline.
    struct Batch {
        std::vector<Bytes> trees;                    ///< or the pieces of large ones
        std::size_t bytes = 0;                       ///< of them
        std::vector<ChunkIntake::Candidate> chunks;  ///< of trees
    };

    /// Sorts the tree; both must stay as they are from now on. `budget` outlives this.
    ArchiveAssembler(const ArchiveTree& tree, const ArchiveContents& contents,
                     const OwnerRule& owners, MetadataBudget& budget);

    /// The next trees, children before their parents; null when the root was among the last.
    Result<std::unique_ptr<Batch>> next();

    /// Root and counts, once all trees were handed out.
    SnapshotRecord& record() noexcept { return record_; }

  private:
    using Index = ArchiveTree::Index;
    std::span<const Index> children(Index folder) const noexcept;
    void order_folders();
    void choose_heads();
    Index head(const ArchiveTree::Node& node) const noexcept {
        return heads_[static_cast<std::size_t>(node.kind)][node.detail];
    }
    TreeEntry entry(Index node) const;
    Result<MetadataCharge> charge_for(Index folder);
    Status encode(Index folder, Batch& batch);
    void take_encoded(TreeEntry& entry);
    void count(const TreeEntry& entry) noexcept;

    /// A folder whose tree was encoded; without chunks it is a single one.
    struct Encoded {
        std::uint64_t size = 0;
        Digest content{};
        std::vector<ChunkRef> chunks{};
    };

    const ArchiveTree& tree_;
    const ArchiveContents& contents_;
    const OwnerRule owners_;
    MetadataBudget& budget_;
    std::vector<Index> by_parent_;       // all nodes but the root, by parent, then name
    std::vector<std::uint32_t> begins_;  // of each node's children in by_parent_
    std::vector<Index> folders_;         // in walk order
    std::size_t left_ = 0;               // of folders_, from their end
    /// Of each inode, by kind: its first name in walk order. Folders have one name.
    std::array<std::vector<Index>, 1 + static_cast<std::size_t>(fs::Kind::fifo)> heads_{};
    std::deque<Encoded> encoded_;  // a stack: of which the folder above comes later
    SnapshotRecord record_{};
};

}  // namespace holt::store
