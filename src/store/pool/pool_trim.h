// Makes the pool smaller. Thread rule: independent calls from any thread and process.
#pragma once

#include <cstdint>

#include "store/pool/pool.h"

namespace holt::store {

enum class PoolTrim : std::uint8_t { remove, only_tell };

/// Which files count, and may go: all, or those that no restored tree shares. Removing a shared one
/// frees nothing.
enum class PoolFiles : std::uint8_t { all, unshared };

struct PoolTrimmed {
    std::uint64_t files = 0, bytes = 0;  ///< removed from the pool
};

/// Removes files, those linked longest ago first, until the rest takes at most `bytes`. A restored
/// tree that has one keeps it. No pool: nothing.
Result<PoolTrimmed> trim_pool(const StoreFolder& folder, std::uint64_t bytes, PoolTrim what,
                              PoolFiles which = PoolFiles::all);

/// About how many bytes the pool has, from a small part of it: names are digests, so that each part
/// is like the others.
Result<std::uint64_t> estimate_pool(const StoreFolder& folder, PoolFiles which);

/// Keeps the pool from growing without end: looks at a part of it, and at all when that has more
/// than `bytes` would allow; then trims it to three quarters, so that it is not done again at once.
Result<PoolTrimmed> bound_pool(const StoreFolder& folder, std::uint64_t bytes, PoolFiles which);

}  // namespace holt::store
