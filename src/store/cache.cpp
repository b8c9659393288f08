#include "store/cache.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "store/cache/entries.h"
#include "store/cache/use_log.h"
#include "store/cache_call.h"
#include "store/catalog/catalog_cache.h"
#include "store/catalog/snapshot_info.h"
#include "store/disk/pin.h"
#include "store/disk/reserve.h"
#include "store/format/cache_fields.h"
#include "store/keys/key_list.h"
#include "store/source/file_reading.h"

namespace holt::store {
namespace {

bool is_evictable(const SnapshotRow& row, const CacheEvictOptions& options, Time now) {
    const SnapshotRecord& record = row.record;
    if (record.key.empty() || row.hold || !record.name.empty() || !record.tags.empty())
        return false;
    if (!options.keys.empty() && std::ranges::find(options.keys, record.key) == options.keys.end())
        return false;
    if (options.prefix && !record.key.starts_with(*options.prefix)) return false;
    const std::string scope = decode_cache_fields(record.fields).scope;
    const auto is_scope = [&](const std::string& one) { return stored_scope(one) == scope; };
    if (!options.scopes.empty() && std::ranges::none_of(options.scopes, is_scope)) return false;
    const Time last = std::max(record.created, row.used.value_or(Time{}));
    return !options.unused_seconds || now.seconds - last.seconds >= *options.unused_seconds;
}

std::string why_evicted(const CacheEvictOptions& options) {
    if (!options.unused_seconds) return "evicted by hand";
    return "not used for " + std::to_string(*options.unused_seconds / 86'400) + " days";
}

}  // namespace

Result<CacheFound> look_up_key(const StoreFolder& folder, const OpenOptions& open,
                               const CacheQuery& query) {
    HOLT_TRY(check_query(query));
    HOLT_TRY_LET(catalog, open_to_read(folder, open));
    return find_entry(catalog, query);
}

Result<CacheEvictReport> evict_entries(const StoreFolder& folder, const OpenOptions& open,
                                       const CacheEvictOptions& options) {
    const Time now = current_time();
    CacheEvictReport report;
    const auto choose = [&](const std::vector<SnapshotRow>& all) -> Result<std::vector<Digest>> {
        std::vector<Digest> chosen;
        report.evicted.clear();
        for (const SnapshotRow& row : all) {
            if (!is_evictable(row, options, now)) continue;
            chosen.push_back(row.id);
            report.evicted.push_back(to_info(row));
        }
        return chosen;
    };
    if (options.dry_run) {
        HOLT_TRY_LET(catalog, open_to_read(folder, open));
        HOLT_TRY_LET(all, catalog.snapshots());
        HOLT_TRY(choose(all));
        return report;
    }
    const fs::LockWait wait = lock_wait(open);
    const ReserveLoan reserve(folder);  // this is what makes room
    HOLT_TRY_LET(pin, Pin::hold(folder, wait));
    HOLT_TRY_LET(catalog, Catalog::open(folder, Catalog::Mode::read_write, wait));
    HOLT_TRY(catalog.forget(choose, [&](const Digest&) { return why_evicted(options); }));
    return report;
}

Result<CacheStats> count_cache(const StoreFolder& folder, const OpenOptions& open) {
    constexpr std::size_t kShown = 100;
    HOLT_TRY_LET(catalog, open_to_read(folder, open));
    CatalogCache cache(catalog);
    CacheStats stats;
    HOLT_TRY_LET(days, cache.days());
    HOLT_TRY_LET(uses, read_uses(folder));
    add_days(days, uses);
    stats.days = std::move(days);
    HOLT_TRY_LET(evictions, cache.evictions(kShown));
    stats.evictions = std::move(evictions);
    HOLT_TRY_LET(rows, catalog.snapshots());
    stats.entries = static_cast<std::uint64_t>(std::ranges::count_if(
        rows, [](const SnapshotRow& row) { return !row.record.key.empty(); }));
    return stats;
}

Status remember_key_list(const StoreFolder& folder, const OpenOptions& open, const CacheKey& key) {
    const fs::LockWait wait = lock_wait(open);
    HOLT_TRY_LET(pin, Pin::hold(folder, wait));
    HOLT_TRY_LET(catalog, Catalog::open(folder, Catalog::Mode::read_write, wait));
    return CatalogCache(catalog).put_list(key.key, encode_inputs(key.inputs));
}

Result<std::vector<KeyInput>> find_key_inputs(const StoreFolder& folder, const OpenOptions& open,
                                              const std::string& key_or_snap,
                                              const std::vector<std::string>& scopes) {
    HOLT_TRY_LET(catalog, open_to_read(folder, open));
    HOLT_TRY_LET(inputs, inputs_of(catalog, {.key = key_or_snap}, scopes));
    if (!inputs.empty()) return inputs;
    HOLT_TRY_LET(row, catalog.look_up(key_or_snap));
    if (row) inputs = saved_inputs(*row);
    if (!inputs.empty()) return inputs;
    return fail(ErrorKind::not_found, "explain key", key_or_snap,
                row ? "the list of its inputs is not known" : "no such key is known",
                Advice::save_key_list);
}

}  // namespace holt::store
