// Entries of one folder that wait, encoded: a million of them take a tenth of the memory that they
// would take as they are. What no tree stores of an entry (moved_to) is lost. Fewer than a part has
// are not encoded before seal(). Thread rule: a value.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>

#include "base/bytes.h"
#include "base/error.h"
#include "store/format/tree.h"

namespace holt::store {

class PackedEntries {
  public:
    /// In the order of their names.
    void add(TreeEntry entry);
    /// No more come.
    void seal() { pack(); }
    bool empty() const noexcept {
        return parts_.empty() && open_.empty() && first_at_ == first_.size();
    }
    /// Once sealed: the entries in their order.
    Status for_each(const std::function<Status(const TreeEntry&)>& visit) const;

    /// The first of those that were not dropped: may be moved from, and is valid until the next
    /// call; null when there is none. All were added.
    Result<TreeEntry*> first();
    void drop_first() noexcept { ++first_at_; }

  private:
    static constexpr std::size_t kPart = 256;  // so many are decoded at once

    void pack();

    Tree first_;  // what is being taken
    std::size_t first_at_ = 0;
    std::deque<Bytes> parts_;  // each a tree
    Tree open_;
};

}  // namespace holt::store
