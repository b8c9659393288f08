// What a repair does with packs: read them all, keep what is whole in damaged ones, tell what no
// pack has any more, and put the damaged ones aside. Thread rule: as repair_store.
#pragma once

#include <holt/store.hpp>

#include <span>
#include <unordered_set>
#include <vector>

#include "store/catalog/catalog.h"
#include "store/format/tree.h"
#include "store/operation/log.h"
#include "store/operation/reporter.h"
#include "store/pack/pack_check.h"
#include "store/pack/pack_sink.h"

namespace holt::store {

struct PackScan {
    std::vector<NewPack> whole{};         ///< packs that stay as they are, and new ones
    std::vector<PackCheck> damaged{};     ///< packs to be put aside, with what is wrong
    std::unordered_set<Digest> chunks{};  ///< of all packs that are whole
};

/// Every pack, byte for byte, in parallel.
Result<PackScan> scan_packs(const StoreFolder& folder, const Cancel* cancel, Reporter& reporter);

/// A snapshot's record as it is encoded, to be stored when no pack has it whole any more. Without
/// the tree of its root there is nothing to be kept: such a snapshot is lost.
struct SpareRecord {
    Digest id{};
    Bytes encoded{};
    std::vector<ChunkRef> root{};  ///< the root's tree
};

/// Copies the blocks of damaged packs that are whole, as they are stored, into new packs. Returns
/// how many chunks that saved.
Result<std::uint64_t> salvage_blocks(const StoreFolder& folder, PackScan& scan, const Log& log);

/// Stores the spare records that no pack has. How many.
Result<std::uint64_t> salvage_records(const StoreFolder& folder, PackScan& scan,
                                      std::span<const SpareRecord> spare, const Log& log);

/// After all that: what the damaged packs' footers promise, snapshots need, and nothing has.
struct LostChunks;
void report_lost_chunks(const PackScan& scan, const LostChunks& lost, RepairReport& report);

/// Moves the damaged packs to quarantine/.
Status put_aside(const StoreFolder& folder, const PackScan& scan, const Log& log,
                 RepairReport& report);

}  // namespace holt::store
