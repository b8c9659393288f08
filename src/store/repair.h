// Rebuilds the catalog from the packs, and puts damaged packs aside. The steps are in repair.cpp.
// Thread rule: excludes every other writer of the store, in all processes, for as long as it runs.
#pragma once

#include <span>

#include "store/operation/operation.h"
#include "store/repair/regain.h"

namespace holt::store {

/// `supplies`: where lost chunks may be had besides the pool, asked in this order.
Result<RepairReport> repair_store(Operation& op, const RepairOptions& options,
                                  std::span<const ChunkSupply> supplies);

}  // namespace holt::store
