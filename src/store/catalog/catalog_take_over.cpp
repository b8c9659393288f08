// What a rebuilt catalog takes over from the old one: all that packs do not say. That is the
// spaces, the stat records and the notes on snapshots; which tables these are, and their columns,
// is read from the tables.
#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string_view>
#include <utility>

#include "store/catalog/catalog_impl.h"

namespace holt::store {
namespace {

// These are made from packs.
constexpr std::array<std::string_view, 9> kRebuilt = {"pack",         "pack_moved",    "chunk",
                                                      "chunk_middle", "chunk_small",   "chunk_rows",
                                                      "snapshot",     "snapshot_pack", "forgotten"};

// A statement whose text is put together here. Those of Database are literals.
using Query = std::unique_ptr<sqlite3_stmt, decltype(&sqlite3_finalize)>;

Result<Query> prepare(Database& db, const std::string& sql) {
    sqlite3_stmt* statement = nullptr;
    const int code = sqlite3_prepare_v2(db.handle(), sql.c_str(), -1, &statement, nullptr);
    Query query(statement, &sqlite3_finalize);
    if (code != SQLITE_OK) return std::unexpected(db.error(code, "copy catalog"));
    return query;
}

Result<std::vector<std::string>> tables_to_copy(Database& db) {
    std::vector<std::string> names;
    HOLT_TRY_LET(query, db.prepare("SELECT name FROM sqlite_schema WHERE type='table' ORDER BY 1"));
    while (true) {
        HOLT_TRY_LET(more, query.step());
        if (!more) return names;
        std::string name = query.text(0);
        if (!name.starts_with("sqlite_") && std::ranges::count(kRebuilt, name) == 0)
            names.push_back(std::move(name));
    }
}

// What cannot be read any more ends the copy of a table: each row that came before is as it was
// written, which the checksums of the pages say.
Status copy_table(Database& from, Database& to, const std::string& table) {
    HOLT_TRY_LET(rows, prepare(from, "SELECT * FROM " + table));
    const int columns = sqlite3_column_count(rows.get());
    std::string sql = "INSERT INTO " + table + " VALUES(?";
    for (int i = 1; i < columns; ++i) sql += ",?";
    HOLT_TRY_LET(insert, prepare(to, sql + ")"));
    while (true) {
        const int code = sqlite3_step(rows.get());
        if (code == SQLITE_DONE) return {};
        if (code != SQLITE_ROW) return std::unexpected(from.error(code, "read catalog"));
        for (int i = 0; i < columns; ++i)
            sqlite3_bind_value(insert.get(), i + 1, sqlite3_column_value(rows.get(), i));
        const int put = sqlite3_step(insert.get());
        if (put != SQLITE_DONE) return std::unexpected(to.error(put, "write catalog"));
        sqlite3_reset(insert.get());
    }
}

}  // namespace

Status Catalog::take_over(Catalog& old) {
    HOLT_TRY_LET(transaction, Transaction::begin(old.impl_->db, Transaction::Kind::read));
    HOLT_TRY_LET(tables, tables_to_copy(impl_->db));
    for (const std::string& table : tables) {
        const Status copied = copy_table(old.impl_->db, impl_->db, table);
        const bool is_damage = !copied && (copied.error().kind == ErrorKind::corrupt ||
                                           copied.error().sys_errno == EIO);
        if (!copied && !is_damage) return copied;
    }
    return {};  // what is damaged has ended that transaction already
}

Status Catalog::drop_sources_but(const std::unordered_set<Digest>& complete) {
    std::vector<std::int64_t> rows;
    {
        HOLT_TRY_LET(query, impl_->db.prepare("SELECT row, snapshot_id FROM source"));
        while (true) {
            HOLT_TRY_LET(more, query.step());
            if (!more) break;
            HOLT_TRY_LET(id, query.digest(1));
            if (!complete.contains(id)) rows.push_back(query.integer(0));
        }
    }
    HOLT_TRY_LET(remove, impl_->db.prepare("DELETE FROM source WHERE row=?1"));
    for (const std::int64_t row : rows) HOLT_TRY(remove.bind(row).run());
    HOLT_TRY(impl_->db.run("DELETE FROM stat_record WHERE source NOT IN (SELECT row FROM source)"));
    return impl_->db.run("DELETE FROM stat_life WHERE source NOT IN (SELECT row FROM source)");
}

}  // namespace holt::store
