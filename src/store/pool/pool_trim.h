// Makes the pool smaller. Thread rule: independent calls from any thread and process.
#pragma once

#include <cstdint>

#include "store/pool/pool.h"

namespace holt::store {

enum class PoolTrim : std::uint8_t { remove, only_tell };

struct PoolTrimmed {
    std::uint64_t files = 0, bytes = 0;  ///< removed from the pool
};

/// Removes files, those linked longest ago first, until the rest takes at most `bytes`. A restored
/// tree that has one keeps it. No pool: nothing.
Result<PoolTrimmed> trim_pool(const StoreFolder& folder, std::uint64_t bytes, PoolTrim what);

}  // namespace holt::store
