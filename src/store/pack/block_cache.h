// The blocks decoded last, shared by all threads of an operation.
//
// A block that several threads want is decoded by the first. Another that would have to wait for it
// decodes the next one meanwhile, or one after that: how far it looks ahead grows with each such
// block that is used and is halved with each that is evicted unused. Evicted buffers and decoders
// are used again, so a steady state allocates nothing large. Bounded by a number of blocks, because
// blocks are bounded: 16 are at most 64 MiB. Thread rule: get() from any thread; the loader runs
// without the cache's lock held, the successor with it.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <limits>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "codec/zstd/decode/decompress.h"

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
    static constexpr std::size_t kMaxAhead = 8;
    static constexpr std::uint32_t kWhole = std::numeric_limits<std::uint32_t>::max();

    /// Decodes the first `front` bytes at least; kWhole: all of it.
    using Loader =
        std::function<Status(BlockKey key, std::uint32_t front, BlockScratch& scratch, Bytes& raw)>;
    /// The block that is likely to be wanted after another; nothing when none is.
    using Successor = std::function<std::optional<BlockKey>(BlockKey key)>;
    BlockCache(std::size_t capacity, Loader load, Successor next);
    ~BlockCache();

    Result<BlockRef> get(BlockKey key);
    /// Its first `front` bytes at least, for a block that nobody will ask for again: taken from
    /// the cache if it is there, and else decoded as far as that and not kept, so that what is
    /// kept stays.
    Result<BlockRef> get_once(BlockKey key, std::uint32_t front);

    struct Counts {
        std::uint64_t loads = 0;  ///< blocks decoded
        std::uint64_t ahead = 0;  ///< of them, by threads that would have waited
        std::uint64_t used = 0;   ///< of these, wanted later
        std::uint64_t waits = 0;  ///< times a thread waited with nothing to do
        std::size_t depth = 1;    ///< how many blocks ahead are looked at now
    };
    Counts counts() const;

  private:
    enum class Ahead : std::uint8_t { no, yes };
    struct Slot {
        BlockKey key;
        BlockRef block;  // null while it is being loaded
        Ahead ahead;     // decoded ahead, and not wanted yet
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
    std::optional<BlockKey> next_missing(BlockKey key) const;
    Result<BlockRef> load(BlockKey key, Ahead ahead, std::unique_lock<std::mutex>& lock);
    Result<BlockRef> decode(BlockKey key, std::uint32_t front) const;

    const std::size_t capacity_;
    const Loader load_;
    const Successor next_;
    std::shared_ptr<Pool> pool_ = std::make_shared<Pool>();
    mutable std::mutex mutex_;
    Counts counts_;
    std::condition_variable loaded_;
    std::list<Slot> slots_;  // used last at the front
    std::unordered_map<BlockKey, std::list<Slot>::iterator, KeyHash> index_;
};

}  // namespace holt::store
