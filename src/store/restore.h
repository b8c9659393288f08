// Restores a snapshot, or a part of one. The steps are in restore.cpp.
// Thread rule: independent calls may run at once, on catalogs of their own.
#pragma once

#include <holt/store.hpp>

#include <span>
#include <string>

#include "store/catalog/catalog.h"
#include "store/disk/store_folder.h"

namespace holt::store {

/// Of an entry of several folders: where each of them is restored to, as they may name each other.
struct RestoreTerms {
    std::span<const std::string> folders{};
};

/// `snap` is SNAP or SNAP:SUB. `open` says whether the store may be written, to remember the
/// folder.
Result<RestoreReport> restore_snapshot(const StoreFolder& folder, Catalog& catalog,
                                       const std::string& snap, const std::string& destination,
                                       const RestoreOptions& options, const OpenOptions& open,
                                       Observer& observer, const RestoreTerms& terms = {});

/// Whether restore_snapshot would find that its files cannot be moved to where they are wanted:
/// nothing is written. Each such file is noted.
Status check_restore(const StoreFolder& folder, Catalog& catalog, const std::string& snap,
                     const std::string& destination, const RestoreOptions& options,
                     Observer& observer, const RestoreTerms& terms);

}  // namespace holt::store
