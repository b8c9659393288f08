// The catalog's snapshots: listing, finding what the user named, and the base of the next one.
#include <algorithm>

#include "codec/blake3/blake3.h"
#include "fs/metadata/metadata.h"
#include "store/catalog/catalog_impl.h"
#include "store/format/stat_codec.h"

namespace holt::store {
namespace {

constexpr std::size_t kMinIdPrefix = 8;  // hex digits
constexpr std::size_t kShownId = 12;     // hex digits: 16 million snapshots before two look alike
constexpr std::size_t kMaxCandidates = 5;
constexpr const char* kFind = "find snapshot";

// What a user could have meant: names where there are names.
std::string candidates(const std::vector<SnapshotRow>& rows) {
    std::string text;
    const std::size_t shown = std::min(rows.size(), kMaxCandidates);
    for (std::size_t i = 0; i < shown; ++i) {
        const SnapshotRow& row = rows[rows.size() - 1 - i];  // newest first
        text += i == 0 ? "" : ", ";
        text += row.record.name.empty() ? short_id(row.id) : printable(row.record.name);
    }
    if (rows.size() > shown) text += ", and " + std::to_string(rows.size() - shown) + " more";
    return text;
}

bool is_id_prefix(const std::string& snap) noexcept {
    return snap.size() >= kMinIdPrefix && snap.size() <= 2 * Digest::kSize &&
           snap.find_first_not_of("0123456789abcdef") == snap.npos;
}

// What stands behind `word`; nothing when `snap` does not begin with it.
std::optional<std::string> after(const std::string& snap, std::string_view word) {
    if (!snap.starts_with(word)) return std::nullopt;
    return snap.substr(word.size());
}

// The least and the greatest digest that begin with `prefix`.
std::pair<Digest, Digest> id_range(const std::string& prefix) {
    std::string low = prefix, high = prefix;
    low.resize(2 * Digest::kSize, '0');
    high.resize(2 * Digest::kSize, 'f');
    return {*Digest::from_hex(low), *Digest::from_hex(high)};
}

}  // namespace

std::string short_id(const Digest& id) {
    return id.hex().substr(0, kShownId);
}

Result<SnapshotRow> Catalog::Impl::read_snapshot(const Statement& row) const {
    SnapshotRow snapshot;
    HOLT_TRY_LET(id, row.digest(0));
    const ByteView encoded = row.bytes(2);
    const std::string object = "snapshot " + short_id(id);
    if (blake3::hash(encoded) != id)
        return fail(ErrorKind::corrupt, "read catalog", object, "its record is damaged",
                    Advice::repair_store);
    snapshot.id = id;
    HOLT_TRY_LET(record, decode_record(encoded, object));
    snapshot.record = std::move(record);
    snapshot.record.name = row.text(1);
    if (row.is_null(3)) return snapshot;  // nothing is noted of it
    snapshot.hold = row.integer(3) != 0;
    if (!row.is_null(4)) snapshot.used = Time{.seconds = row.integer(4)};
    if (!row.is_null(5)) {
        HOLT_TRY_LET(tags, decode_tags(row.bytes(5), object));
        snapshot.record.tags = std::move(tags);
    }
    return snapshot;
}

Result<std::vector<SnapshotRow>> Catalog::Impl::read_snapshots(Statement& query) const {
    std::vector<SnapshotRow> rows;
    while (true) {
        HOLT_TRY_LET(more, query.step());
        if (!more) return rows;
        HOLT_TRY_LET(row, read_snapshot(query));
        rows.push_back(std::move(row));
    }
}

Result<std::vector<SnapshotRow>> Catalog::snapshots() {
    HOLT_TRY_LET(query, impl_->db.prepare(HOLT_SNAPSHOT_COLUMNS "ORDER BY row"));
    return impl_->read_snapshots(query);
}

Result<std::optional<SnapshotRow>> Catalog::look_up(const std::string& snap) {
    HOLT_TRY_LET(transaction, Transaction::begin(impl_->db, Transaction::Kind::read));
    if (snap == "latest") {
        HOLT_TRY_LET(newest, impl_->newest_snapshot());
        if (newest) return newest;
        return fail(ErrorKind::not_found, kFind, snap, "the store has no snapshots yet",
                    Advice::take_snapshot);
    }
    if (const auto said = after(snap, "id:"); said && is_id_prefix(*said)) {
        HOLT_TRY_LET(found, impl_->snapshot_by_prefix(*said));
        if (found) return found;
    }
    if (const auto said = after(snap, "name:")) {
        HOLT_TRY_LET(found, impl_->snapshot_by_name(*said));
        if (found) return found;
    }
    if (const auto said = after(snap, "key:")) {
        HOLT_TRY_LET(found, impl_->newest_with_key(*said, ""));
        if (found) return found;
    }
    // A whole id first: whoever keeps one means that snapshot, whatever keys others choose.
    if (const auto id = Digest::from_hex(snap)) {
        HOLT_TRY_LET(found, impl_->snapshot_by_id(*id));
        if (found) return found;
    }
    HOLT_TRY_LET(named, impl_->snapshot_by_name(snap));
    if (named) return named;
    HOLT_TRY_LET(keyed, impl_->newest_with_key(snap, ""));
    if (keyed || !is_id_prefix(snap)) return keyed;
    return impl_->snapshot_by_prefix(snap);
}

Result<SnapshotRow> Catalog::find_snapshot(const std::string& snap) {
    HOLT_TRY_LET(found, look_up(snap));
    if (found) return *std::move(found);
    return std::unexpected(no_such_snapshot(snap));
}

Error Catalog::no_such_snapshot(const std::string& text) {
    const auto all = snapshots();
    if (!all) return all.error();
    return fail(ErrorKind::not_found, kFind, text,
                all->empty()
                    ? "the store has no snapshots yet"
                    : "no snapshot has this name, key or id; there are " + candidates(*all),
                Advice::list_snapshots)
        .error();
}

Result<SnapshotRow> Catalog::snapshot(const Digest& id) {
    HOLT_TRY_LET(found, impl_->snapshot_by_id(id));
    if (found) return *std::move(found);
    return fail(ErrorKind::not_found, kFind, short_id(id), "the store does not have it any more",
                Advice::list_snapshots);
}

Result<bool> Catalog::name_taken(const std::string& name) {
    HOLT_TRY_LET(query, impl_->db.prepare("SELECT 1 FROM snapshot WHERE name=?1"));
    return query.bind(name).step();
}

Result<std::vector<std::string>> Catalog::snapshots_of_pack(const Digest& pack) {
    HOLT_TRY_LET(query, impl_->db.prepare(
                            "SELECT s.name, s.id FROM pack AS p "
                            "JOIN snapshot_pack AS u ON u.pack=p.row "
                            "JOIN snapshot AS s ON s.row=u.snapshot WHERE p.id=?1 ORDER BY s.row"));
    query.bind(pack);
    std::vector<std::string> names;
    while (true) {
        HOLT_TRY_LET(more, query.step());
        if (!more) return names;
        HOLT_TRY_LET(id, query.digest(1));
        names.push_back(query.is_null(0) ? short_id(id) : query.text(0));
    }
}

Result<std::optional<SnapshotRow>> Catalog::Impl::first_of(Statement& query) const {
    HOLT_TRY_LET(found, query.step());
    if (!found) return std::nullopt;
    HOLT_TRY_LET(row, read_snapshot(query));
    return row;
}

Result<std::optional<SnapshotRow>> Catalog::Impl::snapshot_by_id(const Digest& id) {
    HOLT_TRY_LET(query, db.prepare(HOLT_SNAPSHOT_COLUMNS "WHERE id=?1"));
    return first_of(query.bind(id));
}

Result<std::optional<SnapshotRow>> Catalog::Impl::snapshot_by_name(const std::string& name) {
    HOLT_TRY_LET(query, db.prepare(HOLT_SNAPSHOT_COLUMNS "WHERE name=?1"));
    return first_of(query.bind(name));
}

Result<std::optional<SnapshotRow>> Catalog::Impl::newest_with_key(const std::string& key,
                                                                  const std::string& scope) {
    HOLT_TRY_LET(query, db.prepare(HOLT_SNAPSHOT_COLUMNS
                                   "WHERE key=?1 AND scope IS ?2 ORDER BY row DESC LIMIT 1"));
    query.bind(key);
    scope.empty() ? query.bind_null() : query.bind(scope);
    return first_of(query);
}

Result<std::optional<SnapshotRow>> Catalog::Impl::newest_snapshot() {
    HOLT_TRY_LET(query, db.prepare(HOLT_SNAPSHOT_COLUMNS "ORDER BY row DESC LIMIT 1"));
    return first_of(query);
}

Result<std::optional<SnapshotRow>> Catalog::Impl::snapshot_by_prefix(const std::string& prefix) {
    const auto [low, high] = id_range(prefix);
    HOLT_TRY_LET(query,
                 db.prepare(HOLT_SNAPSHOT_COLUMNS "WHERE id BETWEEN ?1 AND ?2 ORDER BY row"));
    query.bind(low).bind(high);
    HOLT_TRY_LET(rows, read_snapshots(query));
    if (rows.empty()) return std::nullopt;
    if (rows.size() == 1) return std::move(rows[0]);
    return fail(ErrorKind::not_found, kFind, prefix,
                "it is the start of several ids: " + candidates(rows),
                "give more digits of the one you mean");
}

Result<std::optional<Catalog::Base>> Catalog::find_base(const std::string& source) {
    HOLT_TRY_LET(transaction, Transaction::begin(impl_->db, Transaction::Kind::read));
    HOLT_TRY_LET(query, impl_->db.prepare(
                            "SELECT row, snapshot_id, sees_trusted FROM source WHERE path=?1"));
    HOLT_TRY_LET(found, query.bind(source).step());
    if (!found) return std::nullopt;
    // Who took it was not shown all attributes that we are.
    if (query.integer(2) == 0 && fs::sees_trusted()) return std::nullopt;
    HOLT_TRY_LET(id, query.digest(1));
    HOLT_TRY_LET(snapshot, impl_->snapshot_by_id(id));
    if (!snapshot) return std::nullopt;
    return Base{.snapshot = *std::move(snapshot), .source_row = query.integer(0)};
}

Result<std::vector<FolderStats>> Catalog::folder_stats(const Base& base, const std::string& from,
                                                       std::size_t count) {
    HOLT_TRY_LET(
        query, impl_->db.prepare("SELECT r.folder, r.entries, r.life, l.life FROM stat_record AS r "
                                 "LEFT JOIN stat_life AS l ON l.row=r.life "
                                 "WHERE r.source=?1 AND r.folder>=?2 "
                                 "AND ?3=(SELECT snapshot_id FROM source WHERE row=?1) "
                                 "ORDER BY r.folder LIMIT ?4"));
    query.bind(base.source_row).bind(from).bind(base.snapshot.id);
    query.bind(static_cast<std::int64_t>(count));
    std::vector<FolderStats> found;
    while (true) {
        HOLT_TRY_LET(more, query.step());
        if (!more) return found;
        FolderStats stats{.folder = query.text(0)};
        HOLT_TRY_LET(entries, decode_stats(query.bytes(1),
                                           "stat records of '" + printable(stats.folder) + "'"));
        stats.entries = std::move(entries);
        if (query.integer(2) != kHoldsAlways) stats.life = query.text(3);
        found.push_back(std::move(stats));
    }
}

}  // namespace holt::store
