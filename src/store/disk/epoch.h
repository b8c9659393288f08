// Epochs: how a collector knows that nobody reads any more what it is about to delete.
//
//   epochs/current    the epoch that begins now; a reader holds a shared lock on it (flock) for as
//                     long as it reads, which also a store that cannot be written to allows
//   epochs/<random>   one that has ended: another name of what was `current`, kept until all of its
//                     readers are gone
//
// A collector condemns packs, starts a new epoch, and waits for the readers of those before: who
// comes later reads a catalog in which nothing needs these packs. An old epoch has a name for as
// long as it may have readers, so a collector that was killed leaves none behind that the next does
// not know. Thread rule: independent calls from any thread; one collector at a time.
#pragma once

#include "fs/lock.h"
#include "store/disk/store_folder.h"

namespace holt::store {

/// The lock of a reader. Not held, and no error, where the store has no epochs.
Result<fs::FileLock> enter_epoch(const StoreFolder& folder);

/// Ends the current epoch.
Status start_epoch(const StoreFolder& folder);

/// Waits until nobody reads in an epoch that has ended. `busy` names one who does.
Status wait_for_old_readers(const StoreFolder& folder, const fs::LockWait& wait);

}  // namespace holt::store
