#include "store/catalog/chunk_table.h"

#include "store/catalog/catalog_schema.h"

namespace holt::store {
namespace {

// A statement is kept under its literal's address: one for each table.
struct Sql {
    const char *find, *holder, *insert, *move, *remove;
};
#define HOLT_CHUNK_SQL(table)                                                            \
    Sql {                                                                                \
        "SELECT pack, ordinal FROM " table " WHERE digest=?1",                           \
            "SELECT c.pack, p.state FROM " table                                         \
            " AS c LEFT JOIN pack AS p ON p.row=c.pack WHERE c.digest=?1",               \
            "INSERT INTO " table                                                         \
            "(digest, pack, ordinal) VALUES(?1, ?2, ?3) ON CONFLICT(digest) DO NOTHING", \
            "UPDATE " table " SET pack=?2, ordinal=?3 WHERE digest=?1",                  \
            "DELETE FROM " table " WHERE digest=?1 AND pack=?2"                          \
    }
constexpr std::array<Sql, 3> kSql = {HOLT_CHUNK_SQL("chunk_small"), HOLT_CHUNK_SQL("chunk_middle"),
                                     HOLT_CHUNK_SQL("chunk")};
constexpr std::array<const char*, 2> kPour = {
    "INSERT INTO chunk_middle SELECT digest, pack, ordinal FROM chunk_small ORDER BY digest",
    "INSERT INTO chunk SELECT digest, pack, ordinal FROM chunk_middle ORDER BY digest"};
constexpr std::array<const char*, 2> kEmpty = {"DELETE FROM chunk_small",
                                               "DELETE FROM chunk_middle"};
#define HOLT_REMOVE_DELETING(table) \
    "DELETE FROM " table " WHERE pack IN (SELECT row FROM pack WHERE state=2)"
constexpr std::array<const char*, 3> kRemoveDeleting = {HOLT_REMOVE_DELETING("chunk_small"),
                                                        HOLT_REMOVE_DELETING("chunk_middle"),
                                                        HOLT_REMOVE_DELETING("chunk")};
constexpr std::array<std::uint64_t, 2> kMostRows = {ChunkTable::kSmallRows,
                                                    ChunkTable::kMiddleRows};

}  // namespace

Status AbsentChunks::refresh(Database& db) {
    HOLT_TRY_LET(version, db.integer("PRAGMA data_version"));
    if (version_ != version) digests_.clear();
    version_ = version;
    return {};
}

Result<ChunkTable> ChunkTable::open(Database& db) {
    ChunkTable table(db);
    HOLT_TRY_LET(query, db.prepare("SELECT small, middle FROM chunk_rows"));
    HOLT_TRY_LET(found, query.step());
    if (!found)
        return fail(ErrorKind::corrupt, "read catalog", db.path(), "its table of rows is empty",
                    Advice::repair_store);
    table.rows_ = {query.integer(0), query.integer(1), 0};
    return table;
}

Result<std::optional<ChunkPlace>> ChunkTable::find(const Digest& digest) {
    for (std::size_t table = kTables; table-- > 0;) {
        if (!may_have(table)) continue;
        HOLT_TRY_LET(query, db_->prepare(kSql[table].find));
        query.bind(digest);
        HOLT_TRY_LET(found, query.step());
        if (found)
            return ChunkPlace{.pack = static_cast<std::uint32_t>(query.integer(0)),
                              .ordinal = static_cast<std::uint32_t>(query.integer(1))};
    }
    return std::nullopt;
}

// A commit that would fill a quarter of a table goes to the next one at once.
void ChunkTable::expect(std::uint64_t rows) noexcept {
    target_ = 0;
    while (target_ < kLargest && rows > kMostRows[target_] / 4) ++target_;
}

Result<std::optional<std::int64_t>> ChunkTable::put(const Digest& digest, ChunkPlace place) {
    // Where it may stand already, the table that it goes to last: there it is inserted.
    const bool is_new = absent_ != nullptr && absent_->has(digest);
    for (std::size_t i = 0; i < kTables; ++i) {
        const std::size_t table = (target_ + 1 + i) % kTables;
        const bool is_target = table == target_;
        if (!is_target && (is_new || !may_have(table))) continue;
        if (is_target) {
            HOLT_TRY_LET(insert, db_->prepare(kSql[table].insert));
            HOLT_TRY(insert.bind(digest).bind(place.pack).bind(place.ordinal).run());
            if (db_->changes() > 0) {
                ++rows_[table];
                changed_ = true;
                return std::nullopt;
            }
        }
        HOLT_TRY_LET(holder, db_->prepare(kSql[table].holder));
        HOLT_TRY_LET(found, holder.bind(digest).step());
        if (!found) continue;
        const bool live =
            !holder.is_null(1) && holder.integer(1) == static_cast<int>(PackState::live);
        const std::int64_t other = holder.integer(0);
        holder.reset();
        if (live) return other;
        HOLT_TRY_LET(move, db_->prepare(kSql[table].move));
        HOLT_TRY(move.bind(digest).bind(place.pack).bind(place.ordinal).run());
        return std::nullopt;
    }
    return std::nullopt;
}

Status ChunkTable::move(const Digest& digest, ChunkPlace place) {
    for (std::size_t table = 0; table < kTables; ++table) {
        if (!may_have(table)) continue;
        HOLT_TRY_LET(move, db_->prepare(kSql[table].move));
        HOLT_TRY(move.bind(digest).bind(place.pack).bind(place.ordinal).run());
        if (db_->changes() > 0) return {};
    }
    return {};
}

Status ChunkTable::remove(const Digest& digest, std::uint32_t pack) {
    for (std::size_t table = 0; table < kTables; ++table) {
        if (!may_have(table)) continue;
        HOLT_TRY_LET(remove, db_->prepare(kSql[table].remove));
        HOLT_TRY(remove.bind(digest).bind(pack).run());
        if (db_->changes() > 0) return {};
    }
    return {};
}

Status ChunkTable::remove_deleting() {
    for (std::size_t table = 0; table < kTables; ++table)
        if (may_have(table)) HOLT_TRY(db_->run(kRemoveDeleting[table]));
    return {};
}

Status ChunkTable::pour(std::size_t table) {
    HOLT_TRY(db_->run(kPour[table]));
    HOLT_TRY(db_->run(kEmpty[table]));
    rows_[table + 1] += rows_[table];
    rows_[table] = 0;
    return {};
}

Status ChunkTable::settle() {
    if (!changed_) return {};
    for (std::size_t table = 0; table < kLargest; ++table) {
        if (static_cast<std::uint64_t>(rows_[table]) > kMostRows[table]) HOLT_TRY(pour(table));
    }
    HOLT_TRY_LET(update, db_->prepare("UPDATE chunk_rows SET small=?1, middle=?2"));
    HOLT_TRY(update.bind(rows_[0]).bind(rows_[1]).run());
    changed_ = false;
    return {};
}

}  // namespace holt::store
