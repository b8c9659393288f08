// Looks at all of the pool: what is in it, which of its files are not what their names say, and
// which chunks could be had from it when a pack is damaged.
// Thread rule: independent calls may run at once.
#pragma once

#include <functional>
#include <vector>

#include "base/bytes.h"
#include "store/pool/pool.h"

namespace holt::store {

struct PoolCheck {
    std::uint64_t files = 0, bytes = 0;  ///< that were read
    std::uint64_t unreadable = 0;        ///< files of other users that this one may not read
    struct Changed {
        Digest id{};
        Error what;
        bool shared = false;  ///< a restored tree has the changed file too
    };
    std::vector<Changed> changed{};  ///< by id
};

/// Reads `percent` of the pool's files, chosen anew each time, and compares each with its name. No
/// pool: nothing.
Result<PoolCheck> check_pool(const StoreFolder& folder, unsigned percent, const Cancel* cancel);

struct PoolTotals {
    std::uint64_t files = 0, bytes = 0;
    std::uint64_t unused_bytes = 0;  ///< of files that no restored tree shares
};
Result<PoolTotals> count_pool(const StoreFolder& folder);

/// Visits the content of all pool files as a snapshot would cut it into chunks. What cannot be read
/// is passed over. The digest is that of the bytes given, so they need no other proof.
using ChunkVisitor = std::function<Status(const Digest& digest, ByteView bytes)>;
Status visit_pool_chunks(const StoreFolder& folder, const ChunkVisitor& visit);

}  // namespace holt::store
