// Compares two trees, entry by entry, in the order of their names.
// Thread rule: one thread at a time.
#pragma once

#include <holt/store.hpp>

#include <optional>
#include <string>

#include "store/operation/operation.h"
#include "store/trees/selection.h"
#include "store/trees/tree_view.h"

namespace holt::store {

enum class Owners : std::uint8_t { compare, ignore };

/// What became of the entry `a` when it is `b` now; nothing when they are equal.
std::optional<DiffEntry> describe_difference(const TreeEntry& a, const TreeEntry& b,
                                             const std::string& path, Owners owners);

/// What is compared.
struct DiffRules {
    Owners owners = Owners::compare;
    const Selection& selection;
};

/// Against a folder on disk, attributes are compared as far as this process is shown them; what it
/// is not shown is told to the reporter.
Result<DiffReport> diff_trees(Operation& op, TreeView& a, TreeView& b, const DiffRules& rules,
                              const Store::DiffVisitor& visit);

}  // namespace holt::store
