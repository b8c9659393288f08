// The parts of a check that its source files share (space_check.h says what it does).
//
// How it works: a task looks at some sibling folders, whose trees it reads together, and starts
// tasks for their subfolders, for parts of a folder with very many names, and for the files that
// must be read. A tree of several chunks is gone through in slices; when enough tasks hold some,
// the task that reads it does their work itself. A folder's state lives until the last of its files
// is known; then what it found is kept. What can only be said when all is known (whether the names
// of an inode are one inode) is settled at the end. Thread rule: each function from any of the
// check's tasks; run() and settle() from one thread.
#pragma once

#include <tbb/enumerable_thread_specific.h>
#include <tbb/task_group.h>

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <utility>
#include <vector>

#include "base/cancel.h"
#include "fs/boundary.h"
#include "fs/buffer_pool.h"
#include "fs/machine/open_limit.h"
#include "fs/metadata/metadata.h"
#include "store/source/attributes.h"
#include "store/source/file_reading.h"
#include "store/space/space_check.h"

namespace holt::store::space_check {

/// An open folder, counted among those that are kept.
struct OpenFolder {
    UniqueFd fd;
    std::atomic<std::size_t>& count;
    OpenFolder(UniqueFd opened, std::atomic<std::size_t>& counter)
        : fd(std::move(opened)), count(counter) {
        ++count;
    }
    OpenFolder(const OpenFolder&) = delete;
    OpenFolder& operator=(const OpenFolder&) = delete;
    ~OpenFolder() { --count; }
};

struct State;

/// A folder to be looked at.
struct Job {
    std::shared_ptr<const OpenFolder> parent{};  ///< null: opened by its path
    std::shared_ptr<State> above{};              ///< the parent's state; null for the root
    std::uint32_t index = 0;                     ///< in the parent's tree
    std::string path{};
    TreeEntry target{};
    std::optional<TreeEntry> base{};  ///< when its tree is another than the target's
    bool same_base = false;           ///< the base has the target's tree here
    bool proved = false;              ///< a record proves it to be as in the base
    bool absent = false;              ///< not there: all in it is to be made
    bool self = false;                ///< its own metadata differ
    bool opened_up = false;           ///< its mode must be set again
    bool way = false;                 ///< its own metadata are not selected
    bool unseen = false;              ///< but for attributes that this process is not shown
    fs::FileStat stat{};
};

/// A folder that is being looked at.
struct State {
    Job job;
    std::shared_ptr<const OpenFolder> folder{};
    std::atomic<std::size_t> pending{1};
    std::mutex mutex{};  // guards items and entries
    std::vector<SpaceItem> items{};
    std::vector<TreeEntry> entries{};  ///< of the items, one each, as long as there are few
    std::vector<std::string> extras{};
    std::vector<std::string> unsure{};  ///< extras that may not be selected, or not wholly
    bool passed_over = false;           ///< something in it was not looked at
};
using StatePtr = std::shared_ptr<State>;

/// Entries of a folder's tree, in order: all of them, or a slice of a large one.
struct Part {
    StatePtr folder;
    std::uint32_t first = 0;  ///< index of the first in the folder's tree
    Tree tree{};
    Tree base{};  ///< what the base has by these names, when its tree is another
    bool is_slice = false;

    const TreeEntry& entry(std::uint32_t index) const { return tree[index - first]; }
    const State& state() const noexcept { return *folder; }
};
using PartPtr = std::shared_ptr<const Part>;

/// The names in a folder on disk, sorted.
struct Names {
    bool listed = false;  ///< false: what the tree has is known to be there, or not to be
    std::vector<std::string> all{};
    std::size_t at = 0;  ///< those before were compared with the tree
};

/// An entry of a folder's tree whose name is there.
struct Pairing {
    std::uint32_t index = 0;           ///< in the tree
    const TreeEntry* known = nullptr;  ///< what the base has by this name, in the part
};

/// The first entry that was found to have an inode with several names, and shall be a file of its
/// own.
struct Claim {
    std::string path;
    std::optional<bool> is_pooled{};  ///< when it was asked for: a link into the pool
};

/// A name of an inode that shall have several.
struct LinkSeen {
    StatePtr folder;
    std::uint32_t index = 0;
    std::string path;
    fs::Kind kind = fs::Kind::file;  ///< that it shall be of
    std::string head;                ///< the first name's path
    fs::Inode inode{};               ///< of what is there; 0 when it is of another kind
    bool is_head = false;
    bool other_kind = false;
};

/// An item found after its folder's state was done with.
struct LateItem {
    StatePtr folder;
    SpaceItem item;
};

/// What one thread has found.
struct Found {
    std::vector<SpaceFolder> folders;
    std::vector<SpaceRecord> learnt;
    std::vector<LinkSeen> links;
    std::vector<LateItem> late;
    std::uint64_t kept = 0, hashed = 0;
};

class Check {
  public:
    Check(ChunkReader& reader, const SpaceCheckInput& input, Reporter& reporter)
        : reader_(reader), in_(input), reporter_(reporter), attributes_(reporter, input.unseen) {
        if (in_.heads != nullptr)
            for (const auto& [target, path] : *in_.heads) head_paths_.emplace(path, true);
        collect_all_ = !in_.base || in_.base->content != in_.target.content;
    }

    Result<SpaceFindings> run();

