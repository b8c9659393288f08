// TreeWalk: every folder of a tree, in one fixed order, listed ahead by several threads.
//
// Folders come in preorder: a folder with its own listing, then its subfolders in order of their
// names' bytes, whatever the number of threads. The folders known to come next, and parts of a very
// large one, are listed through the caller's Executor, within a window, so memory stays bounded. A
// folder is opened relative to its parent; parents that must be closed because descriptors are few
// are reopened component by component from the root and checked to be the same inode, so any depth
// works with any `ulimit -n`. Nothing here is recursive. Thread rule: next() from one thread. The
// executor's threads list; with none, next() lists itself.
//
// Of the subfolders of a very large folder only the next ones are known to the walk one by one; the
// others wait in its LongListing.
#pragma once

#include <cstddef>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/unique_fd.h"
#include "fs/executor.h"
#include "fs/folder.h"
#include "fs/stat.h"
#include "fs/walk/list_parallel.h"

namespace holt::fs {

struct WalkOptions {
    bool one_file_system = false;         ///< folders of other file systems are given as empty
    std::size_t folders_ahead = 64;       ///< how many folders are listed before they are asked for
    std::size_t entries_ahead = 100'000;  ///< and how many entries these may hold together
    /// Descriptors held here at most; also at most a third of ulimit -n.
    std::size_t open_folders = 512;
    /// A folder with more names than this is given as a LongListing.
    std::size_t most_entries = std::numeric_limits<std::size_t>::max();
    std::size_t max_depth = 1024;  ///< the root is depth 0; deeper folders give an error
    /// What is left out: called once for each entry, with the path relative to the root. False
    /// drops the entry (and what is below it). Called from the executor's threads, several at once.
    std::function<bool(const std::string& path, const DirEntry& entry)> keep{};
    /// Sees each folder's sorted names before these are looked at, may drop some, and gives what
    /// decides about each of the others before `keep` does, or nothing: for what files in the
    /// folder itself say. A folder comes after the one above it; otherwise as `keep`.
    using KeepEntry = std::function<bool(const DirEntry& entry)>;
    std::function<KeepEntry(const std::string& path, int folder, std::vector<std::string>& names)>
        prune{};
};

/// One folder of the walk.
struct WalkFolder {
    std::string path;       ///< relative to the root, bytes; "" is the root, else "a/b"
    std::size_t depth = 0;  ///< of the root: 0
    FileStat stat;  ///< from fstat on the descriptor; with an error perhaps as it was listed
    /// Open for as long as anyone holds it: for openat of its files. Null when `error` is set.
    std::shared_ptr<const UniqueFd> fd;
    std::vector<DirEntry> entries;              ///< sorted; includes subfolders
    std::shared_ptr<const LongListing> many{};  ///< in place of `entries`, of one with many names
    std::vector<EntryError> errors;             ///< entries that could not be looked at
    std::optional<Error> error{};  ///< the folder could not be opened or listed: no entries
    bool made_up = false;  ///< by the caller, for a folder that is on no disk: `fd` is where its
                           ///< entries are, `stat` what it shall be
    bool other_file_system = false;  ///< given as empty because of one_file_system
};

class TreeWalk {
  public:
    /// `root` is an open folder; `shown` its path for messages. No executor: all in next().
    TreeWalk(UniqueFd root, std::string shown, WalkOptions options = {}, Executor executor = {});
    /// Waits for the listings that run now.
    ~TreeWalk();
    TreeWalk(const TreeWalk&) = delete;
    TreeWalk& operator=(const TreeWalk&) = delete;

    /// The next folder; nothing when the tree is done.
    std::optional<WalkFolder> next();

  private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace holt::fs
