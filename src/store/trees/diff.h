// Compares two trees, entry by entry, in the order of their names.
// Thread rule: one thread at a time.
#pragma once

#include <holt/store.hpp>

#include <optional>
#include <string>

#include "store/operation/reporter.h"
#include "store/trees/selection.h"
#include "store/trees/tree_view.h"

namespace holt::store {

enum class Owners : std::uint8_t { compare, ignore };

/// What became of the entry `a` when it is `b` now; nothing when they are equal.
std::optional<DiffEntry> describe_difference(const TreeEntry& a, const TreeEntry& b,
                                             const std::string& path, Owners owners);

/// Of what is selected. Against a folder on disk, attributes are compared as far as this process is
/// shown them; what it is not shown is told to `reporter`. `cancel` may be null.
Result<DiffReport> diff_trees(TreeView& a, TreeView& b, Owners owners, const Selection& selection,
                              const Cancel* cancel, const Store::DiffVisitor& visit,
                              Reporter& reporter);

}  // namespace holt::store
