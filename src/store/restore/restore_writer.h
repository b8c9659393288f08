// Writes what the plan hands out: files from verified chunks, then symlinks and FIFOs, then hard
// links.
//
// A file is created O_EXCL, filled with what lies outside its holes, given its metadata through its
// descriptor, and closed. With a PoolLinker, what the pool has is linked instead, and what it has
// not is put there. Hard links of the snapshot's own come from a table of the inodes that this
// restore made, and never by following a stored path. Thread rule: write(), make_specials() and
// make_links() from any thread.
#pragma once

#include <map>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "fs/semaphore.h"
#include "store/restore/pool_linker.h"
#include "store/restore/restore_plan.h"

namespace holt::store {

class RestoreWriter {
  public:
    /// `linker`: null to write everything. `opening` bounds opens and links.
    RestoreWriter(ChunkReader& reader, RestoreFolders& folders, fs::Semaphore& opening,
                  PoolLinker* linker)
        : reader_(reader), folders_(folders), opening_(opening), linker_(linker) {}

    /// Writes a job's files. The caller tells the job's folder afterwards.
    Status write(const RestoreJob& job);
    /// Makes a folder's symlinks and FIFOs; after all files.
    Status make_specials(const RestorePlan& plan, const FolderLinks& links);
    /// Makes a folder's hard links; after all that has a name of its own.
    Status make_links(const RestorePlan& plan, const FolderLinks& links);

    std::uint64_t files_written() const noexcept { return files_written_; }
    std::uint64_t bytes_written() const noexcept { return bytes_written_; }

  private:
    struct Head {
        std::string path;
        std::uint64_t dev = 0, ino = 0;
        fs::Kind kind = fs::Kind::file;
    };
    /// A further name of what has several.
    struct LinkTask {
        const TreeEntry& entry;
        const std::string& path;
        const std::string& head;  ///< path of the first name
    };
    class OpenFile;

    Status write_files(const RestoreJob& job);
    Status link_files(const RestoreJob& job);
    Result<std::vector<FileTask>> with_moved_digests(std::span<const FileTask> files);
    Result<UniqueFd> create(const RestoreJob& job, const FileTask& file);
    Status finish(int folder, int fd, const FileTask& file);
    void note_head(const FileTask& file, const fs::FileStat& stat);
    void note_head(const std::string& path, const fs::FileStat& stat);
    Status make_special(int folder, const TreeEntry& entry, const std::string& path);
    Status make_hard_link(int folder_fd, const LinkTask& link);
    Status link_or_make(int folder, const LinkTask& link);

    ChunkReader& reader_;
    RestoreFolders& folders_;
    fs::Semaphore& opening_;
    PoolLinker* const linker_;
    std::mutex heads_mutex_;
    std::mutex opened_mutex_;            // one at a time opens closed folders up
    std::map<std::string, Head> heads_;  // by path in the restored tree
    std::atomic<std::uint64_t> files_written_{0}, bytes_written_{0};
};

}  // namespace holt::store
