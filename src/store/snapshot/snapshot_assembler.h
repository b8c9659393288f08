// The stage of a snapshot that decides, in the walk's order: which chunks are new, which block they
// go into, and when a folder's tree is complete.
//
// A folder's tree is encoded as its entries are complete, and cut into chunks that are stored like
// any content. When all its files and subfolders are complete, so is the tree, and its parent is
// told. So trees come out children first, and only the folders on the way to what is being read are
// held in memory, encoded. Thread rule: one thread at a time (a serial, ordered pipeline stage).
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "store/content/chunk_intake.h"
#include "store/operation/reporter.h"
#include "store/snapshot/relocation_scan.h"
#include "store/snapshot/snapshot_unit.h"

namespace holt::store {

class SnapshotAssembler {
  public:
    struct Counts {
        std::uint64_t files = 0, folders = 0, symlinks = 0, others = 0, hard_links = 0;
        std::uint64_t bytes = 0;  ///< each hard link once
        std::uint64_t files_read = 0, bytes_read = 0;
        std::uint64_t trees_of_base = 0;  ///< folders that are as in the base snapshot
        /// Whose stat records do not hold always.
        std::uint64_t unsynced_files = 0, unsynced_bytes = 0;
    };

    /// `scan`: null unless the snapshot is to be relocatable. `wanted`: which chunks are stored
    /// (chunk_intake.h).
    SnapshotAssembler(Catalog& catalog, const RelocationScan* scan, Reporter& reporter,
                      ChunkIntake::Wanted wanted = {})
        : intake_(catalog, std::move(wanted)), scan_(scan), reporter_(reporter) {}

    /// Takes in a unit whose files were read and hashed; blocks that are full now are appended.
    Status process(ReadUnit unit, std::vector<RawBlock>& full);
    /// What it decided about chunks.
    ChunkIntake& intake() noexcept { return intake_; }

    /// The root's entry, once everything is complete.
    const std::optional<TreeEntry>& root() const noexcept { return root_; }
    const Counts& counts() const noexcept { return counts_; }
    /// Stat records of all folders.
    std::vector<FolderStats>& stats() noexcept { return stats_; }

  private:
    using Candidate = ChunkIntake::Candidate;

    /// The large file at hand: its chunks so far, and the digest of all that they are.
    class LargeFile {
      public:
        std::vector<ChunkRef> chunks;
        /// `data`: the unit's.
        void add(const FileItem& item, const ItemDigests& digests, ByteView data);
        Digest digest();

      private:
        void hash_zeros();

        blake3::Hasher whole_;
        std::uint64_t zeros_ = 0;  // that whole_ still has to take
    };

    Status take(std::size_t number, ReadUnit& unit);
    Status take_end(FileItem& item, const ItemDigests& digests, Slice& slice);
    void take_content(FileItem& item, const ItemDigests& digests, TreeEntry& entry);
    void add_slice(Slice& slice);
    void add_entry(FolderState& folder, TreeEntry& entry);
    void add_chunk(TreeEncoder::Chunk chunk);
    void complete_if_done(FolderState* folder);
    void add_tree(FolderState& folder);
    void add_stats(FolderState& folder);
    Status store_trees(std::vector<RawBlock>& full);

    ChunkIntake intake_;
    const RelocationScan* const scan_;
    Reporter& reporter_;
    std::unordered_map<FolderState*, std::unique_ptr<FolderState>> open_folders_;
    std::map<fs::Inode, TreeEntry> linked_;
    std::optional<TreeEntry> root_;
    std::vector<FolderStats> stats_;
    Counts counts_;
    LargeFile large_;
    std::vector<Bytes> trees_;            // pieces of encoded trees, of this unit
    std::vector<Candidate> tree_chunks_;  // of trees_
    std::vector<Candidate> candidates_;   // scratch
};

}  // namespace holt::store
