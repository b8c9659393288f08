// What the steps of a repair work on. Thread rule: as repair_store.
#pragma once

#include "store/operation/operation.h"
#include "store/repair/repair_packs.h"

namespace holt::store {

struct KnownSnapshots;

struct Rebuild {
    Operation& op;
    const RepairOptions& options;
    const KnownSnapshots& known;
    PackScan& scan;
    Catalog& catalog;  ///< the new one, which has the packs
};

}  // namespace holt::store
