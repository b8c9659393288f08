// The blocks decoded last, shared by all threads of an operation.
//
// A block that several threads want is decoded by the first; the others wait for it. Evicted
// buffers and decoders are used again, so a steady state allocates nothing large. Bounded by a
// number of blocks, because blocks are bounded (4 MiB): 16 blocks of the usual 1 MiB are 16 MiB.
// Thread rule: get() from any thread; the loader runs without the cache's lock held.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "codec/zstd/decompress.h"

namespace holt::store {

struct BlockKey {
    std::uint32_t pack = 0, block = 0;
    bool operator==(const BlockKey&) const = default;
};

/// A decoded block; stays valid as long as it is held, evicted or not.
using BlockRef = std::shared_ptr<const Bytes>;

/// What decoding needs besides its output.
struct BlockScratch {
    zstd::Decompressor decoder;
    Bytes stored;
};

class BlockCache {
  public:
    explicit BlockCache(std::size_t capacity);
    ~BlockCache();

    using Loader = std::function<Status(BlockScratch& scratch, Bytes& raw)>;
    Result<BlockRef> get(BlockKey key, const Loader& load);

  private:
    struct Slot {
        BlockKey key;
        BlockRef block;  // null while it is being loaded
    };
    struct KeyHash {
        std::size_t operator()(const BlockKey& k) const noexcept {
            return std::hash<std::uint64_t>()(std::uint64_t{k.pack} << 32 | k.block);
        }
    };
    // Buffers live on in the pool, which the last holder of a block may outlive the cache with.
    struct Pool {
        std::mutex mutex;
        std::vector<std::unique_ptr<Bytes>> buffers;
        std::vector<std::unique_ptr<BlockScratch>> scratches;
    };
    BlockRef lease_buffer(std::unique_ptr<Bytes> buffer) const;
    void evict_one();

    const std::size_t capacity_;
    std::shared_ptr<Pool> pool_ = std::make_shared<Pool>();
    std::mutex mutex_;
    std::condition_variable loaded_;
    std::list<Slot> slots_;  // used last at the front
    std::unordered_map<BlockKey, std::list<Slot>::iterator, KeyHash> index_;
};

}  // namespace holt::store
