// Compares two trees, entry by entry, in the order of their names.
// Thread rule: one thread at a time.
#pragma once

#include <holt/store.hpp>

#include "store/tree_view.h"

namespace holt::store {

enum class Owners : std::uint8_t { compare, ignore };

Result<DiffReport> diff_trees(TreeView& a, TreeView& b, Owners owners,
                              const Store::DiffVisitor& visit);

}  // namespace holt::store
