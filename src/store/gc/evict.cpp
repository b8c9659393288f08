#include "store/gc/evict.h"

#include <algorithm>
#include <utility>

#include "store/catalog/snapshot_info.h"
#include "store/gc/mark.h"
#include "store/source/file_reading.h"

namespace holt::store {
namespace {

struct Candidate {
    const SnapshotRow* row;
    SnapshotInfo info;
    Decision decision{};

    Time last_use() const { return std::max(info.created, info.last_used.value_or(Time{})); }
};

bool has_label(const SnapshotInfo& info) noexcept {
    return !info.name.empty() || !info.tags.empty();
}

// Kept whatever the limits say.
bool is_protected(const SnapshotInfo& info, const GcOptions& options) noexcept {
    return info.hold || (has_label(info) && !options.evict_named);
}

Status evict_by_age(std::vector<Candidate>& all, const GcOptions& options,
                    const UtcOffset& offset) {
    std::vector<SnapshotInfo> infos;
    for (const Candidate& one : all) infos.push_back(one.info);
    const Time now = current_time();
    HOLT_TRY(check_clock(infos, now));
    const Time since = before(now, *options.max_age, offset);
    for (Candidate& one : all) {
        if (is_protected(one.info, options) || one.last_use() >= since) continue;
        one.decision.keep = false;
        one.decision.reasons = {"not used for " + text_of(*options.max_age)};
    }
    return {};
}

// Marks from what must stay to what was used longest ago, for as long as it fits. All from the
// first that does not fit on go: a small one that is older must not outlive it.
Status evict_by_size(std::vector<Candidate>& all, const StoreFolder& folder, Catalog& catalog,
                     const GcOptions& options, Reporter& reporter) {
    std::vector<Candidate*> order;
    for (Candidate& one : all)
        if (one.decision.keep) order.push_back(&one);
    std::ranges::stable_sort(order, [&](const Candidate* a, const Candidate* b) {
        const bool a_stays = is_protected(a->info, options),
                   b_stays = is_protected(b->info, options);
        if (a_stays != b_stays) return a_stays;
        if (has_label(a->info) != has_label(b->info)) return has_label(a->info);
        return a->last_use() > b->last_use();
    });
    HOLT_TRY_LET(totals, catalog.totals());
    Marker marker(folder, catalog, options.cancel, reporter);
    bool fits = true;
    for (Candidate* one : order) {
        const bool stays = is_protected(one->info, options);
        if (fits || stays) HOLT_TRY(marker.mark(*one->row));
        fits = fits && marker.live_bytes() + totals.catalog_bytes <= *options.max_size;
        if (fits || stays) continue;
        one->decision.keep = false;
        one->decision.reasons = {"used longer ago than what fits into the size"};
    }
    if (!order.empty() && !fits && is_protected(order.front()->info, options) &&
        std::ranges::all_of(order, [](const Candidate* one) { return one->decision.keep; }))
        reporter.note(Severity::info,
                      fail(ErrorKind::partial, "collect garbage", folder.path(),
                           "snapshots with a name or a tag, or on hold, take more than the size",
                           Advice::evict_named)
                          .error());
    return {};
}

}  // namespace

Result<std::vector<Decision>> choose_evicted(const StoreFolder& folder, Catalog& catalog,
                                             const GcOptions& options, const UtcOffset& offset,
                                             Reporter& reporter) {
    std::vector<Decision> decisions;
    if (!options.max_age && !options.max_size) return decisions;
    HOLT_TRY_LET(rows, catalog.snapshots());
    std::vector<Candidate> all;
    for (const SnapshotRow& row : rows) {
        Candidate one{.row = &row, .info = to_info(row)};
        one.decision = {.snapshot = one.info, .keep = true, .reasons = {"within the limits"}};
        if (is_protected(one.info, options))
            one.decision.reasons = {one.info.hold ? "on hold" : "it has a name or a tag"};
        all.push_back(std::move(one));
    }
    if (options.max_age) HOLT_TRY(evict_by_age(all, options, offset));
    if (options.max_size) HOLT_TRY(evict_by_size(all, folder, catalog, options, reporter));
    for (Candidate& one : all) decisions.push_back(std::move(one.decision));
    return decisions;
}

}  // namespace holt::store
