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

#include "fs/walk/walk.h"
#include "store/operation/reporter.h"
#include "store/pack/block_builder.h"
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
    SnapshotSource(NextFolder next_folder, BaseSnapshot* base, SourceDevices& devices,
                   Reporter& reporter)
        : next_folder_(std::move(next_folder)),
          base_(base),
          devices_(devices),
          reporter_(reporter) {}

    /// The next piece of work, in walk order; null at the end.
    Result<std::unique_ptr<Unit>> next();

    std::uint64_t skipped() const noexcept { return skipped_; }      ///< sockets and devices
    std::uint64_t unchanged() const noexcept { return unchanged_; }  ///< files not opened

  private:
    /// A folder known from its parent's listing and not entered yet.
    struct Expected {
        FolderState* parent = nullptr;
        std::size_t index = 0;
        std::optional<TreeEntry> base{};
    };
    /// The folder whose files are being delivered.
    struct Current {
        std::shared_ptr<const UniqueFd> fd;
        std::vector<FileItem> items;
        std::size_t at = 0;
    };

    Result<bool> enter_next_folder(Unit& unit);
    Status list_unseen(const fs::EntryError& bad, FolderState& state);
    BaseFolder base_of(const std::optional<TreeEntry>& entry, const FolderState& state);
    Status list_entry(const fs::WalkFolder& folder, const fs::DirEntry& listed, BaseFolder& base,
                      FolderState& state);
    Status list_special(const fs::WalkFolder& folder, const fs::DirEntry& listed, TreeEntry& entry);
    void list_file(const fs::WalkFolder& folder, const fs::DirEntry& listed, BaseFolder& base,
                   FolderState& state, TreeEntry entry);
    void deliver_files(Unit& unit);
    void deliver_large_chunk(Unit& unit);

    const NextFolder next_folder_;
    BaseSnapshot* base_;
    SourceDevices& devices_;
    Reporter& reporter_;
    std::uint64_t skipped_ = 0, unchanged_ = 0;
    Current current_;
    std::optional<LargeFileReader> large_;
    std::optional<fs::Inode> large_inode_;
    std::size_t batch_bytes_ = 0;
    std::map<std::string, Expected, std::less<>> expected_;  // by path
    std::map<fs::Inode, std::string> first_names_;  // inodes with several names: the first path
    /// Of symlinks and FIFOs with several names: what the first name says, and its path.
    std::map<fs::Inode, std::pair<TreeEntry, std::string>> first_specials_;
};

}  // namespace holt::store
