// Reads chunks: the only way content leaves the store, and every byte that does is hashed first.
//
//   locate    digest -> pack and place: from the (verified) footers of the packs that are open,
//             else through the catalog, which opens the pack
//   read      block from the cache, or read and decoded once however many threads ask; then the
//             wanted chunks of the block are hashed, many at once in SIMD lanes, and handed out
//
// The cache holds the 16 blocks used last; small files share blocks of 1 MiB, so those of a folder,
// which lie together in walk order, cost one decode. A thread that would wait for another one's
// decoding decodes ahead instead (block_cache.h). Packs stay open, a bounded number of them. Thread
// rule: every method from any thread. Views passed to a visitor are valid during the call only.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "store/catalog/catalog.h"
#include "store/format/tree.h"
#include "store/operation/profile.h"
#include "store/pack/pack_reader.h"

namespace holt::store {

/// A chunk that is wanted, and where it is.
struct LocatedChunk {
    Digest digest{};
    std::uint32_t pack = 0;  ///< row in the catalog
    std::uint32_t block = 0;
    std::uint32_t offset = 0, length = 0;  ///< in the decoded block
};

/// Whether others will want the blocks that are read. Those that nobody else wants are decoded no
/// further than needed, and not kept.
enum class Reuse : std::uint8_t { likely, unlikely };

class ChunkReader {
  public:
    static constexpr std::size_t kCachedBlocks = 16;

    /// `profile`, if any, outlives the reader.
    ChunkReader(const StoreFolder& folder, Catalog& catalog, Profile* profile = nullptr);
    ~ChunkReader();
    ChunkReader(const ChunkReader&) = delete;
    ChunkReader& operator=(const ChunkReader&) = delete;

    /// Finds where the chunks are. One that is nowhere is `corrupt`: a tree promised it.
    Result<std::vector<LocatedChunk>> locate(std::span<const ChunkRef> chunks);

    /// Called with the index into `wanted` and the chunk's verified bytes.
    using Visitor = std::function<Status(std::size_t index, ByteView bytes)>;
    /// Visits all wanted chunks in the order given. Neighbours in the same block are hashed
    /// together.
    Status read(std::span<const LocatedChunk> wanted, const Visitor& visit,
                Reuse reuse = Reuse::likely);

    /// All of a file's or tree's content in memory: locate and read.
    Result<Bytes> read_content(std::span<const ChunkRef> chunks);

    /// The tree of a folder; `path` is for errors.
    Result<Tree> read_tree(const TreeEntry& folder, const std::string& path);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace holt::store
