#include "store/cache/entries.h"

#include <algorithm>

#include "store/catalog/catalog_cache.h"
#include "store/catalog/snapshot_info.h"
#include "store/format/cache_fields.h"
#include "store/format/snapshot_record.h"
#include "store/keys/key_list.h"

namespace holt::store {
namespace {

using Found = Result<std::optional<SnapshotRow>>;

Status check_restore_key(const std::string& prefix) {
    HOLT_TRY(check_snapshot_key(prefix));
    if (prefix.size() >= 2 && prefix.find_first_not_of('/') != prefix.npos) return {};
    return fail(ErrorKind::usage, "look up key", prefix, "so short a beginning matches anything",
                "give more of the keys that may be taken instead");
}

Found find_exact(CatalogCache& cache, const CacheQuery& query) {
    for (const std::string& scope : query.scopes) {
        HOLT_TRY_LET(found, cache.find(query.key.key, scope));
        if (found) return found;
    }
    return std::nullopt;
}

Found find_partial(CatalogCache& cache, const CacheQuery& query) {
    for (const std::string& prefix : query.restore_keys) {
        for (const std::string& scope : query.scopes) {
            HOLT_TRY_LET(found, cache.find_prefix(prefix, scope));
            if (found) return found;
        }
    }
    return std::nullopt;
}

bool is_visible(const SnapshotRow& row, const std::vector<std::string>& scopes) {
    const std::string scope = decode_cache_fields(row.record.fields).scope;
    return std::ranges::any_of(scopes,
                               [&](const std::string& one) { return stored_scope(one) == scope; });
}

// The entry that shares most inputs; of several the newest. None when none shares any.
Found find_nearest(Catalog& catalog, const CacheQuery& query, const std::vector<KeyInput>& inputs) {
    std::optional<SnapshotRow> best;
    std::size_t most = 0;
    if (inputs.empty()) return best;
    HOLT_TRY_LET(rows, catalog.snapshots());
    for (SnapshotRow& row : rows) {
        if (row.record.key.empty() || !is_visible(row, query.scopes)) continue;
        const std::size_t shared = count_equal(inputs, saved_inputs(row));
        if (shared == 0 || shared < most) continue;
        most = shared;
        best = std::move(row);
    }
    return best;
}

Result<CacheMiss> explain(CatalogCache& cache, const CacheQuery& query,
                          const std::vector<KeyInput>& inputs,
                          const std::optional<SnapshotRow>& nearest) {
    CacheMiss miss;
    HOLT_TRY_LET(eviction, cache.last_eviction(query.key.key, query.scopes));
    if (eviction) {
        miss.evicted = true;
        miss.evicted_at = eviction->when;
        miss.evicted_why = std::move(eviction->why);
    }
    if (nearest) {
        miss.nearest = to_info(*nearest);
        miss.changes = compare_inputs(saved_inputs(*nearest), inputs);
    }
    return miss;
}

}  // namespace

Status check_query(const CacheQuery& query) {
    if (query.key.key.empty())
        return fail(ErrorKind::usage, "look up key", "", "no key is given",
                    "give a key, or what it is to be made from");
    HOLT_TRY(check_snapshot_key(query.key.key));
    for (const std::string& prefix : query.restore_keys) HOLT_TRY(check_restore_key(prefix));
    for (const std::string& scope : query.scopes) HOLT_TRY(check_scope(scope));
    return {};
}

std::vector<KeyInput> saved_inputs(const SnapshotRow& row) {
    const CacheFields fields = decode_cache_fields(row.record.fields);
    if (fields.inputs.empty()) return {};
    auto inputs = decode_inputs(fields.inputs, "key '" + printable(row.record.key) + "'");
    return inputs ? *std::move(inputs) : std::vector<KeyInput>{};
}

Result<std::vector<KeyInput>> inputs_of(Catalog& catalog, const CacheKey& key,
                                        const std::vector<std::string>& scopes) {
    if (!key.inputs.empty()) return key.inputs;
    CatalogCache cache(catalog);
    HOLT_TRY_LET(list, cache.list_of(key.key));
    if (list) return decode_inputs(*list, "key '" + printable(key.key) + "'");
    for (const std::string& scope : scopes) {
        HOLT_TRY_LET(entry, cache.find(key.key, scope));
        if (entry) return saved_inputs(*entry);
    }
    return std::vector<KeyInput>{};
}

Result<CacheFound> find_entry(Catalog& catalog, const CacheQuery& query) {
    CatalogCache cache(catalog);
    CacheFound found;
    HOLT_TRY_LET(exact, find_exact(cache, query));
    if (exact) {
        found.match = CacheMatch::exact;
        found.snapshot = to_info(*exact);
        return found;
    }
    HOLT_TRY_LET(inputs, inputs_of(catalog, query.key, query.scopes));
    HOLT_TRY_LET(nearest, find_nearest(catalog, query, inputs));
    HOLT_TRY_LET(miss, explain(cache, query, inputs, nearest));
    found.miss = std::move(miss);
    HOLT_TRY_LET(partial, find_partial(cache, query));
    if (partial) {
        found.match = CacheMatch::partial;
        found.snapshot = to_info(*partial);
    } else if (nearest && query.nearest) {
        found.match = CacheMatch::nearest;
        found.snapshot = to_info(*nearest);
    }
    return found;
}

std::string folder_of_entry(const SnapshotInfo& entry, std::size_t number) {
    const std::string snap = "id:" + entry.id.hex();
    return entry.folders_saved > 1 ? snap + ":" + cache_folder_name(number) : snap;
}

}  // namespace holt::store
