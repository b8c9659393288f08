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
#include "store/trees/selection.h"

namespace holt::store {

class EntryWalk {
  public:
    /// What is not selected does not come; `selection` was looked into, and outlives this.
    EntryWalk(ChunkReader& reader, TreeEntry root, const Selection& selection)
        : reader_(reader), selection_(selection) {
        to_visit_.push_back({std::move(root), ""});
    }

    struct Step {
        TreeEntry* entry =
            nullptr;         ///< null behind the last; may be moved from, if it is no folder
        std::string path{};  ///< from the root; "" is the root
    };
    /// What comes next; valid until the call after.
    Result<Step> next();

  private:
    struct Visit {
        TreeEntry folder;
        std::string path;
    };

    ChunkReader& reader_;
    const Selection& selection_;
    std::vector<Visit> to_visit_;  // a stack
    // The folder at hand.
    Visit at_{};
    std::optional<TreeCursor> entries_;
    std::optional<Selection::Folder> here_;
    std::size_t below_ = 0;  // where its subfolders begin in the stack
};

}  // namespace holt::store
