// The steps of a collection that change something, one after the other (docs/ARCHITECTURE.md has
// the order and why it is safe). Each may be the last: a kill after any of them loses nothing, and
// the next collection goes on there. Thread rule: one thread at a time; one collector for a store.
#pragma once

#include <holt/gc.hpp>

#include <chrono>
#include <set>
#include <vector>

#include "store/catalog/catalog_collect.h"
#include "store/disk/pin.h"
#include "store/gc/mark.h"
#include "store/gc/repack.h"
#include "store/operation/operation.h"

namespace holt::store {

/// When to stop.
class Deadline {
  public:
    explicit Deadline(std::optional<std::chrono::milliseconds> time)
        : end_(time ? std::optional(Clock::now() + *time) : std::nullopt) {}
    bool over() const { return end_ && Clock::now() >= *end_; }
    /// How long to wait for others: no longer than is left.
    fs::LockWait shorten(fs::LockWait wait) const {
        if (!end_) return wait;
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(*end_ - Clock::now());
        wait.timeout = std::clamp(left, std::chrono::milliseconds{0}, wait.timeout);
        return wait;
    }

  private:
    using Clock = std::chrono::steady_clock;
    std::optional<Clock::time_point> end_;
};

/// Packs below this are small; more than so many of them are joined. A store that grows by one file
/// at a time so has at most this many of them after a collection, and joins each byte a few times
/// at most.
inline constexpr std::uint64_t kSmallPack = kPackTarget / 4;
inline constexpr std::size_t kManySmall = 8;

/// What is to be done with the packs that are there.
struct GcPlan {
    std::vector<PackRow> dead;              ///< nothing is needed of them
    std::vector<const PackUse*> rewrite{};  ///< those with the most garbage first
    std::vector<const PackUse*> join{};     ///< small ones, in the order of their making
};
/// `wanted`: bytes that packs may take, if there is a limit: with it also packs with little garbage
/// are rewritten, as far as needed.
GcPlan make_plan(std::span<const PackRow> packs, const Marker& marker,
                 std::optional<std::uint64_t> wanted);

/// The packs that were written with less than this level, those written longest ago first; none
/// that hold nothing to be compressed.
Result<std::vector<const PackUse*>> packs_to_recompress(const StoreFolder& folder, int level,
                                                        std::span<const PackRow> packs,
                                                        const Marker& marker);

/// Removes what this or an earlier collection had begun to delete. The caller holds the collector's
/// lock.
Status finish_deleting(const StoreFolder& folder, Catalog& catalog, const Log& log);

/// One collection at a time: a lock on the folder of the epochs, which only a collector changes.
Result<fs::FileLock> lock_collector(const StoreFolder& folder, const fs::LockWait& wait);

class Collector {
  public:
    Collector(const Operation& op, Catalog& catalog, Pin& pin, Deadline deadline, GcReport& report)
        : folder_(op.store),
          catalog_(catalog),
          changes_(catalog),
          pin_(pin),
          wait_(op.wait()),
          deadline_(deadline),
          log_(op.log),
          report_(report) {}

    /// Condemns packs that nothing needs, seen together with the snapshots that came since they
    /// were marked; forgotten snapshots cannot be brought back any more. `marker` has marked all
    /// but those, so that little is left to be walked under the catalog's lock.
    Status condemn_dead(Marker& marker);
    /// Packs that nobody knows of, to be removed when their writers are gone. Before a wait.
    Status look_for_unknown();
    /// Waits for all who may need what is condemned, and deletes it; what somebody may still need
    /// is left to the next collection.
    Status delete_condemned();
    /// Rewrites some packs: their content is copied, the catalog is told, they are condemned.
    /// `level`: as Repacker has it.
    Status rewrite(Marker& marker, std::span<const PackUse* const> packs, int level = 0);
    /// The last step of it: the catalog is told where the content of `packs` lies now, and those
    /// that no snapshot which came meanwhile needs more of are condemned.
    Status commit_rewritten(Marker& marker, Repacker& repacker,
                            std::span<const PackUse* const> packs);

  private:
    Result<bool> wait_for_others();
    Status mark_what_came(Marker& marker);

    const StoreFolder& folder_;
    Catalog& catalog_;
    CatalogCollector changes_;
    Pin& pin_;
    fs::LockWait wait_;
    Deadline deadline_;
    Log log_;
    GcReport& report_;
    std::vector<Digest> unknown_;
};

}  // namespace holt::store
