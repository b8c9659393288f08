// The last snapshot of the same source, or the one that it was restored from, read beside the walk:
// what it knew of each folder, so that files whose stat record did not change need not be opened.
// Thread rule: one thread at a time.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/catalog/catalog.h"
#include "store/content/tree_cursor.h"
#include "store/operation/reporter.h"

namespace holt::store {

class BaseSnapshot;

/// One folder of the base snapshot, read beside the listing of what it is now; empty when the base
/// has no such folder. Damage is a warning, and nothing is found from there on: then everything is
/// read again.
class BaseFolder {
  public:
    BaseFolder() = default;

    struct Found {
        TreeEntry* entry = nullptr;  ///< valid until the next call; may be moved from
        StatRecord stat{};
    };
    /// Names must be asked for in their order, each once.
    Found find(std::string_view name);
    bool empty() const noexcept { return !entries_; }
    /// How long its records hold: as FolderStats.
    const std::optional<std::string>& life() const noexcept { return life_; }
    /// Nothing is proved by its records.
    void drop_records() noexcept { has_records_ = false; }
    /// Whether files that name the tree's path have other content than their entries say.
    bool moved() const noexcept;

  private:
    friend class BaseSnapshot;
    void advance();

    BaseSnapshot* base_ = nullptr;
    std::string path_;
    std::optional<TreeCursor> entries_;
    TreeEntry* at_ = nullptr;  // the entry that comes next; null behind the last
    std::size_t index_ = 0;    // of it
    bool has_records_ = true;
    std::vector<StatRecord> stats_;  // of a snapshot: parallel to the entries, or empty
    std::optional<std::string> life_{};
};

class BaseSnapshot {
  public:
    /// `catalog` is used by this object alone.
    BaseSnapshot(const StoreFolder& folder, Catalog catalog, Catalog::Base base,
                 Reporter& reporter);

    /// A space, and what it was restored from.
    struct OfSpace {
        SnapshotRow snapshot;
        TreeEntry root;
        SpaceRecords records;
        std::uint64_t dev = 0;  ///< that it lies on
        std::string life;       ///< of the mount
    };
    BaseSnapshot(const StoreFolder& folder, Catalog catalog, OfSpace space, Reporter& reporter);

    const SnapshotRow& snapshot() const noexcept { return base_.snapshot; }
    /// What the source's root was then.
    const TreeEntry& root() const noexcept { return root_; }
    bool is_space() const noexcept { return dev_.has_value(); }
    /// It says what the files are but for their content: they were moved with their tree, or other
    /// paths were looked for in them.
    void set_moved() noexcept { moved_ = true; }
    bool is_moved() const noexcept { return moved_; }
    /// A folder's entries and stat records. Damage is a warning and gives an empty one: then
    /// everything in it is read again.
    BaseFolder folder(const TreeEntry& entry, const std::string& path);

  private:
    /// Stat records are read so many folders at a time. The walk goes in almost the order of the
    /// catalog (which has "a-b" before "a/b"), so nearly every folder is in the part at hand.
    static constexpr std::size_t kStatsAhead = 256;

    friend class BaseFolder;
    Result<BaseFolder> load(const TreeEntry& entry, const std::string& path);
    Result<FolderStats> stats_of(const std::string& path);
    StatRecord space_record(const TreeEntry& entry, const std::string& folder) const;
    bool at_hand(const std::string& path) const;

    Catalog catalog_;
    Catalog::Base base_;
    TreeEntry root_;
    SpaceRecords records_;              // of a space
    std::optional<std::uint64_t> dev_;  // of a space
    std::string life_;                  // of a space
    std::vector<FolderStats> stats_;    // all that there are from stats_begin_ on, sorted
    std::string stats_begin_;
    bool moved_ = false;
    bool stats_read_ = false, stats_end_ = false;  // end: no more behind stats_
    ChunkReader reader_;
    Reporter& reporter_;
};

inline bool BaseFolder::moved() const noexcept {
    return base_ != nullptr && base_->is_moved();
}

}  // namespace holt::store
