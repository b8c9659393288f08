// A folder that a walk knows (fs/walk/walk.cpp). Thread rule: as each field says.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>

#include "base/error.h"
#include "fs/folder.h"
#include "fs/stat.h"
#include "fs/walk/list_parallel.h"

namespace holt::fs {

using SharedFd = std::shared_ptr<const UniqueFd>;

/// One that `further` is in is no folder: it stands for the next of its parent's subfolders.
struct WalkNode {
    // Written before the node is shared.
    std::shared_ptr<WalkNode> parent;
    std::string name;
    std::size_t depth = 0;
    std::unique_ptr<LongListingReader> further;  // those are to be read here
    std::size_t further_count = 0;               // and are so many
    // Written by the thread that lists, read by others once it is done.
    FileStat stat;
    Listing listing;
    std::shared_ptr<const LongListing> many;  // in place of listing.entries
    std::optional<Error> error;
    bool other_file_system = false;
    // Under the walk's mutex.
    enum class Stage : std::uint8_t { waiting, queued, listing, done } stage = Stage::waiting;
    bool delivered = false;
    SharedFd fd;
    std::size_t unopened = 0;  // subfolders that still need our descriptor

    // Takes a chain of parents apart without recursion: it may be as long as the tree is deep.
    ~WalkNode() {
        while (parent && parent.use_count() == 1) {
            auto above = std::move(parent->parent);
            parent = std::move(above);
        }
    }
};
using NodePtr = std::shared_ptr<WalkNode>;

/// The names from below `top` (null: from below the root) to `node`, joined by '/'.
std::string path_below(const WalkNode* top, const WalkNode& node);

/// As memory counts: of a long listing an entry takes a part of what others take.
std::size_t entry_count(const WalkNode& node) noexcept;

/// Nodes for the subfolders of a folder that was just read, and is not shared yet; of very many
/// one that stands for all.
std::list<NodePtr> subfolders_of(const NodePtr& node);

/// Nodes for the next of the subfolders that `rest` stands for, at most `most`; none when it has
/// given all.
std::list<NodePtr> next_of(WalkNode& rest, std::size_t most);

}  // namespace holt::fs
