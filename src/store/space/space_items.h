// What is to be done in one folder of a space, with the entries that it is about: in slices, as a
// folder may have a million items. Thread rule: one thread at a time.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "store/content/tree_cursor.h"
#include "store/space/space_check.h"

namespace holt::store {

class SpaceItems {
  public:
    /// `folder` stays where it is. `move`: as in MendInput.
    SpaceItems(ChunkReader& reader, const OwnerRule& owners, const Move* move,
               const SpaceFolder& folder)
        : reader_(reader), owners_(owners), move_(move), folder_(folder) {}

    /// Goes on to the next slice; false behind the last.
    Result<bool> next();
    std::span<const SpaceItem> items() const noexcept { return items_; }
    /// What the items shall be, one each; may be moved from.
    std::vector<TreeEntry>& entries() noexcept { return entries_; }

  private:
    ChunkReader& reader_;
    const OwnerRule& owners_;
    const Move* move_;
    const SpaceFolder& folder_;
    std::size_t at_ = 0;  // in the folder's items: behind the slice
    std::optional<TreeCursor> cursor_;
    std::size_t read_ = 0;  // entries of the tree
    std::span<const SpaceItem> items_;
    std::vector<TreeEntry> entries_;
};

}  // namespace holt::store
