#include "store/block_cache.h"

#include <utility>

namespace holt::store {
namespace {

template <class T>
std::unique_ptr<T> take_or_make(std::vector<std::unique_ptr<T>>& free) {
    if (free.empty()) return std::make_unique<T>();
    auto taken = std::move(free.back());
    free.pop_back();
    return taken;
}

}  // namespace

BlockCache::BlockCache(std::size_t capacity) : capacity_(capacity) {}
BlockCache::~BlockCache() = default;

BlockRef BlockCache::lease_buffer(std::unique_ptr<Bytes> buffer) const {
    return {buffer.release(), [pool = pool_, keep = capacity_](const Bytes* done) {
                std::unique_ptr<Bytes> owned(const_cast<Bytes*>(done));
                const std::lock_guard lock(pool->mutex);
                if (pool->buffers.size() < keep) pool->buffers.push_back(std::move(owned));
            }};
}

// Needs `mutex_`. Slots that are being loaded stay: their loaders hold iterators to them.
void BlockCache::evict_one() {
    for (auto slot = slots_.end(); slot != slots_.begin();) {
        --slot;
        if (!slot->block) continue;
        index_.erase(slot->key);
        slots_.erase(slot);
        return;
    }
}

Result<BlockRef> BlockCache::get(BlockKey key, const Loader& load) {
    std::unique_lock lock(mutex_);
    for (;;) {
        const auto found = index_.find(key);
        if (found == index_.end()) break;
        if (found->second->block) {
            slots_.splice(slots_.begin(), slots_, found->second);
            return found->second->block;
        }
        loaded_.wait(
            lock);  // another thread loads it; when that fails, the slot is gone and we try
    }
    if (slots_.size() >= capacity_) evict_one();
    slots_.push_front({key, nullptr});
    const auto slot = slots_.begin();
    index_.emplace(key, slot);
    lock.unlock();

    std::unique_ptr<Bytes> raw;
    std::unique_ptr<BlockScratch> scratch;
    {
        const std::lock_guard pool_lock(pool_->mutex);
        raw = take_or_make(pool_->buffers);
        scratch = take_or_make(pool_->scratches);
    }
    Status status = load(*scratch, *raw);
    BlockRef block = status ? lease_buffer(std::move(raw)) : nullptr;
    {
        const std::lock_guard pool_lock(pool_->mutex);
        pool_->scratches.push_back(std::move(scratch));
    }

    lock.lock();
    if (status) {
        slot->block = block;
    } else {
        index_.erase(key);
        slots_.erase(slot);
    }
    loaded_.notify_all();
    if (!status) return std::unexpected(std::move(status).error());
    return block;
}

}  // namespace holt::store
