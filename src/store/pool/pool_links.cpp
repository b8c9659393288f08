#include "store/pool/pool_links.h"

#include <utility>

namespace holt::store {

bool PoolLinks::has(const TreeEntry& entry, const fs::FileStat& stat) const {
    if (!can_be_pooled(entry)) return false;
    std::call_once(opened_, [&] {
        if (auto pool = Pool::open(folder_, Access::read_only)) pool_.emplace(*std::move(pool));
    });
    if (!pool_) return false;
    const PoolFile file = pool_file(entry, {stat.uid, stat.gid}, stat.mtime);
    const auto there = pool_->stat(pool_id(file));
    return there && there->dev == stat.dev && there->ino == stat.ino;
}

}  // namespace holt::store
