// Checks a store: packs byte for byte, the catalog against them, and that every snapshot has all it
// needs. The steps are in verify.cpp. Thread rule: independent calls, on catalogs of their own.
#pragma once

#include <string>
#include <vector>

#include "store/catalog/catalog.h"
#include "store/operation/operation.h"

namespace holt::store {

/// No `snaps`: everything. Where the store may be written, a check of a share remembers where it
/// ended.
Result<VerifyReport> verify_store(Operation& op, Catalog& catalog,
                                  const std::vector<std::string>& snaps,
                                  const VerifyOptions& options);

}  // namespace holt::store
