#include "store/catalog/catalog_cache.h"

#include "store/catalog/catalog_impl.h"

namespace holt::store {
namespace {

constexpr std::int64_t kSecondsOfDay = 86'400;

// The least text behind all that begin with `prefix`; empty when there is none.
std::string end_of_prefix(std::string prefix) {
    while (!prefix.empty() && static_cast<unsigned char>(prefix.back()) == 0xFF) prefix.pop_back();
    if (!prefix.empty()) prefix.back() = static_cast<char>(prefix.back() + 1);
    return prefix;
}

// `scope` must live until the statement is reset.
void bind_scope(Statement& statement, const std::string& scope) {
    scope == kMainScope ? statement.bind_null() : statement.bind(scope);
}

CacheEviction read_eviction(const Statement& row) {
    return {.key = row.text(0),
            .scope = row.is_null(1) ? std::string(kMainScope) : row.text(1),
            .when = Time{.seconds = row.integer(2)},
            .why = row.text(3)};
}

// The row of a day, made when it is the first of that day.
Status make_day(Database& db, std::int64_t day) {
    HOLT_TRY_LET(make, db.prepare("INSERT OR IGNORE INTO cache_day VALUES(?1, 0,0,0,0,0,0,0)"));
    return make.bind(day).run();
}

}  // namespace

std::int64_t day_of(Time time) noexcept {
    return (time.seconds - (time.seconds < 0 ? kSecondsOfDay - 1 : 0)) / kSecondsOfDay;
}

std::string stored_scope(const std::string& scope) {
    return scope == kMainScope ? "" : scope;
}

Result<std::optional<SnapshotRow>> CatalogCache::find(const std::string& key,
                                                      const std::string& scope) {
    return catalog_.impl_->newest_with_key(key, stored_scope(scope));
}

Result<std::optional<SnapshotRow>> CatalogCache::find_prefix(const std::string& prefix,
                                                             const std::string& scope) {
    HOLT_TRY_LET(
        query, catalog_.impl_->db.prepare(
                   HOLT_SNAPSHOT_COLUMNS "WHERE key>=?1 AND (?2 IS NULL OR key<?2) AND scope IS ?3 "
                                         "ORDER BY row DESC LIMIT 1"));
    const std::string end = end_of_prefix(prefix);
    query.bind(prefix);
    end.empty() ? query.bind_null() : query.bind(end);
    bind_scope(query, scope);
    return catalog_.impl_->first_of(query);
}

Status CatalogCache::put_list(const std::string& key, ByteView inputs) {
    Database& db = catalog_.impl_->db;
    HOLT_TRY(db.run("PRAGMA synchronous=FULL"));
    HOLT_TRY_LET(transaction, Transaction::begin(db, Transaction::Kind::write));
    HOLT_TRY_LET(put, db.prepare("INSERT OR REPLACE INTO key_list(key, inputs) VALUES(?1, ?2)"));
    HOLT_TRY(put.bind(key).bind(inputs).run());
    HOLT_TRY(db.run("DELETE FROM key_list WHERE rowid<=(SELECT max(rowid) FROM key_list)-1000"));
    return transaction.commit();
}

Result<std::optional<Bytes>> CatalogCache::list_of(const std::string& key) {
    HOLT_TRY_LET(query, catalog_.impl_->db.prepare("SELECT inputs FROM key_list WHERE key=?1"));
    HOLT_TRY_LET(found, query.bind(key).step());
    if (!found) return std::nullopt;
    const ByteView inputs = query.bytes(0);
    return Bytes(inputs.begin(), inputs.end());
}

Status Catalog::Impl::put_eviction(const SnapshotRow& snapshot, const std::string& reason) {
    const Time now = time_of_ns(std::chrono::duration_cast<std::chrono::nanoseconds>(
                                    std::chrono::system_clock::now().time_since_epoch())
                                    .count());
    HOLT_TRY_LET(put, db.prepare("INSERT INTO eviction(key, scope, time, reason) "
                                 "SELECT key, scope, ?2, ?3 FROM forgotten WHERE id=?1"));
    HOLT_TRY(put.bind(snapshot.id).bind(now.seconds).bind(reason).run());
    HOLT_TRY(db.run("DELETE FROM eviction WHERE row<=(SELECT max(row) FROM eviction)-10000"));
    HOLT_TRY(make_day(db, day_of(now)));
    HOLT_TRY_LET(add, db.prepare("UPDATE cache_day SET evictions=evictions+1 WHERE day=?1"));
    return add.bind(day_of(now)).run();
}

Result<std::optional<CacheEviction>> CatalogCache::last_eviction(
    const std::string& key, const std::vector<std::string>& scopes) {
    std::optional<CacheEviction> last;
    HOLT_TRY_LET(query, catalog_.impl_->db.prepare(
                            "SELECT key, scope, time, reason FROM eviction WHERE key=?1 AND "
                            "scope IS ?2 ORDER BY row DESC LIMIT 1"));
    for (const std::string& scope : scopes) {
        query.bind(key);
        bind_scope(query, scope);
        HOLT_TRY_LET(found, query.step());
        if (found && (!last || last->when.seconds < query.integer(2))) last = read_eviction(query);
        query.reset();
    }
    return last;
}

Result<std::vector<CacheEviction>> CatalogCache::evictions(std::size_t count) {
    HOLT_TRY_LET(query, catalog_.impl_->db.prepare("SELECT key, scope, time, reason FROM eviction "
                                                   "ORDER BY row DESC LIMIT ?1"));
    query.bind(static_cast<std::int64_t>(count));
    std::vector<CacheEviction> found;
    while (true) {
        HOLT_TRY_LET(more, query.step());
        if (!more) return found;
        found.push_back(read_eviction(query));
    }
}

Status CatalogCache::add(std::span<const CacheDay> days) {
    Database& db = catalog_.impl_->db;
    HOLT_TRY(db.run("PRAGMA synchronous=FULL"));
    HOLT_TRY_LET(transaction, Transaction::begin(db, Transaction::Kind::write));
    HOLT_TRY_LET(add, db.prepare("UPDATE cache_day SET hits=hits+?2, partial=partial+?3, "
                                 "misses=misses+?4, saves=saves+?5, evictions=evictions+?6, "
                                 "bytes=bytes+?7, milliseconds=milliseconds+?8 WHERE day=?1"));
    for (const CacheDay& day : days) {
        HOLT_TRY(make_day(db, day.day));
        add.bind(day.day);
        for (const std::uint64_t figure : {day.hits, day.partial, day.misses, day.saves,
                                           day.evictions, day.bytes, day.milliseconds})
            add.bind(static_cast<std::int64_t>(figure));
        HOLT_TRY(add.run());
    }
    return transaction.commit();
}

Result<std::vector<CacheDay>> CatalogCache::days() {
    HOLT_TRY_LET(query, catalog_.impl_->db.prepare(
                            "SELECT day, hits, partial, misses, saves, evictions, bytes, "
                            "milliseconds FROM cache_day ORDER BY day"));
    const auto number = [&](int column) {
        return static_cast<std::uint64_t>(query.integer(column));
    };
    std::vector<CacheDay> days;
    while (true) {
        HOLT_TRY_LET(more, query.step());
        if (!more) return days;
        days.push_back({.day = query.integer(0),
                        .hits = number(1),
                        .partial = number(2),
                        .misses = number(3),
                        .saves = number(4),
                        .evictions = number(5),
                        .bytes = number(6),
                        .milliseconds = number(7)});
    }
}

}  // namespace holt::store
