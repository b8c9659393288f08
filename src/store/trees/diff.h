// Compares two trees, entry by entry, in the order of their names.
// Thread rule: one thread at a time.
#pragma once

#include <holt/store.hpp>

#include "store/operation/operation.h"
#include "store/trees/difference.h"
#include "store/trees/selection.h"
#include "store/trees/tree_view.h"

namespace holt::store {

/// Tells differences to who wants them, and counts them.
class DiffTally {
  public:
    explicit DiffTally(const Store::DiffVisitor& visit) : visit_(visit) {}
    Visit tell(const DiffEntry& entry);
    DiffReport report{};

  private:
    const Store::DiffVisitor& visit_;
};

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
