// Is what a .holt file brings complete, what it says that it is, and within what an import may be?
// Asked of the trees of its snapshots, before anything is visible: every chunk must be in the
// file's packs or in the store, with the length that the tree says; the digest of every tree and of
// every file is computed, never believed; and every hard link and hole must be one that a restore
// can make (link_check.h, content_check.h).
//
// Trees are shared, so a few bytes may describe 2^40 paths: each tree is read once, and what is
// below it is counted once. No tree can refer to itself: it would have to hold its own digest.
// Thread rule: one thread at a time.
#pragma once

#include <holt/archive.hpp>

#include <functional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "archive/holt/brought.h"
#include "archive/holt/content_check.h"
#include "archive/limits/metadata_budget.h"
#include "store/format/snapshot_record.h"

namespace holt::store {

class HoltCheck {
  public:
    /// `shown`: the file, for messages. `archive_bytes` tells how many of it were read.
    HoltCheck(Brought& brought, const ImportOptions& options, std::string shown,
              std::function<std::uint64_t()> archive_bytes)
        : brought_(brought),
          options_(options),
          shown_(std::move(shown)),
          archive_bytes_(std::move(archive_bytes)),
          contents_(brought, options, shown_),
          budget_(options.max_metadata, options.max_ratio, archive_bytes_, shown_) {}

    /// The snapshot's trees, contents and hard links, and that its record's counts are theirs.
    Status check(const SnapshotRecord& record, const std::string& name);

  private:
    /// All that is below a folder, itself not counted; every number saturates.
    struct Weight {
        std::uint64_t entries = 0, files = 0, folders = 0, symlinks = 0, others = 0, hard_links = 0,
                      bytes = 0;
        std::uint64_t written = 0;  ///< of bytes: what is not in chunks of zeros
        std::uint32_t depth = 0;
    };
    /// A tree that was read and found right.
    struct Known {
        Weight weight{};
        std::vector<ChunkRef> chunks{};  ///< the one way in which it is cut
        bool incomplete = false;
    };
    struct Visit {
        TreeEntry folder;
        std::string path;
        std::vector<TreeEntry> subfolders{};
        std::size_t next = 0;
        Weight weight{};
        bool incomplete = false;
        MetadataCharge charge;
    };

    Status walk(const TreeEntry& root);
    Result<Visit> enter(TreeEntry folder, std::string path);
    Status take_known(const TreeEntry& folder, const Known& known, Visit& above,
                      const std::string& path);
    Status leave(Visit& visit);
    Result<Tree> read_tree(const TreeEntry& folder, const std::string& path);
    Result<Weight> weigh(const TreeEntry& entry, const std::string& path);
    std::uint64_t written_bytes(const TreeEntry& file);
    Status admit(const TreeEntry& entry, const std::string& path) const;
    Status check_limits(const Weight& weight, const std::string& path) const;
    Status check_marked(const TreeEntry& folder, bool incomplete, const std::string& path) const;
    static void add(Weight& to, const Weight& below);
    std::unexpected<Error> refuse(const std::string& path, std::string cause,
                                  AdviceText advice) const;

    Brought& brought_;
    const ImportOptions& options_;
    const std::string shown_;
    const std::function<std::uint64_t()> archive_bytes_;
    ContentCheck contents_;
    MetadataBudget budget_;
    std::unordered_map<Digest, Known> known_;
    std::unordered_set<Digest> seen_;         // large chunks of files
    std::unordered_map<Digest, bool> zeros_;  // of those seen twice: whether they are zeros
};

}  // namespace holt::store
