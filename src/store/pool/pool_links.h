// Which files of a tree are links into the pool.
//
// A link has the pool's inode, and so its mode, which has no write bits. Any other file without
// write bits and with a second name looks the same; what tells them apart is that the pool has the
// inode, under the name that it must have there (pool_key.h). One stat a question.
// Thread rule: has() from any thread.
#pragma once

#include <mutex>
#include <optional>

#include "store/format/pool_key.h"
#include "store/pool/pool.h"

namespace holt::store {

class PoolLinks {
  public:
    /// The pool is opened when it is first asked for. `folder` must outlive this.
    explicit PoolLinks(const StoreFolder& folder) noexcept : folder_(folder) {}

    /// False for what cannot be one, whatever the pool has.
    static bool may_be_link(const fs::FileStat& stat) noexcept {
        return stat.kind == fs::Kind::file && stat.nlink > 1 && (stat.mode & 0222) == 0;
    }
    /// True when the pool has the file's inode as that of `entry`, which the file is to be but for
    /// what its inode tells. False where there is no pool.
    bool has(const TreeEntry& entry, const fs::FileStat& stat) const;

  private:
    const StoreFolder& folder_;
    mutable std::once_flag opened_;
    mutable std::optional<Pool> pool_;
};

}  // namespace holt::store
