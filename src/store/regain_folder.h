// Lost chunks from a folder or a file: it is read as a snapshot of it would be, and of what comes
// out only what is lost is stored; trees too, where the folder still is what it was.
// Thread rule: as repair_store.
#pragma once

#include <string>

#include "store/disk/store_folder.h"
#include "store/repair/regain.h"

namespace holt::store {

/// The error says why `path` is no place to read from: it is not there, or is the store itself.
Result<ChunkSupply> supply_of_folder(const StoreFolder& folder, const std::string& path);

}  // namespace holt::store
