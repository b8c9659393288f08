// The entries of a stored tree in the order of a snapshot's walk: a folder, then its entries by
// name, then its subfolders with all that is below them. So the first name of a file comes before
// its further names, and content in the order that it was stored in.
//
// A folder's entries come while its tree is read (tree_cursor.h). Thread rule: one thread at a
// time.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "store/content/tree_cursor.h"
#include "store/format/folders_below.h"
#include "store/trees/selection.h"

namespace holt::store {

class EntryWalk {
  public:
    /// What is not selected does not come; `selection` was looked into, and outlives this.
    EntryWalk(ChunkReader& reader, TreeEntry root, const Selection& selection)
        : reader_(reader), selection_(selection), root_(std::move(root)) {}

    struct Step {
        TreeEntry* entry =
            nullptr;         ///< null behind the last; may be moved from, if it is no folder
        std::string path{};  ///< from the root; "" is the root
    };
    /// What comes next; valid until the call after.
    Result<Step> next();

  private:
    ChunkReader& reader_;
    const Selection& selection_;
    std::optional<TreeEntry> root_;  // until it is visited
    FoldersBelow to_visit_;
    // The folder at hand.
    TreeEntry folder_;
    std::string path_;
    PackedEntries below_;  // its subfolders
    std::optional<TreeCursor> entries_;
    std::optional<Selection::Folder> here_;
};

}  // namespace holt::store
