// Checks a store: packs byte for byte, the catalog against them, and that every snapshot has all it
// needs. The steps are in verify.cpp. Thread rule: independent calls, on catalogs of their own.
#pragma once

#include <holt/store.hpp>

#include "store/catalog/catalog.h"
#include "store/disk/store_folder.h"

namespace holt::store {

/// `access`: with read_write a check of a share remembers where it ended.
Result<VerifyReport> verify_store(const StoreFolder& folder, Access access, Catalog& catalog,
                                  const std::vector<std::string>& snaps,
                                  const VerifyOptions& options, Observer& observer);

}  // namespace holt::store
