// The pool: files as they were restored, kept to be hard-linked or cloned into other trees.
//
// pool/ab/<id>, the id in 64 hex digits (pool_key.h), ab its first two. A cache that may be emptied
// at any time by anyone: each file is made again from its pack when it is wanted. That decides how
// it is written. A file enters when a restore has written it, under its own name in the tree that
// is being built, and checked it: one more link gives it its name here. So there are no temporary
// files, a name never stands for half a file whenever the process is killed, and nothing is
// fsynced: what a power cut leaves of a file is found when it is hashed, which is before each
// single use, and replaced.
// Thread rule: every method from any thread; other processes may do the same at once.
#pragma once

#include <holt/store.hpp>

#include <array>
#include <atomic>
#include <optional>
#include <string>
#include <string_view>

#include "base/unique_fd.h"
#include "fs/machine/open_limit.h"
#include "fs/stat.h"
#include "store/disk/store_folder.h"

namespace holt::store {

/// How the names of put_moved() end.
inline constexpr std::string_view kMovedSuffix = ".moved";

class Pool {
  public:
    /// With read_write the folder is made when it is not there. sys_errno ENOENT when there is
    /// none; that and any other error mean that there is no pool to be used here.
    static Result<Pool> open(const StoreFolder& folder, Access access);
    Pool(Pool&& other) noexcept;
    Pool& operator=(Pool&&) = delete;
    ~Pool();

    int fd() const noexcept { return fd_.get(); }
    /// "<store>/pool/ab/<id>"
    std::string shown(const Digest& id) const;

    /// Opens a file for reading: not trusted before it was checked. ENOENT (sys_errno): there is
    /// none. Another error that is no shortage: what stands there is nothing to be read.
    Result<UniqueFd> find(const Digest& id);
    /// The record of a file. ENOENT (sys_errno): there is none.
    Result<fs::FileStat> stat(const Digest& id);
    /// A new file without a name, for put().
    Result<UniqueFd> make_unnamed(const Digest& id);
    /// Gives the open file a name here. EEXIST (sys_errno): another process, or another file of the
    /// same tree, was first.
    Status put(int file, const Digest& id);
    /// The digest of what a file becomes where its tree is moved to, as put_moved() noted it under
    /// a key of both: a hint to a name here, which has to be proven. Nothing when there is none.
    std::optional<Digest> moved(const Digest& key);
    /// A symlink beside the files, "<key>.moved", that leads nowhere. What cannot be noted is not.
    void put_moved(const Digest& key, const Digest& content);
    void remove_moved(const Digest& key);
    /// Removes a name. Trees that the file was linked into keep it.
    Status remove(const Digest& id);

  private:
    enum class Missing : std::uint8_t { make, fail };
    Pool(UniqueFd fd, std::string path) noexcept;
    /// A subfolder's descriptor, which is kept unless there are too many.
    struct Folder {
        int fd = -1;
        UniqueFd own{};
    };
    Result<Folder> subfolder(const Digest& id, Missing missing);

    UniqueFd fd_;
    std::string path_;
    std::array<std::atomic<int>, 256> subfolders_;  // -1 until it is used
    const std::size_t most_kept_ = fs::open_limit(256, 0.25);
    std::atomic<std::size_t> kept_count_{0};
};

}  // namespace holt::store
