// What killed processes leave in a store beside packs and pool: files under tmp/ and pins/. Swept
// by whoever writes next; counted by `stats`. Thread rule: independent calls from any thread.
#pragma once

#include <cstdint>

#include "store/disk/store_folder.h"

namespace holt::store {

/// Removes the temporaries and the pins of dead processes. The caller holds the lock on pins/ that
/// keeps a repair away, or is one.
Status sweep_leftovers(const StoreFolder& folder);

struct FileTotals {
    std::uint64_t files = 0, bytes = 0;
};
/// The regular files right in a part of the store; none when it is not there. Writes nothing.
Result<FileTotals> count_files(const StoreFolder& folder, const std::string& part);

}  // namespace holt::store
