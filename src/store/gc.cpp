#include "store/gc.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <unordered_set>
#include <utility>

#include "base/guard.h"
#include "fs/lock.h"
#include "fs/mount/network.h"
#include "store/catalog/catalog_collect.h"
#include "store/disk/pin.h"
#include "store/disk/reserve.h"
#include "store/gc/collector.h"
#include "store/gc/evict.h"
#include "store/gc/mark.h"
#include "store/operation/lock_wait.h"
#include "store/operation/log.h"
#include "store/operation/reporter.h"
#include "store/pool/pool_trim.h"

namespace holt::store {
namespace {

Status count_packs(Catalog& catalog, const StoreFolder& folder, std::uint64_t& packs,
                   std::uint64_t& bytes) {
    HOLT_TRY_LET(totals, catalog.totals());
    packs = totals.packs + totals.going_packs;
    bytes = totals.pack_bytes + totals.going_bytes;
    HOLT_TRY_LET(unknown, catalog.unknown_packs(folder));
    for (const Digest& id : unknown) {
        HOLT_TRY_LET(size, folder.pack_size(id));
        ++packs;
        bytes += size.value_or(0);
    }
    return {};
}

std::unordered_set<Digest> evicted_ids(const std::vector<Decision>& decisions) {
    std::unordered_set<Digest> ids;
    for (const Decision& one : decisions)
        if (!one.keep) ids.insert(one.snapshot.id);
    return ids;
}

Status forget_evicted(Catalog& catalog, const std::vector<Decision>& decisions) {
    const auto evicted = evicted_ids(decisions);
    if (evicted.empty()) return {};
    const auto decision_on = [&](const Digest& id) {
        return std::ranges::find_if(decisions,
                                    [&](const Decision& one) { return one.snapshot.id == id; });
    };
    // What was used, renamed or taken hold of meanwhile is judged by the next collection.
    const auto choose = [&](const std::vector<SnapshotRow>& all) -> Result<std::vector<Digest>> {
        std::vector<Digest> ids;
        for (const SnapshotRow& row : all) {
            if (!evicted.contains(row.id) || row.hold) continue;
            if (row.used == decision_on(row.id)->snapshot.last_used) ids.push_back(row.id);
        }
        return ids;
    };
    const auto why = [&](const Digest& id) { return decision_on(id)->reasons.front(); };
    return catalog.forget(choose, why);
}

void tell_plan(const GcPlan& plan, GcReport& report) {
    using Action = GcPack::Action;
    for (const PackRow& pack : plan.dead)
        report.packs.push_back({pack.id, Action::remove, pack.bytes, 0});
    for (const PackUse* use : plan.rewrite)
        report.packs.push_back({use->pack.id, Action::rewrite, use->pack.bytes, use->live_bytes()});
    for (const PackUse* use : plan.join)
        report.packs.push_back({use->pack.id, Action::join, use->pack.bytes, use->live_bytes()});
}

std::optional<std::uint64_t> bytes_for_packs(Catalog::Totals totals, const GcOptions& options) {
    if (!options.max_size) return std::nullopt;
    return *options.max_size - std::min(*options.max_size, totals.catalog_bytes);
}

Status mark_all_but(Marker& marker, Catalog& catalog, const std::unordered_set<Digest>& evicted) {
    HOLT_TRY_LET(all, catalog.snapshots());
    for (const SnapshotRow& snapshot : all)
        if (!evicted.contains(snapshot.id)) HOLT_TRY(marker.mark(snapshot));
    return {};
}

// The same decisions, on a view of the store that nothing is deleted under.
Result<GcReport> plan_only(Operation& op, const GcOptions& options, const UtcOffset& offset) {
    const StoreFolder& folder = op.store;
    GcReport report;
    HOLT_TRY_LET(catalog, Catalog::open(folder, Catalog::Mode::read_only, op.wait()));
    HOLT_TRY(count_packs(catalog, folder, report.packs_before, report.bytes_before));
    HOLT_TRY_LET(evicted, choose_evicted(folder, catalog, options, offset, op.reporter));
    report.evicted = std::move(evicted);
    Marker marker(folder, catalog, op.cancel, op.reporter);
    HOLT_TRY(mark_all_but(marker, catalog, evicted_ids(report.evicted)));
    report.snapshots = marker.marked().size();
    HOLT_TRY_LET(forgotten, catalog.forgotten());
    report.dropped = forgotten.size() + evicted_ids(report.evicted).size();
    HOLT_TRY_LET(packs, catalog.packs());
    HOLT_TRY_LET(totals, catalog.totals());
    const GcPlan plan = make_plan(packs, marker, bytes_for_packs(totals, options));
    tell_plan(plan, report);
    if (options.recompress > 0) {
        HOLT_TRY_LET(cold, packs_to_recompress(folder, options.recompress, packs, marker));
        for (const PackUse* use : cold)
            report.packs.push_back(
                {use->pack.id, GcPack::Action::recompress, use->pack.bytes, use->live_bytes()});
    }
    HOLT_TRY_LET(unknown, catalog.unknown_packs(folder));
    report.unknown_packs = unknown.size();
    for (const Digest& id : unknown) {
        HOLT_TRY_LET(size, folder.pack_size(id));
        report.unknown_bytes += size.value_or(0);
    }
    report.packs_after = packs.size() - plan.dead.size();
    for (const PackRow& pack : packs) {
        const bool is_dead = std::ranges::count(plan.dead, pack.row, &PackRow::row) > 0;
        if (!is_dead) report.bytes_after += pack.bytes;
    }
    for (const PackUse* use : plan.rewrite)
        report.bytes_after -= use->pack.bytes - std::min(use->pack.bytes, use->live_bytes());
    if (options.max_pool) {
        HOLT_TRY_LET(trimmed, trim_pool(folder, *options.max_pool, PoolTrim::only_tell));
        report.pool_files = trimmed.files;
        report.pool_bytes = trimmed.bytes;
    }
    return report;
}

// An older copy of the catalog does not know the packs of snapshots that were acknowledged since:
// they are no garbage.
Status refuse_older_catalog(const StoreFolder& folder, Catalog& catalog) {
    HOLT_TRY_LET(check, catalog.compare_marks());
    if (check.lost.empty() || !guard("no older catalog")) return {};
    return fail(ErrorKind::corrupt, "collect garbage", folder.catalog_path(),
                std::to_string(check.lost.size()) +
                    " snapshots were acknowledged that it does not know: was an older copy of it "
                    "put back?",
                Advice::repair_store);
}

Status recompress(const StoreFolder& folder, Catalog& catalog, Collector& collector, Marker& marker,
                  const GcOptions& options, GcReport& report) {
    // What was just rewritten is gone from what is live.
    HOLT_TRY_LET(packs, catalog.packs());
    HOLT_TRY_LET(cold, packs_to_recompress(folder, options.recompress, packs, marker));
    for (const PackUse* use : cold)
        report.packs.push_back(
            {use->pack.id, GcPack::Action::recompress, use->pack.bytes, use->live_bytes()});
    return collector.rewrite(marker, cold, options.recompress);
}

// Who reads through the overlay holds locks on its own files, not on these.
Status refuse_lower_layer(const StoreFolder& folder) {
    HOLT_TRY_LET(overlay, fs::overlay_above(folder.fd(), folder.path()));
    if (!overlay) return {};
    return fail(ErrorKind::failed, "collect garbage", folder.path(),
                "it is a lower layer of the overlay at '" + printable(*overlay) +
                    "', whose users cannot be seen from here",
                "unmount that first");
}

}  // namespace

Result<GcReport> collect_garbage(Operation& op, const GcOptions& options, const UtcOffset& offset) {
    const StoreFolder& folder = op.store;
    const fs::LockWait wait = op.wait();
    const Deadline deadline(options.max_time);
    if (options.dry_run) return plan_only(op, options, offset);
    GcReport report;
    HOLT_TRY(refuse_lower_layer(folder));

    // 1. The reserve feeds the journal where there is no room. No other collection, and no repair,
    // from here on: in this order, as a collection waits for the pins of others.
    const ReserveLoan reserve(folder);
    HOLT_TRY_LET(alone, lock_collector(folder, wait));
    HOLT_TRY_LET(pin, Pin::hold(folder, wait));
    HOLT_TRY_LET(catalog, Catalog::open(folder, Catalog::Mode::read_write, wait));
    HOLT_TRY(refuse_older_catalog(folder, catalog));
    HOLT_TRY(count_packs(catalog, folder, report.packs_before, report.bytes_before));
    Collector collector(op, catalog, pin, deadline, report);

    // 2. What an earlier collection had begun to delete.
    HOLT_TRY(finish_deleting(folder, catalog, op.log));

    // 3. Limits: snapshots that go.
    HOLT_TRY_LET(evicted, choose_evicted(folder, catalog, options, offset, op.reporter));
    report.evicted = std::move(evicted);
    HOLT_TRY(forget_evicted(catalog, report.evicted));

    // 4. What is needed, and what therefore is to be done. Dead packs go first: that frees room for
    // what follows.
    Marker marker(folder, catalog, op.cancel, op.reporter);
    HOLT_TRY(marker.mark_new());
    HOLT_TRY(collector.condemn_dead(marker));
    HOLT_TRY(collector.look_for_unknown());
    HOLT_TRY_LET(condemned, CatalogCollector(catalog).in_state(PackState::condemned));
    for (const PackRow& pack : condemned)
        report.packs.push_back({pack.id, GcPack::Action::remove, pack.bytes, 0});
    HOLT_TRY(collector.delete_condemned());

    // 5. Packs with much garbage are rewritten, small ones joined; the old ones go.
    HOLT_TRY_LET(packs, catalog.packs());
    HOLT_TRY_LET(totals, catalog.totals());
    const GcPlan plan = make_plan(packs, marker, bytes_for_packs(totals, options));
    tell_plan({.dead = {}, .rewrite = plan.rewrite, .join = plan.join}, report);
    HOLT_TRY(collector.rewrite(marker, plan.rewrite));
    HOLT_TRY(collector.rewrite(marker, plan.join));
    if (options.recompress > 0)
        HOLT_TRY(recompress(folder, catalog, collector, marker, options, report));
    report.snapshots = marker.marked().size();
    HOLT_TRY(collector.delete_condemned());

    // 6. What is noted of things that are gone, and the pool.
    CatalogCollector notes(catalog);
    HOLT_TRY(notes.drop_stale_notes());
    HOLT_TRY_LET(spaces, notes.drop_gone_spaces());
    report.spaces = spaces;
    HOLT_TRY(catalog.compact_marks());
    HOLT_TRY(catalog.shrink());
    if (options.max_pool) {
        HOLT_TRY_LET(trimmed, trim_pool(folder, *options.max_pool, PoolTrim::remove));
        report.pool_files = trimmed.files;
        report.pool_bytes = trimmed.bytes;
    }
    HOLT_TRY(count_packs(catalog, folder, report.packs_after, report.bytes_after));
    op.log->info("collected: {} of {} bytes are left", report.bytes_after, report.bytes_before);
    return report;
}

void help_collector(const StoreFolder& folder, const OpenOptions& open) {
    const auto help = [&]() -> Status {
        HOLT_TRY_LET(alone, lock_collector(folder, fs::LockWait{}));
        HOLT_TRY_LET(catalog, Catalog::open(folder, Catalog::Mode::read_write, lock_wait(open)));
        return finish_deleting(folder, catalog, make_log(open.log));
    };
    // One that lives is given a moment.
    if (!help()) fs::LockWaiter(fs::LockWait(std::chrono::milliseconds(100))).pause();
}

}  // namespace holt::store
