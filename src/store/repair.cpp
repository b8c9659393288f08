#include "store/repair.h"

#include <utility>

#include "store/catalog/catalog.h"
#include "store/disk/leftovers.h"
#include "store/disk/pin.h"
#include "store/format/marks_file.h"
#include "store/pool/pool_check.h"
#include "store/repair/repair_packs.h"
#include "store/repair/repair_snapshots.h"

namespace holt::store {
namespace {

// What a program changed through a tree that shares it, or a power cut tore. The pool is a cache:
// it is made anew.
Result<std::uint64_t> remove_changed_pool_files(const StoreFolder& folder, const Cancel* cancel,
                                                const Log& log) {
    HOLT_TRY_LET(check, check_pool(folder, 100, cancel));
    if (check.changed.empty()) return 0;
    HOLT_TRY_LET(pool, Pool::open(folder, Access::read_write));
    std::uint64_t removed = 0;
    for (const PoolCheck::Changed& changed : check.changed) {
        // One that stays is found again by whoever wants to use it.
        const Status gone = pool.remove(changed.id);
        removed += gone ? 1 : 0;
        log->warn("{} the pool: {}", gone ? "removed from" : "left in", changed.what.message());
    }
    return removed;
}

// Marks that are damaged say something only together with a whole catalog.
void tell_about_marks(const KnownSnapshots& known, Reporter& reporter, RepairReport& report) {
    if (!known.marks_problem) return;
    Error error = *known.marks_problem;
    if (known.catalog_problem) {
        advise(error, Advice::recover_unacknowledged);
        report.damage.push_back({std::move(error), {}});
        return;
    }
    advise(error, "it was written anew from the catalog");
    reporter.warn(error);
}

// Makes packs known to the new catalog as they come to be.
class PackAdder {
  public:
    PackAdder(Catalog& catalog, const PackScan& scan) : catalog_(catalog), scan_(scan) {}
    Status add_new() {
        for (; added_ < scan_.whole.size(); ++added_)
            HOLT_TRY(catalog_.add_pack(scan_.whole[added_]));
        return {};
    }

  private:
    Catalog& catalog_;
    const PackScan& scan_;
    std::size_t added_ = 0;
};

// Asks the pool, and then each supply in turn, for as long as something is lost.
Status regain(const Rebuild& rebuild, std::span<const ChunkSupply> supplies, PackAdder& packs,
              RepairReport& report) {
    auto& [op, options, known, scan, catalog] = rebuild;
    HOLT_TRY_LET(lost, find_lost(rebuild));
    std::vector<ChunkSupply> all{supply_of_pool(op.store)};
    all.insert(all.end(), supplies.begin(), supplies.end());
    for (std::size_t i = 0; i < all.size() && !lost.none(); ++i) {
        ChunkTaker taker(op.store, lost, scan, op.log);
        HOLT_TRY(all[i].offer(op, catalog, taker));
        HOLT_TRY_LET(taken, taker.finish());
        op.log->info("{} had {} of the lost chunks", all[i].name, taken);
        (i == 0 ? report.salvaged_chunks : report.regained_chunks) += taken;
        if (taken == 0) continue;
        // A tree that was found names more.
        HOLT_TRY(packs.add_new());
        HOLT_TRY_LET(left, find_lost(rebuild));
        lost = std::move(left);
    }
    report_lost_chunks(scan, lost, report);
    return {};
}

}  // namespace

Result<RepairReport> repair_store(Operation& op, const RepairOptions& options,
                                  std::span<const ChunkSupply> supplies) {
    const StoreFolder& folder = op.store;
    RepairReport report;

    // 1. Nobody else writes from here on. What was known of snapshots decides which are kept.
    const fs::LockWait wait = op.wait();
    HOLT_TRY_LET(alone, Pin::exclude_writers(folder, wait));
    HOLT_TRY_LET(known, know_snapshots(folder, wait));
    if (known.catalog_problem)
        op.log->info("the catalog cannot be believed: {}", known.catalog_problem->message());
    HOLT_TRY(refuse_to_guess(known, folder, options));
    HOLT_TRY(sweep_leftovers(folder));

    // 2. Read every pack; what is whole in a damaged one goes into a new one.
    HOLT_TRY_LET(pool_removed, remove_changed_pool_files(folder, op.cancel, op.log));
    report.pool_removed = pool_removed;
    HOLT_TRY_LET(scan, scan_packs(folder, op.cancel, op.reporter));
    HOLT_TRY_LET(salvaged, salvage_blocks(folder, scan, op.log));
    report.salvaged_chunks = salvaged;

    // 3. A new catalog beside the old one, with all packs; and what is lost is taken again from
    // wherever it is.
    HOLT_TRY_LET(catalog, Catalog::create_beside(folder, wait));
    HOLT_TRY(catalog.begin_rebuild());
    PackAdder packs(catalog, scan);
    HOLT_TRY(packs.add_new());
    const Rebuild rebuild{op, options, known, scan, catalog};
    HOLT_TRY(regain(rebuild, supplies, packs, report));
    HOLT_TRY_LET(records, salvage_records(folder, scan, known.records, op.log));
    report.salvaged_chunks += records;
    HOLT_TRY(packs.add_new());
    report.packs = scan.whole.size();

    // 4. The snapshots, and what is known of restored folders.
    HOLT_TRY_LET(added, add_snapshots(rebuild, report));
    HOLT_TRY(take_over_spaces(folder, wait, added.complete, catalog));
    HOLT_TRY(put_labels(known, added, catalog));
    tell_about_marks(known, op.reporter, report);
    HOLT_TRY(catalog.end_rebuild());
    HOLT_TRY_LET(totals, catalog.totals());
    report.chunks = totals.chunks;

    // 5. It replaces the old one in one step; only then are the damaged packs moved away. The marks
    // come last: killed before, the next repair tells again what is lost.
    HOLT_TRY_LET(tmp, folder.open_part("tmp"));
    HOLT_TRY_LET(new_marks, prepare_marks(tmp.get(), added.marks, folder.shown("tmp")));
    HOLT_TRY(Catalog::replace_with(std::move(catalog), folder));
    HOLT_TRY(put_aside(folder, scan, op.log, report));
    HOLT_TRY(put_marks(std::move(new_marks), folder.fd(), folder.path()));
    return report;
}

}  // namespace holt::store
