// Hard-links the files of a restore from the pool, or clones them (reflink), and puts into the pool
// what it does not have.
//
//   link   open each file's pool file, compare its record, read it, hash many at once in SIMD
//          lanes, and only then link it, by its descriptor: it is the inode that was hashed that
//          gets the name. What is not there, or was changed, is left to be written from its pack
//   keep   a file that was written gets a name in the pool as well. Where another was first, that
//          one is checked and linked instead
//
// A clone is an inode of its own that shares the pool file's blocks, with its own record; only
// files of kLeastClone bytes and more are worth it.
//
// What makes linking impossible between two file systems (EXDEV, also across bind mounts; EPERM:
// protected_hardlinks, or a file system without links) is the same for all files of a restore: it
// is told once, and the rest is copied. A pool that cannot be written to is used as it is. EMLINK:
// the file is written anew and takes the name; its trees keep the old inode.
//
// Figures (2 cores, tmpfs): open 2.2 us, fstat and read 1.4, attributes 0.4, link 3.2 by
// AT_EMPTY_PATH, 4.2 through /proc. Mapping instead of reading costs more in page faults.
// Thread rule: every method from any thread.
#pragma once

#include <atomic>
#include <functional>
#include <span>
#include <vector>

#include "fs/buffer_pool.h"
#include "fs/semaphore.h"
#include "store/format/pool_key.h"
#include "store/pool/pool.h"
#include "store/restore/restore_jobs.h"

namespace holt::store {

enum class Sharing : std::uint8_t { link, clone };
enum class Fallback : std::uint8_t { copy, fail };

class PoolLinker {
  public:
    /// Bytes. Below, writing a file costs less than cloning it, and saves next to no room.
    static constexpr std::uint64_t kLeastClone = 64u << 10;

    /// `access`: whether the pool may be filled.
    PoolLinker(Pool pool, Access access, Sharing sharing, RestoreFolders& folders,
               fs::Semaphore& opening, Fallback fallback);

    /// Called for each file that was linked, with its inode's record.
    using OnLinked = std::function<void(const FileTask&, const fs::FileStat&)>;

    /// Links what the pool has into `folder`; returns the files that are left to be written. Those
    /// of them with a pool_id must be written with metadata() and then given to keep().
    Result<std::vector<FileTask>> link(int folder, std::span<const FileTask> files,
                                       const OnLinked& on_linked);

    /// The digest that a moved file will have, if it was noted; to be proven by `original`.
    std::optional<Digest> noted_digest(const TreeEntry& entry);
    void note_digest(const TreeEntry& entry, const Digest& moved);

    /// What a file that is to be kept gets.
    fs::Metadata metadata(const TreeEntry& entry) const;
    /// `fd` is a file with a pool_id, complete, under its own name in `folder`. It stays a file of
    /// its own, with the mode that its snapshot says, when it cannot be kept.
    Status keep(int folder, int fd, const FileTask& file, const OnLinked& on_linked);

    Sharing sharing() const noexcept { return sharing_; }
    std::uint64_t files_linked() const noexcept { return linked_; }
    std::uint64_t files_replaced() const noexcept { return replaced_; }

  private:
    struct Candidate;
    struct Work;

    PoolFile wanted(const TreeEntry& entry) const;
    Status refuse_content(Work& work, const Candidate& candidate);
    Result<bool> gather(Work& work, const FileTask& file, ByteView content);
    Status look_up(Work& work, const FileTask& file, const Digest& id);
    Status link_checked(Work& work);
    Status link_one(Work& work, const Candidate& candidate);
    Status clone_one(Work& work, const Candidate& candidate);
    bool can_be_shared(const TreeEntry& entry) const noexcept;
    Status keep_link(int folder, int fd, const FileTask& file, const OnLinked& on_linked);
    Status keep_clone(int fd, const FileTask& file);
    Status leave(Work& work, const FileTask& file, const Digest& id, PoolName name) const;
    Status share_existing(int folder, const FileTask& file, const OnLinked& on_linked,
                          bool& shared);
    void note_changed(const Digest& id, const FileTask& file, std::string problem);
    Status give_up(std::atomic<bool>& what, const Error& why, const char* consequence);

    Pool pool_;
    RestoreFolders& folders_;
    fs::Semaphore& opening_;
    const Sharing sharing_;
    const Fallback fallback_;
    const std::size_t batch_files_;
    fs::BufferPool buffers_;
    std::atomic<bool> linking_{true}, filling_;
    const bool is_root_ = fs::is_root();  // only root can give files away
    std::atomic<std::uint64_t> linked_{0}, replaced_{0};
};

}  // namespace holt::store