  private:
    void keep(Status status) { first_.keep(std::move(status)); }
    void start(std::vector<Job> jobs);
    Status look_at(std::vector<Job>& jobs);
    Status look_at_folder(Job job, Tree tree, Tree base);
    Status look_at_large_folder(Job job);
    Result<StatePtr> enter(Job job, Names& names);
    Status look_at_entries(const PartPtr& part, Names& names);
    Status leave(const StatePtr& state, Names& names);
    Status look_at_root(Job& job);
    void find_extras_around_mounts(State& state, const std::string& name);
    void add_extra(State& state, const std::string& name);
    std::vector<Pairing> pair_names(const PartPtr& part, Names& names, std::vector<Job>& below);
    Status look_at_extras(const StatePtr& state);
    Status look_at_extra(const StatePtr& state, const std::string& name);
    Status refuse_unselected(const PartPtr& part, std::uint32_t index, const fs::FileStat& stat,
                             const std::string& path);
    Role role_of(const Part& part, std::uint32_t index) const;
    Status look_at_pairings(const PartPtr& part, std::span<const Pairing> there);
    Status look_at_some(const PartPtr& part, std::span<const Pairing> some);
    Status in_task(const PartPtr& part, std::function<Status()> work);
    Status look_at_entry(const PartPtr& part, std::uint32_t index, const TreeEntry* base,
                         std::vector<Job>& below, std::vector<std::uint32_t>& to_read);
    bool must_be_replaced(const TreeEntry& entry, const fs::FileStat& stat,
                          const TreeEntry* base) const;
    /// `job` is what shall be done about it; it has its stat.
    Status look_at_folder_entry(const PartPtr& part, std::uint32_t index, const TreeEntry* base,
                                Job job, std::vector<Job>& below);
    Status look_at_special(const PartPtr& part, std::uint32_t index, const TreeEntry* base,
                           const fs::FileStat& stat, const std::string& path, bool proved);
    bool look_at_link(const PartPtr& part, std::uint32_t index, const fs::FileStat& stat,
                      const std::string& path);
    Status read_files(const PartPtr& part, std::span<const std::uint32_t> indices);
    Status read_file(const PartPtr& part, std::uint32_t index);
    Result<bool> holds_content(int folder, const TreeEntry& entry, const Digest& found,
                               const std::string& path);
    bool is_closed(const fs::FileStat& stat) const noexcept;
    Status open_up(Job& job);
    Result<std::shared_ptr<const OpenFolder>> open(const Job& job);
    void unlistable(Job job, std::vector<Job>& again);
    Status leave_out(const Error& about);
    Status leave_out_folder(const Job& job, const Error& about);
    void done(const StatePtr& state);
    bool claim(const TreeEntry& entry, const fs::FileStat& stat, const std::string& path);

    Job job_below(const PartPtr& part, std::uint32_t index, const TreeEntry* base,
                  std::string path);
    void add(const PartPtr& part, SpaceItem item);
    void missing(const PartPtr& part, std::uint32_t index, std::vector<Job>& below);
    void replace(const PartPtr& part, std::uint32_t index, const fs::FileStat& stat,
                 std::vector<Job>& below);
    void right(const fs::FileStat& stat, const std::string& path, bool proved,
               Likeness attributes = Likeness::same);
    bool is_mounted_below(const std::string& path) const noexcept {
        return in_.mounts != nullptr && in_.mounts->below(path);
    }
    /// What an entry's inode shall say of itself, as `stat` says it where anything is right.
    InodeFacts wanted_facts(const TreeEntry& entry, const fs::FileStat& stat) const;
    Facets inode_facets(const TreeEntry& entry, const fs::FileStat& stat,
                        const TreeEntry* proved = nullptr) const;
    bool mode_is_pooled(const TreeEntry& entry, const fs::FileStat& stat,
                        const TreeEntry* proved) const;
    void add_changed(const PartPtr& part, std::uint32_t index, Facets facets,
                     const fs::FileStat& stat);
    bool is_proved(const fs::FileStat& stat, const std::string& path, const TreeEntry* base) const;
    void describe(Facets facets, const TreeEntry& entry, const fs::FileStat& stat,
                  const std::string& path);
    void describe(const std::string& path, Change change);

    SpaceFindings settle();
    void settle_links(Found& all);

    ChunkReader& reader_;
    const SpaceCheckInput& in_;
    Reporter& reporter_;
    const AttributeComparison attributes_;
    FirstError first_;
    tbb::task_group tasks_;
    tbb::enumerable_thread_specific<Found> found_;
    std::atomic<std::size_t> open_count_{0};
    const std::size_t most_open_ = fs::open_limit(256, 0.25);  // kept for what is below
    std::atomic<std::uint64_t> looked_at_{0};
    std::atomic<std::size_t> entries_kept_{0};
    std::atomic<std::size_t> slice_tasks_{0};  // that hold a slice of a large tree
    fs::BufferPool buffers_;
    std::unordered_map<std::string, bool> head_paths_;
    std::mutex mutex_;  // guards what follows, and describe
    std::map<fs::Inode, Claim> claims_;
    std::uint64_t root_dev_ = 0;
    std::optional<fs::Boundary> boundary_;
    // The user whose own folders may be closed to him; root's never are.
    const std::optional<std::uint32_t> user_ =
        fs::is_root() ? std::nullopt : std::optional(fs::caller().uid);
    bool collect_all_ = false;
    bool marked_ = false;
    std::optional<fs::FileStat> root_keeps_;
};

/// What a folder that is only on the way keeps.
inline std::optional<fs::FileStat> kept_by(const Job& job) {
    return job.way && !job.absent ? std::optional(job.stat) : std::nullopt;
}

/// The path of an entry of a folder.
std::string path_of(const Part& part, std::uint32_t index);

}  // namespace holt::store::space_check
