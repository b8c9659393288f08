// The plan of a restore, made while it runs: which folder comes next, what is in it, and where its
// chunks are.
//
// Folders come in preorder, as they were stored, so neighbouring jobs want neighbouring blocks.
// Visiting a folder makes all its subfolders in one batch, relative to its descriptor: one mkdirat
// each, no stat. Its files become jobs of bounded size (restore_jobs), a slice of its tree at a
// time, so a folder of a million names costs the memory of some thousand. Thread rule: next() from
// one thread at a time.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "store/content/tree_cursor.h"
#include "store/format/packed_entries.h"
#include "store/restore/restore_jobs.h"
#include "store/restore/restoring.h"

namespace holt::store {

/// What of a folder is made after all files.
struct FolderLinks {
    OutFolder* folder = nullptr;  ///< waits for them
    PackedEntries specials{};     ///< symlinks and FIFOs
    PackedEntries links{};        ///< further names of files and specials: after all of these
};

/// Whether jobs come with the places of their chunks; without, for files that the pool may have.
enum class Locate : std::uint8_t { yes, no };
/// Whether folders that were left out of the snapshot are made, empty. Not where the new tree is
/// merged into one that has something there.
enum class LeftOutFolders : std::uint8_t { make, skip };

class RestorePlan {
  public:
    /// Both outlive the plan.
    RestorePlan(const Restoring& restoring, RestoreFolders& folders, Locate locate,
                LeftOutFolders left_out);
    ~RestorePlan();

    /// The next job; null when all folders were visited. Jobs of a folder come one after the other.
    Result<std::unique_ptr<RestoreJob>> next();
    /// Gives up what was planned and not handed out, after an error.
    void abandon();

    std::vector<FolderLinks>& links() noexcept { return links_; }
    /// True when further names will be linked to what stands at this path.
    bool is_link_head(const std::string& path) const { return head_paths_.contains(path); }
    /// The first name of what has several, when `path` is a further one; else nothing.
    const std::string* link_head_of(const TreeEntry& entry, const std::string& path) const;
    struct Counts {
        std::uint64_t files = 0, folders = 0, symlinks = 0, hard_links = 0, others = 0, bytes = 0;
    };
    const Counts& counts() const noexcept { return counts_; }

  private:
    /// The folder whose entries are being planned.
    struct Visit {
        OutFolder* folder = nullptr;
        std::shared_ptr<const UniqueFd> fd;
        TreeCursor entries;
        PackedEntries below{};  ///< its subfolders, which exist
        FolderLinks links{};
    };
    /// A folder that waits for those of its subfolders that were not visited yet.
    struct Below {
        OutFolder* folder = nullptr;
        PackedEntries entries{};
    };
    Result<OutFolder*> next_folder();
    Result<bool> enter();
    void leave();
    Status plan_slice();
    Status add_files(OutFolder* folder, const std::shared_ptr<const UniqueFd>& fd,
                     std::vector<FileTask> files);

    const Restoring& in_;
    RestoreFolders& folders_;
    const Locate locate_;
    const LeftOutFolders left_out_;
    std::unordered_map<std::string, bool> head_paths_;
    OutFolder* root_;              // until it is visited
    std::vector<Below> to_visit_;  // a stack: preorder
    std::optional<Visit> at_;
    std::deque<std::unique_ptr<RestoreJob>> ready_;
    std::vector<FolderLinks> links_;
    Counts counts_;
};

}  // namespace holt::store
