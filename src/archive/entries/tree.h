// The tree that an archive describes, put together in memory from entries in any order, and what of
// an archive is refused.
//
// A tar may name a file before its folder, so no tree can be encoded before the end. An entry is
// held in about 100 bytes and its name: 10 million of them, the limit unless told otherwise, in
// 1.3 GB, a million in 130 MB. Folders that the archive does not have are made with mode 0755,
// owner 0 and time 0. Contents are not held here, but numbered.
//
// Refused (unsafe_input unless said): absolute paths, "..", names that no file can have, over
// `max_depth` levels, a path that is there already (but a folder that was only needed so far; and
// where the format has it that the last one wins, one of the same kind), anything below what is no
// folder, hard links to what is not an earlier entry that is no folder; the owner 4294967295, which
// chown would take for "leave it"; more than `max_entries`, and more memory than the budget has
// (no_space). What is replaced keeps its content for the hard links that were made to it before.
// Thread rule: one thread at a time.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include <holt/digest.hpp>
#include "archive/entries/entry.h"
#include "archive/limits/metadata_budget.h"

namespace holt::store {

/// What the same path twice, both times of one kind, means.
enum class SamePath : std::uint8_t { refuse, last_wins };

struct ArchiveTreeLimits {
    std::uint64_t max_entries = 10'000'000;
    std::uint32_t max_depth = 1024;  ///< components of a path
    SamePath same_path = SamePath::refuse;
};

class ArchiveTree {
  public:
    using Index = std::uint32_t;  // of a node
    static constexpr Index kRoot = 0;
    static constexpr std::uint32_t kNone = ~std::uint32_t{0};

    struct Node {
        const char* name = nullptr;
        Time mtime{};
        Index parent = kNone;
        std::uint32_t uid = 0, gid = 0;
        /// The number of its inode among those of its kind. File: of its content; symlink: of its
        /// target.
        std::uint32_t detail = kNone;
        std::uint32_t extra = kNone;  ///< number of its attributes and holes
        std::uint16_t mode = 0;
        std::uint8_t name_size = 0;
        fs::Kind kind = fs::Kind::folder;
        bool implied = false;  ///< a folder that no entry described yet

        std::string_view name_view() const noexcept { return {name, name_size}; }
    };
    struct Extra {
        fs::Xattrs xattrs{};
        std::vector<fs::Range> holes{};
    };

    /// `shown`: the archive, for messages. `budget` outlives the tree.
    ArchiveTree(ArchiveTreeLimits limits, MetadataBudget& budget, std::string shown);

    /// What became of an entry.
    struct Added {
        Index node = kNone;
        std::uint32_t content =
            kNone;              ///< of a file: its content is to be read and has this number
        bool replaced = false;  ///< the path was there, and this is what counts now
    };
    /// Devices cannot be added: the caller leaves them out, with left_out().
    Result<Added> add(ArchiveEntry&& entry);
    /// Nothing at this path was added; hard links to it have nothing to be linked to.
    Status left_out(const std::string& path);
    /// True for a hard link to what was left out.
    bool links_to_left_out(const ArchiveEntry& entry) const;

    const std::vector<Node>& nodes() const noexcept { return nodes_; }
    /// The node that a file's content came with; further names are hard links to it.
    Index first_of(std::uint32_t content) const noexcept { return contents_[content]; }
    /// Inodes of a kind: further names are hard links to the first.
    std::size_t inode_count(fs::Kind kind) const noexcept {
        if (kind == fs::Kind::file) return contents_.size();
        return kind == fs::Kind::symlink ? targets_.size() : kind == fs::Kind::fifo ? fifos_ : 0;
    }
    const std::string& target(const Node& node) const noexcept { return targets_[node.detail]; }
    /// Null when it has neither attributes nor holes.
    const Extra* extra(const Node& node) const noexcept {
        return node.extra == kNone ? nullptr : &extras_[node.extra];
    }
    /// The path of a node from the root; "" is the root.
    std::string path(Index node) const;

  private:
    struct Walked {
        Index parent = kRoot;
        std::string_view name{};  // empty: the path means the root
    };
    /// Finds, or makes, the folders above the last component.
    enum class Missing : std::uint8_t { make, refuse };
    Status step_into(Walked& at, Missing missing, const std::string& path);
    Result<Walked> walk(std::string_view path, Missing missing);
    Result<Index> find_target(const ArchiveEntry& entry);
    Result<std::uint32_t> keep_extra(Extra extra);
    Status check_replaced(const ArchiveEntry& entry, Index index, Index target) const;
    Status settle(ArchiveEntry& entry, Index index, Index target, Added& added);
    Result<Index> make(Index parent, std::string_view name, const std::string& path);
    Index find(Index parent, std::string_view name) const noexcept;
    void insert(Index node);
    void grow();
    std::size_t slot(Index parent, std::string_view name) const noexcept;
    const char* keep_name(std::string_view name);
    std::unexpected<Error> refuse(const std::string& path, std::string cause) const;

    const ArchiveTreeLimits limits_;
    MetadataBudget& budget_;
    const std::string shown_;
    std::vector<Node> nodes_;
    std::vector<Index> contents_;
    std::deque<std::string> targets_;
    std::uint32_t fifos_ = 0;
    std::deque<Extra> extras_;
    std::unordered_map<Digest, std::uint32_t> extra_numbers_;  // the same ones are kept once
    std::unordered_set<std::string> left_out_;
    // Names, one after the other, in pieces that stay where they are.
    std::vector<std::unique_ptr<char[]>> names_;
    std::size_t names_used_ = 0;
    // Open addressing, at most two thirds full. Salted, so that no archive can make it slow.
    std::vector<Index> table_;
    std::array<std::uint8_t, 16> salt_{};
    // Neighbours in an archive lie in the same folder.
    std::string last_folder_;  // with the slash behind it; empty: none
    Index last_node_ = kRoot;
    std::uint32_t last_depth_ = 0;
};

}  // namespace holt::store
