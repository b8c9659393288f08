// Keeps restores and exports away from stores: nothing is written into a store's own folders, and
// none is removed as an extra of the folder that it lies in. Folders are compared by what they are
// (device and inode), upwards from where they are open, so that symlinks, bind mounts and ".." say
// nothing. Thread rule: pure functions.
#pragma once

#include <optional>
#include <string>

#include "base/error.h"
#include "store/disk/store_folder.h"

namespace holt::store {

/// ErrorKind::usage when the open folder is the folder of a store, or lies in one: `store` (may be
/// null) however it is reached, or any other.
Status refuse_inside_store(int folder, const StoreFolder* store, const char* operation,
                           const std::string& shown);

/// The path from an open folder down to the store; nothing when the store does not lie below it.
Result<std::optional<std::string>> path_to_store(int folder, const StoreFolder& store);

}  // namespace holt::store
