// Entries of one folder that wait until all files are written, encoded: a million symlinks take a
// tenth of the memory that they would take as they are. Thread rule: a value.
#pragma once

#include <functional>
#include <vector>

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
    bool empty() const noexcept { return parts_.empty() && open_.empty(); }
    /// Once sealed: the entries in their order.
    Status for_each(const std::function<Status(const TreeEntry&)>& visit) const;

  private:
    static constexpr std::size_t kPart = 256;  // so many are decoded at once

    void pack();

    Tree open_;
    std::vector<Bytes> parts_;  // each a tree
};

}  // namespace holt::store
