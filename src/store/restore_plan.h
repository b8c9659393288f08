// The plan of a restore, made while it runs: which folder comes next, what is in it, and where its
// chunks are.
//
// Folders come in preorder, as they were stored, so neighbouring jobs want neighbouring blocks.
// Visiting a folder makes all its subfolders in one batch, relative to its descriptor: one mkdirat
// each, no stat. Its files become jobs of bounded size, so that a folder of 100,000 files, or a
// file of many chunks, keeps every thread busy. Thread rule: next() from one thread at a time.
#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "store/chunk_reader.h"
#include "store/restore_folders.h"

namespace holt::store {

/// A file that several jobs write into: made by the first, finished by the last.
struct SharedFile {
    std::once_flag made;
    UniqueFd fd;
    std::atomic<std::size_t> pending{0};  ///< jobs that have not written their part yet
};

/// A file, or a part of one, to be written by a job.
struct FileTask {
    std::shared_ptr<const TreeEntry> entry;
    std::string path;
    std::uint64_t offset = 0;              ///< of its first chunk in the file
    std::size_t chunk_count = 0;           ///< of the job's chunks
    std::shared_ptr<SharedFile> shared{};  ///< when other jobs write other parts
    bool is_link_head = false;             ///< further names will be linked to it
};

struct RestoreJob {
    OutFolder* folder = nullptr;  ///< waits for this job
    std::shared_ptr<const UniqueFd> fd;
    std::vector<FileTask> files;
    std::vector<LocatedChunk> chunks;  ///< of all files, in order
};

/// A symlink, or a further name of a file: made after all files.
struct LinkTask {
    TreeEntry entry;
    std::string path;
    std::string head{};  ///< path of the first name; empty for a symlink
};
struct FolderLinks {
    OutFolder* folder = nullptr;  ///< waits for its links
    std::vector<LinkTask> links;
};

/// For each inode with several names: the path, in the restored tree, of the name that is written
/// as a file. Keyed by hard_link_to.
using LinkHeads = std::unordered_map<std::string, std::string>;

class RestorePlan {
  public:
    /// `prefix` is the restored folder's path in the snapshot ("" for all of it).
    RestorePlan(ChunkReader& reader, RestoreFolders& folders, LinkHeads heads, TreeEntry root);
    ~RestorePlan();

    /// The next job; null when all folders were visited. Jobs of a folder come one after the other.
    Result<std::unique_ptr<RestoreJob>> next();
    /// Gives up what was planned and not handed out, after an error.
    void abandon();

    std::vector<FolderLinks>& links() noexcept { return links_; }
    struct Counts {
        std::uint64_t files = 0, folders = 0, symlinks = 0, hard_links = 0, others = 0, bytes = 0;
    };
    const Counts& counts() const noexcept { return counts_; }

  private:
    Status visit(OutFolder* folder);
    Status add_files(OutFolder* folder, const std::shared_ptr<const UniqueFd>& fd,
                     std::vector<FileTask> files);
    void add_large_file(OutFolder* folder, const std::shared_ptr<const UniqueFd>& fd,
                        const FileTask& file, std::span<const LocatedChunk> chunks);

    ChunkReader& reader_;
    RestoreFolders& folders_;
    const LinkHeads heads_;
    std::unordered_map<std::string, bool> head_paths_;
    std::vector<OutFolder*> to_visit_;  // a stack: preorder
    std::deque<std::unique_ptr<RestoreJob>> ready_;
    std::vector<FolderLinks> links_;
    Counts counts_;
};

/// Finds the inodes with several names below `root` by reading its trees once. Only called for
/// snapshots that have such.
Result<LinkHeads> find_link_heads(ChunkReader& reader, const TreeEntry& root,
                                  const std::string& prefix);

}  // namespace holt::store
