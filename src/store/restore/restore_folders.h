// The folders that a restore is making: open while something is written into them, finished when
// nothing is left to do below them.
//
// A folder counts what it still waits for: the files of its jobs, its subfolders, its links. When
// the last one is done its owner, attributes, mode and times are set, in that order and after
// everything in it, and its parent is told. At most 256 descriptors are kept for later;
// other folders are opened once more when they are finished, so a tree of any depth and width
// restores with a small `ulimit -n`. Thread rule: methods from any thread, but enter() from one.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "base/cancel.h"
#include "base/unique_fd.h"
#include "fs/machine/open_limit.h"
#include "fs/metadata/metadata.h"
#include "fs/path/open_up.h"
#include "store/format/tree.h"
#include "store/operation/reporter.h"
#include "store/restore/space_recorder.h"

namespace holt::store {

struct OutFolder {
    OutFolder* parent = nullptr;
    std::string path;                        ///< from the restored root; "" is the root
    TreeEntry entry;                         ///< what it shall be; its chunks hold its tree
    std::atomic<std::size_t> pending{1};     ///< the planner itself holds one
    std::shared_ptr<const UniqueFd> kept{};  ///< when its descriptor is kept
};

class RestoreFolders {
  public:
    /// `root` is the descriptor of the folder that becomes the tree's root; `owner` what new files
    /// get.
    RestoreFolders(int root, fs::Owner owner, Time fixed_mtime, bool keep_mtime, Reporter& reporter,
                   FirstError& first)
        : root_(root),
          owner_(owner),
          fixed_mtime_(fixed_mtime),
          keep_mtime_(keep_mtime),
          reporter_(reporter),
          first_(first) {}

    /// Each file and folder that is complete is told to `recorder` from now on.
    void record_into(SpaceRecorder* recorder) noexcept { recorder_ = recorder; }

    /// A folder that exists on disk by now (made by its parent's batch). The parent waits for it.
    OutFolder* add(OutFolder* parent, std::string path, TreeEntry entry);
    /// Its descriptor: the kept one, or opened anew.
    Result<std::shared_ptr<const UniqueFd>> open(OutFolder& folder);
    /// Any folder of the restored tree by its path.
    Result<UniqueFd> open_path(const std::string& path);
    /// The same of one that is finished and that its own user may not enter.
    Result<UniqueFd> open_up_path(const std::string& path, std::vector<fs::OpenedUp>& opened);
    /// Keeps `fd` for later if not too many are kept.
    void keep(OutFolder& folder, std::shared_ptr<const UniqueFd> fd);
    /// One thing less to wait for. Finishes the folder, and its parents, when it was the last.
    void done(OutFolder* folder);

    /// Sets everything on a new file or folder through its descriptor; counts warnings.
    Status apply(int fd, const fs::Metadata& metadata, const std::string& path);
    /// As apply, but there is more to be done to it: not told to the recorder. Whether all is as it
    /// shall be.
    Result<bool> set(int fd, const fs::Metadata& metadata, const std::string& path);
    /// A file that is complete by a link to or from the pool; `checked`: as it was when its content
    /// was.
    void took_link(int fd, const fs::FileStat& checked, const std::string& path);
    /// The mode to make a file or folder with: its own, where it needs nothing but that and its
    /// time, and the umask is known to leave it as it is; else the usual one.
    std::uint16_t new_mode(const TreeEntry& entry) const noexcept;
    /// The same as apply for what was made with new_mode(): when the record that is taken anyway
    /// shows the right mode, setting it is saved.
    Status finish(int fd, const TreeEntry& entry, const std::string& path);
    fs::Metadata metadata(const TreeEntry& entry) const;
    /// Tells what could not be set: what many items are refused for one reason is one kind.
    void tell(const fs::Warnings& warnings);
    Time mtime(const TreeEntry& entry) const noexcept {
        return keep_mtime_ ? entry.mtime : fixed_mtime_;
    }
    bool keeps_mtime() const noexcept { return keep_mtime_; }
    fs::Owner owner() const noexcept { return owner_; }
    Reporter& reporter() noexcept { return reporter_; }

  private:
    void took(const fs::FileStat& stat, Time wanted, const std::string& path);
    Status finish(OutFolder& folder);
    bool made_as_it_shall_be(const TreeEntry& entry) const noexcept;

    const int root_;
    const fs::Owner owner_;
    const Time fixed_mtime_;
    const bool keep_mtime_;
    Reporter& reporter_;
    FirstError& first_;
    SpaceRecorder* recorder_ = nullptr;
    const std::size_t most_kept_ = fs::open_limit(256, 0.25);
    std::atomic<std::size_t> kept_count_{0};
    std::atomic<std::uint16_t> refused_bits_{0};  // that the umask was seen to take away
};

}  // namespace holt::store
