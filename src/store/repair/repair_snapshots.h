// Which snapshots a repair keeps: those that the catalog or the marks know as committed, never one
// that only a pack speaks of. Thread rule: as repair_store.
#pragma once

#include <holt/store.hpp>

#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "fs/lock.h"
#include "store/catalog/catalog.h"
#include "store/operation/reporter.h"
#include "store/repair/rebuild.h"
#include "store/repair/regain.h"
#include "store/repair/repair_packs.h"

namespace holt::store {

/// What was known before the repair.
struct KnownSnapshots {
    struct Snapshot {
        Digest id{};
        std::string name{};
        bool in_catalog = false;
    };
    std::vector<Snapshot> acknowledged{};    ///< in the order of their commits
    std::unordered_set<Digest> forgotten{};  ///< by the marks
    std::vector<SpareRecord> records{};      ///< that the catalog has
    std::vector<Digest> packs{};             ///< that the catalog has
    /// What `tag` has set: as the catalog has it, or else the marks.
    std::unordered_map<Digest, std::string> labels{};
    std::optional<Error> catalog_problem{};  ///< nothing: it is whole
    std::optional<Error> marks_problem{};    ///< nothing: they are whole
    bool marks_readable = false;             ///< at least some of them
};

/// Reads the old catalog and the marks, as far as they can be believed.
Result<KnownSnapshots> know_snapshots(const StoreFolder& folder, const fs::LockWait& wait);

/// `corrupt` when nothing says which snapshots were committed.
Status refuse_to_guess(const KnownSnapshots& known, const StoreFolder& folder,
                       const RepairOptions& options);

/// What the snapshots that are to be kept need and no pack has.
Result<LostChunks> find_lost(const Rebuild& rebuild);

/// Puts the snapshots into the new catalog, which has the packs. What is lost goes into the report.
struct AddedSnapshots {
    std::vector<Mark> marks{};              ///< of what is there, and what was forgotten
    std::unordered_set<Digest> complete{};  ///< can be restored in full
};
Result<AddedSnapshots> add_snapshots(const Rebuild& rebuild, RepairReport& report);

/// After that, where the old catalog is lost: the labels that the marks have.
Status put_labels(const KnownSnapshots& known, const AddedSnapshots& added, Catalog& catalog);

/// Takes over spaces and stat records from the old catalog, as far as it can be read, and from
/// spaces/.
Status take_over_spaces(const StoreFolder& folder, const fs::LockWait& wait,
                        const std::unordered_set<Digest>& complete, Catalog& catalog);

}  // namespace holt::store
