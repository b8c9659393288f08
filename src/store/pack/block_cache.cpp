#include "store/pack/block_cache.h"

#include <algorithm>
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

BlockCache::BlockCache(std::size_t capacity, Loader load, Successor next)
    : capacity_(capacity), load_(std::move(load)), next_(std::move(next)) {
    pool_->buffers.reserve(capacity_);  // giving one back must not need memory
}
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
        if (slot->ahead == Ahead::yes) counts_.depth = std::max<std::size_t>(counts_.depth / 2, 1);
        index_.erase(slot->key);
        slots_.erase(slot);
        return;
    }
}

// Needs `mutex_`. The nearest block ahead that nobody has or decodes.
std::optional<BlockKey> BlockCache::next_missing(BlockKey key) const {
    for (std::size_t step = 0; step < counts_.depth; ++step) {
        const std::optional<BlockKey> next = next_(key);
        if (!next || !index_.contains(*next)) return next;
        key = *next;
    }
    return std::nullopt;
}

BlockCache::Counts BlockCache::counts() const {
    const std::lock_guard lock(mutex_);
    return counts_;
}

Result<BlockRef> BlockCache::get(BlockKey key) {
    std::unique_lock lock(mutex_);
    for (bool ahead_failed = false;;) {
        const auto found = index_.find(key);
        if (found == index_.end()) break;
        Slot& slot = *found->second;
        if (slot.block) {
            if (std::exchange(slot.ahead, Ahead::no) == Ahead::yes) {
                ++counts_.used;
                counts_.depth = std::min(counts_.depth + 1, kMaxAhead);
            }
            slots_.splice(slots_.begin(), slots_, found->second);
            return slot.block;
        }
        // Another thread decodes it; when that fails, the slot is gone and we try. An error ahead
        // is for whoever wants that block.
        const auto ahead = ahead_failed ? std::nullopt : next_missing(key);
        if (ahead) {
            ahead_failed = !load(*ahead, Ahead::yes, lock);
        } else {
            ++counts_.waits;
            loaded_.wait(lock);
        }
    }
    return load(key, Ahead::no, lock);
}

// `lock` holds `mutex_`, but not while the loader runs.
Result<BlockRef> BlockCache::load(BlockKey key, Ahead ahead, std::unique_lock<std::mutex>& lock) {
    if (slots_.size() >= capacity_) evict_one();
    slots_.push_front({key, nullptr, ahead});
    const auto slot = slots_.begin();
    index_.emplace(key, slot);
    ++counts_.loads;
    counts_.ahead += ahead == Ahead::yes;
    lock.unlock();
    Result<BlockRef> block = decode(key, kWhole);
    lock.lock();
    if (block) {
        slot->block = *block;
    } else {
        index_.erase(key);
        slots_.erase(slot);
    }
    loaded_.notify_all();
    return block;
}

// Without `mutex_`.
Result<BlockRef> BlockCache::decode(BlockKey key, std::uint32_t front) const {
    std::unique_ptr<Bytes> raw;
    std::unique_ptr<BlockScratch> scratch;
    {
        const std::lock_guard pool_lock(pool_->mutex);
        raw = take_or_make(pool_->buffers);
        scratch = take_or_make(pool_->scratches);
    }
    const Status status = load_(key, front, *scratch, *raw);
    BlockRef block = lease_buffer(std::move(raw));
    {
        const std::lock_guard pool_lock(pool_->mutex);
        pool_->scratches.push_back(std::move(scratch));
    }
    if (!status) return std::unexpected(status.error());
    return block;
}

Result<BlockRef> BlockCache::get_once(BlockKey key, std::uint32_t front) {
    {
        const std::lock_guard lock(mutex_);
        const auto found = index_.find(key);
        if (found != index_.end() && found->second->block) return found->second->block;
    }
    return decode(key, front);
}

}  // namespace holt::store
