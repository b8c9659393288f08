// Is what a .holt file brings complete, and within what an import may be? Asked of the trees of its
// snapshots, before anything is visible: every chunk must be in the file's packs or in the store,
// with the length that the tree says.
//
// Trees are shared, so a few bytes may describe 2^40 paths: each tree is read once, and what is
// below it is counted once. No tree can refer to itself: it would have to hold its own digest.
// Thread rule: one thread at a time.
#pragma once

#include <holt/archive.hpp>

#include <optional>
#include <set>
#include <unordered_map>
#include <vector>

#include "store/content/chunk_reader.h"
#include "store/format/snapshot_record.h"
#include "store/pack/block_cache.h"
#include "store/pack/pack_reader.h"

namespace holt::store {

/// The packs of a .holt file, verified and not published.
class NewPacks {
  public:
    /// The pack's chunks may be read from now on.
    void add(PackReader pack);
    /// Nothing when no new pack holds it.
    const ChunkInfo* find(const Digest& digest) const;
    /// A chunk's bytes, hashed again. It must be there.
    Status read(const Digest& digest, Bytes& out);
    bool empty() const noexcept { return packs_.empty(); }

  private:
    struct Place {
        std::uint32_t pack = 0, ordinal = 0;
    };
    std::vector<PackReader> packs_;
    std::unordered_map<Digest, Place> places_;
    BlockCache cache_{ChunkReader::kCachedBlocks,
                      [this](BlockKey key, std::uint32_t, BlockScratch& scratch, Bytes& raw) {
                          return packs_[key.pack].read_block(key.block, raw, scratch.stored,
                                                             scratch.decoder);
                      },
                      [](BlockKey) -> std::optional<BlockKey> { return std::nullopt; }};
};

class HoltCheck {
  public:
    /// `shown`: the file, for messages.
    HoltCheck(NewPacks& packs, ChunkReader& store, const ImportOptions& options, std::string shown)
        : packs_(packs), store_(store), options_(options), shown_(std::move(shown)) {}

    /// The snapshot's trees and chunks, and that its record's counts are theirs.
    Status check(const SnapshotRecord& record, const std::string& name);
    /// Rows of the packs in the store that hold what the file does not bring.
    const std::set<std::uint32_t>& older_packs() const noexcept { return older_packs_; }

  private:
    /// All that is below a folder, itself not counted; every number saturates.
    struct Weight {
        std::uint64_t entries = 0, files = 0, folders = 0, symlinks = 0, others = 0, hard_links = 0,
                      bytes = 0;
        std::uint32_t depth = 0;
    };
    struct Visit {
        TreeEntry folder;
        std::string path;
        std::vector<TreeEntry> subfolders{};
        std::size_t next = 0;
        Weight weight{};
    };

    Result<Visit> enter(TreeEntry folder, std::string path);
    Result<Tree> read_tree(const TreeEntry& folder, const std::string& path);
    Status check_chunks(std::span<const ChunkRef> chunks);
    Status admit(const TreeEntry& entry, const std::string& path) const;
    Status check_limits(const Weight& weight, const std::string& path) const;
    static void add(Weight& to, const Weight& below);
    std::unexpected<Error> refuse(const std::string& path, std::string cause,
                                  std::string advice) const;

    NewPacks& packs_;
    ChunkReader& store_;
    const ImportOptions& options_;
    const std::string shown_;
    std::unordered_map<Digest, Weight> known_;
    std::set<std::uint32_t> older_packs_;
};

}  // namespace holt::store
