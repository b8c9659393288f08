// The chunks that a .holt file's snapshots refer to: those in the file's packs, verified and not
// published, and those that the store has. Thread rule: add() and check_there() from one thread;
// visit() from any, once all packs were added.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "store/content/chunk_reader.h"
#include "store/pack/block_cache.h"
#include "store/pack/pack_reader.h"

namespace holt::store {

class Brought {
  public:
    /// `shown`: the file, for messages.
    Brought(ChunkReader& store, std::string shown) : store_(store), shown_(std::move(shown)) {}

    /// The pack's chunks may be read from now on.
    void add(PackReader pack);
    /// Nothing when no new pack holds it.
    const ChunkInfo* find(const Digest& digest) const;
    /// `corrupt` unless each is there, with its length.
    Status check_there(std::span<const ChunkRef> chunks);
    /// The chunks' bytes in their order, each hashed again. They must be there.
    using Visitor = std::function<Status(ByteView bytes)>;
    Status visit(std::span<const ChunkRef> chunks, const Visitor& visitor);
    /// All of their bytes, which are `digest` together, or it is `corrupt`.
    Result<Bytes> read(std::span<const ChunkRef> chunks, const Digest& digest,
                       const std::string& object);

    /// Rows of the packs in the store that hold what the file does not bring.
    const std::set<std::uint32_t>& older_packs() const noexcept { return older_packs_; }
    /// Bytes of the chunks there, each counted once.
    std::uint64_t older_bytes() const noexcept { return older_bytes_; }

  private:
    struct Place {
        std::uint32_t pack = 0, ordinal = 0;
    };
    Status visit_new(const ChunkRef& chunk, const Visitor& visitor);
    Status visit_older(std::span<const ChunkRef> chunks, const Visitor& visitor);

    ChunkReader& store_;
    const std::string shown_;
    std::vector<PackReader> packs_;
    std::unordered_map<Digest, Place> places_;
    std::unordered_set<Digest> older_;
    std::set<std::uint32_t> older_packs_;
    std::uint64_t older_bytes_ = 0;
    BlockCache cache_{ChunkReader::kCachedBlocks,
                      [this](BlockKey key, std::uint32_t, BlockScratch& scratch, Bytes& raw) {
                          return packs_[key.pack].read_block(key.block, raw, scratch.stored,
                                                             scratch.decoder);
                      },
                      [this](BlockKey key) -> std::optional<BlockKey> {
                          if (key.block + 1 >= packs_[key.pack].footer().blocks.size())
                              return std::nullopt;
                          return BlockKey{key.pack, key.block + 1};
                      }};
};

}  // namespace holt::store
