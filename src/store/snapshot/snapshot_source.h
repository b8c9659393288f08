// The first stage of a snapshot: walks the tree in its fixed order and says what there is to read.
//
//   walk -> for each entry: special (noted, skipped), unchanged since the base snapshot (taken over
//   without being opened), small (batched for the parallel stage), large (read and cut here, one
//   chunk a unit), a further name of an inode that came before (content taken over)
// Thread rule: next() from one thread at a time (a serial pipeline stage).
#pragma once

#include <holt/store.hpp>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "fs/walk/walk.h"
#include "store/format/packed_entries.h"
#include "store/operation/reporter.h"
#include "store/pack/block_builder.h"
#include "store/pool/pool_links.h"
#include "store/snapshot/base_snapshot.h"
#include "store/snapshot/large_file_reader.h"
#include "store/snapshot/snapshot_unit.h"
#include "store/source/exclude.h"
#include "store/source/file_reading.h"

namespace holt::store {

class SnapshotSource {
  public:
    /// The folders of the tree in the order of a walk, one at a time; nothing behind the last.
    using NextFolder = std::function<std::optional<fs::WalkFolder>()>;
    /// `base` may be null: everything is read.
    /// `pool`: what of the tree is a link into it is told by the base.
    /// `scan`: null unless the snapshot is to be relocatable; `base` is of the same kind then.
    SnapshotSource(NextFolder next_folder, BaseSnapshot* base, const PoolLinks& pool,
                   const RelocationScan* scan, SourceDevices& devices, Reporter& reporter)
        : next_folder_(std::move(next_folder)),
          base_(base),
          pool_(pool),
          scan_(scan),
          devices_(devices),
          reporter_(reporter) {}

    /// The next piece of work, in walk order; null at the end.
    Result<std::unique_ptr<ListedUnit>> next();

    std::uint64_t skipped() const noexcept { return skipped_; }      ///< sockets and devices
    std::uint64_t unchanged() const noexcept { return unchanged_; }  ///< files not opened

  private:
    /// A folder on the way to the one at hand, and its subfolders that were not entered yet.
    struct Above {
        FolderState* state = nullptr;    // that is not complete while one of them is to come
        PackedEntries base{};            // those that the base has, as it has them
        TreeEncoder::Place entered = 0;  // how many were
    };
    /// The folder whose entries are being delivered.
    struct Current {
        Current(fs::WalkFolder folder, FolderState* of, BaseFolder known)
            : listed(std::move(folder)), state(of), base(std::move(known)), long_(listed.many) {}
        /// The next entry; false behind the last.
        bool next(fs::DirEntry& entry);

        fs::WalkFolder listed;
        FolderState* state;
        BaseFolder base;

      private:
        std::size_t at_ = 0;  // in listed.entries
        fs::LongListingReader long_;
    };
    /// A large file that is being read.
    struct Large {
        LargeFileReader reader;
        FolderState* folder = nullptr;
        TreeEntry entry{};
        std::optional<fs::Inode> linked{};
        std::optional<std::uint16_t> mode{};
    };

    Result<bool> enter_next_folder(ListedUnit& unit);
    Result<std::optional<TreeEntry>> take_expected(FolderState& state, std::size_t depth);
    BaseFolder base_of(const std::optional<TreeEntry>& entry, const FolderState& state);
    Status deliver_entries(ListedUnit& unit);
    Status list_unseen(const fs::EntryError& bad, Slice& slice);
    Status list_entry(const fs::DirEntry& listed, ListedUnit& unit);
    Status list_special(const fs::DirEntry& listed, TreeEntry& entry);
    void list_file(const fs::DirEntry& listed, TreeEntry entry, ListedUnit& unit);
    void deliver_large_chunk(ListedUnit& unit);
    bool is_full(const ListedUnit& unit) const noexcept;

    const NextFolder next_folder_;
    BaseSnapshot* base_;
    const PoolLinks& pool_;
    const RelocationScan* scan_;
    SourceDevices& devices_;
    Reporter& reporter_;
    std::uint64_t skipped_ = 0, unchanged_ = 0;
    std::optional<Current> current_;
    std::vector<fs::EntryError> unseen_;  // of the current folder: what was not delivered yet
    std::optional<fs::DirEntry> listed_;  // the entry that comes next
    std::optional<Large> large_;
    std::size_t batch_bytes_ = 0, batch_entries_ = 0;
    std::vector<Above> above_;                      // by depth
    std::map<fs::Inode, std::string> first_names_;  // inodes with several names: the first path
    /// Of symlinks and FIFOs with several names: what the first name says, and its path.
    std::map<fs::Inode, std::pair<TreeEntry, std::string>> first_specials_;
};

}  // namespace holt::store
