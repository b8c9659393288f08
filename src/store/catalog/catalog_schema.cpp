#include "store/catalog/catalog_schema.h"

#include <sqlite3.h>

#include <string>
#include <utility>

namespace holt::store {
namespace {

// "holt" as SQLite's application_id: file(1) and this build know the catalog by it.
constexpr std::int64_t kApplicationId = 0x686F6C74;

// A digest is its own key: no rowid and no second B-tree for the 10 million chunks of a large
// store. Pack rows are never used twice (AUTOINCREMENT), so that a place read before a pack went
// can not mean another pack; nor are those of snapshots, whose packs are remembered by row also
// while they are forgotten. Text is bound and compared as blobs: names and paths are bytes.
constexpr const char* kTables = R"sql(
CREATE TABLE pack(
    row INTEGER PRIMARY KEY AUTOINCREMENT, id BLOB NOT NULL UNIQUE, bytes INTEGER NOT NULL,
    blocks INTEGER NOT NULL, chunks INTEGER NOT NULL, raw_bytes INTEGER NOT NULL,
    duplicate_chunks INTEGER NOT NULL DEFAULT 0, duplicate_bytes INTEGER NOT NULL DEFAULT 0,
    state INTEGER NOT NULL DEFAULT 0);
CREATE INDEX pack_going ON pack(row) WHERE state<>0;
CREATE TABLE pack_moved(
    pack INTEGER NOT NULL, into_pack INTEGER NOT NULL, PRIMARY KEY(pack, into_pack)) WITHOUT ROWID;
CREATE TABLE chunk(
    digest BLOB PRIMARY KEY, pack INTEGER NOT NULL, ordinal INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE chunk_middle(
    digest BLOB PRIMARY KEY, pack INTEGER NOT NULL, ordinal INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE chunk_small(
    digest BLOB PRIMARY KEY, pack INTEGER NOT NULL, ordinal INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE chunk_rows(
    only INTEGER PRIMARY KEY CHECK(only=0), small INTEGER NOT NULL, middle INTEGER NOT NULL);
INSERT INTO chunk_rows VALUES(0, 0, 0);
CREATE TABLE snapshot(
    row INTEGER PRIMARY KEY AUTOINCREMENT, id BLOB NOT NULL UNIQUE, name BLOB UNIQUE, key BLOB,
    scope BLOB, bytes INTEGER NOT NULL, record BLOB NOT NULL);
CREATE INDEX snapshot_key ON snapshot(key) WHERE key IS NOT NULL;
CREATE TABLE forgotten(
    row INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, name BLOB, key BLOB, scope BLOB,
    bytes INTEGER NOT NULL, record BLOB NOT NULL);
CREATE TABLE snapshot_note(
    snapshot_id BLOB PRIMARY KEY, used INTEGER, hold INTEGER NOT NULL DEFAULT 0, tags BLOB)
    WITHOUT ROWID;
CREATE TABLE key_list(key BLOB PRIMARY KEY, inputs BLOB NOT NULL);
CREATE TABLE eviction(
    row INTEGER PRIMARY KEY AUTOINCREMENT, key BLOB NOT NULL, scope BLOB, time INTEGER NOT NULL,
    reason BLOB NOT NULL);
CREATE INDEX eviction_key ON eviction(key);
CREATE TABLE cache_day(
    day INTEGER PRIMARY KEY, hits INTEGER NOT NULL, partial INTEGER NOT NULL,
    misses INTEGER NOT NULL, saves INTEGER NOT NULL, evictions INTEGER NOT NULL,
    bytes INTEGER NOT NULL, milliseconds INTEGER NOT NULL);
CREATE TABLE snapshot_pack(
    snapshot INTEGER NOT NULL, pack INTEGER NOT NULL, PRIMARY KEY(snapshot, pack)) WITHOUT ROWID;
CREATE INDEX snapshot_pack_pack ON snapshot_pack(pack);
CREATE TABLE source(
    row INTEGER PRIMARY KEY, path BLOB NOT NULL UNIQUE, snapshot_id BLOB NOT NULL,
    sees_trusted INTEGER NOT NULL, dev INTEGER, ino INTEGER, born INTEGER);
CREATE TABLE stat_life(
    row INTEGER PRIMARY KEY AUTOINCREMENT, source INTEGER NOT NULL, life BLOB NOT NULL,
    UNIQUE(source, life));
CREATE TABLE stat_record(
    source INTEGER NOT NULL, folder BLOB NOT NULL, life INTEGER NOT NULL, entries BLOB NOT NULL,
    PRIMARY KEY(source, folder)) WITHOUT ROWID;
CREATE TABLE space(
    row INTEGER PRIMARY KEY AUTOINCREMENT, path BLOB NOT NULL, dev INTEGER NOT NULL,
    ino INTEGER NOT NULL, born INTEGER NOT NULL, snapshot_id BLOB NOT NULL, sub BLOB NOT NULL,
    moved BLOB NOT NULL, life BLOB NOT NULL, records BLOB NOT NULL, recent BLOB NOT NULL);
CREATE INDEX space_ino ON space(ino);
)sql";

std::unexpected<Error> not_a_catalog(const Database& database, std::string cause) {
    return fail(ErrorKind::corrupt, "open catalog", database.path(), std::move(cause),
                Advice::repair_store);
}

Status configure(Database& database) {
    sqlite3* db = database.handle();
    // A catalog is data: nothing stored in it may run, or change how it is read.
    sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
    sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
    sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, nullptr);
    // synchronous=EXTRA also forces the folder after the journal is gone: what was acknowledged
    // stays so after a power cut. Pages are read with pread, never mapped, so that checksums are
    // seen to. None of these reads or writes the file.
    return database.run(
        "PRAGMA synchronous=EXTRA; PRAGMA cache_size=-16384; PRAGMA mmap_size=0;"
        "PRAGMA temp_store=MEMORY; PRAGMA locking_mode=NORMAL; PRAGMA foreign_keys=OFF;"
        "PRAGMA cell_size_check=ON");
}

}  // namespace

Result<Database> open_catalog_database(UniqueFd folder, const std::string& name,
                                       const std::string& shown, Database::Options options) {
    options.vfs = CatalogVfs::make(CatalogFiles(std::move(folder), name, shown));
    if (options.vfs == nullptr)
        return fail(ErrorKind::failed, "open catalog", shown,
                    "SQLite has no file layer that ours can be put on");
    HOLT_TRY_LET(database, Database::open(shown, std::move(options)));
    HOLT_TRY(configure(database));
    return database;
}

Status create_catalog(Database& database) {
    const std::string page_size = "PRAGMA page_size=" + std::to_string(kCatalogPageSize);
    HOLT_TRY(database.run(page_size.c_str()));
    HOLT_TRY(reserve_page_checksums(database));
    // Free pages can be given back one by one (Catalog::shrink), without writing all others anew.
    // It writes the first page, which has room for its checksum by now.
    HOLT_TRY(database.run("PRAGMA auto_vacuum=INCREMENTAL"));
    HOLT_TRY(database.run("PRAGMA journal_mode=DELETE"));
    HOLT_TRY_LET(transaction, Transaction::begin(database, Transaction::Kind::write));
    HOLT_TRY_LET(tables, database.integer("SELECT count(*) FROM sqlite_schema"));
    if (tables > 0)
        return fail(ErrorKind::failed, "make catalog", database.path(), "there is one already");
    HOLT_TRY(database.run(kTables));
    const std::string marks = "PRAGMA application_id=" + std::to_string(kApplicationId) +
                              "; PRAGMA user_version=" + std::to_string(kCatalogVersion);
    HOLT_TRY(database.run(marks.c_str()));
    return transaction.commit();
}

Status check_catalog(Database& database) {
    HOLT_TRY_LET(transaction, Transaction::begin(database, Transaction::Kind::read));
    HOLT_TRY_LET(application, database.integer("PRAGMA application_id"));
    HOLT_TRY_LET(version, database.integer("PRAGMA user_version"));
    HOLT_TRY_LET(tables, database.integer("SELECT count(*) FROM sqlite_schema"));
    if (application != kApplicationId)
        return not_a_catalog(database, tables == 0 ? "it is empty" : "it is another database");
    if (version > kCatalogVersion)
        return fail(ErrorKind::no_store, "open catalog", database.path(),
                    "it was made by a newer holt (version " + std::to_string(version) +
                        ", this build reads " + std::to_string(kCatalogVersion) + ")",
                    "use that version");
    if (version < 1 || tables == 0) return not_a_catalog(database, "it has no tables");
    if (version < kCatalogVersion)
        return fail(ErrorKind::no_store, "open catalog", database.path(),
                    "it was made before the first release of holt (version " +
                        std::to_string(version) + ", this build reads " +
                        std::to_string(kCatalogVersion) + ")",
                    Advice::make_store_again);
    return transaction.commit();
}

}  // namespace holt::store
