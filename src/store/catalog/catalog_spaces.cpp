// The catalog's spaces: the folders that were restored, and what is known of their files.
// Losing them costs one repair that hashes everything.
#include "fs/folder.h"
#include "store/catalog/catalog_impl.h"
#include "store/catalog/space_files.h"

namespace holt::store {
namespace {

std::int64_t as_integer(std::uint64_t value) noexcept {
    return static_cast<std::int64_t>(value);
}

// Those of the folders restored longest ago that are gone, or others, by now: so the table does not
// grow with every temporary folder that a store ever restored into. Looked for while no lock is
// held.
struct Old {
    std::int64_t row;
    std::string path;
    fs::FolderIdentity then;
};
Result<std::vector<Old>> find_some_gone(Database& db) {
    constexpr std::int64_t kLookedAt = 4;  // each new space may remove as many old ones
    std::vector<Old> old;
    {
        HOLT_TRY_LET(oldest, db.prepare("SELECT row, path, dev, ino, born FROM space "
                                        "ORDER BY row LIMIT ?1"));
        oldest.bind(kLookedAt);
        while (true) {
            HOLT_TRY_LET(more, oldest.step());
            if (!more) break;
            old.push_back({oldest.integer(0),
                           oldest.text(1),
                           {.dev = static_cast<std::uint64_t>(oldest.integer(2)),
                            .ino = static_cast<std::uint64_t>(oldest.integer(3)),
                            .born = static_cast<std::uint64_t>(oldest.integer(4))}});
        }
    }
    std::vector<Old> gone;
    for (const Old& one : old) {
        const auto folder = fs::open_folder(one.path);
        if (!folder && !is_missing(folder.error())) continue;  // cannot tell
        if (folder) {
            const auto now = fs::identity_of(folder->get(), one.path);
            if (!now || fs::same_folder(one.then, *now)) continue;
        }
        gone.push_back(one);
    }
    return gone;
}

// What the last snapshot of the same folder knew is older than what is known now.
Status forget_source(Database& db, const std::string& path) {
    HOLT_TRY_LET(find, db.prepare("SELECT row FROM source WHERE path=?1"));
    HOLT_TRY_LET(found, find.bind(path).step());
    if (!found) return {};
    const std::int64_t row = find.integer(0);
    find.reset();
    HOLT_TRY_LET(stats, db.prepare("DELETE FROM stat_record WHERE source=?1"));
    HOLT_TRY(stats.bind(row).run());
    HOLT_TRY_LET(lives, db.prepare("DELETE FROM stat_life WHERE source=?1"));
    HOLT_TRY(lives.bind(row).run());
    HOLT_TRY_LET(source, db.prepare("DELETE FROM source WHERE row=?1"));
    return source.bind(row).run();
}

Status insert_space(Database& db, const Space& space, const SpaceRecords& records,
                    const std::string& life) {
    const Bytes always = records.encode(Holds::always);
    const Bytes recent = records.encode(Holds::this_life);
    HOLT_TRY_LET(insert, db.prepare("INSERT INTO space(path, dev, ino, born, snapshot_id, sub, "
                                    "moved, life, records, recent) "
                                    "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"));
    insert.bind(space.path).bind(as_integer(space.root.dev)).bind(as_integer(space.root.ino));
    insert.bind(as_integer(space.root.born)).bind(space.snapshot).bind(space.sub).bind(space.moved);
    insert.bind(life);
    insert.bind(always).bind(recent);
    return insert.run();
}

}  // namespace

Result<std::optional<Space>> Catalog::find_space(const std::string& path,
                                                 const fs::FolderIdentity& now) {
    Database& db = impl_->db;
    HOLT_TRY_LET(transaction, Transaction::begin(db, Transaction::Kind::read));
    HOLT_TRY_LET(query, db.prepare("SELECT row, dev, born, snapshot_id, sub, path, moved "
                                   "FROM space "
                                   "WHERE ino=?1 ORDER BY row DESC"));
    query.bind(as_integer(now.ino));
    std::optional<Space> moved;
    while (true) {
        HOLT_TRY_LET(more, query.step());
        if (!more) return moved;
        const fs::FolderIdentity then{.dev = static_cast<std::uint64_t>(query.integer(1)),
                                      .ino = now.ino,
                                      .born = static_cast<std::uint64_t>(query.integer(2))};
        if (!fs::same_folder(then, now)) continue;
        HOLT_TRY_LET(snapshot, query.digest(3));
        Space space{.row = query.integer(0),
                    .path = query.text(5),
                    .root = then,
                    .snapshot = snapshot,
                    .sub = query.text(4),
                    .moved = query.text(6)};
        if (space.path == path) return space;
        // Elsewhere, only what is beyond doubt the same folder counts.
        if (!moved && then == now && now.born != 0) moved = std::move(space);
    }
}

Result<std::optional<Digest>> Catalog::saved_as(const std::string& path,
                                                const fs::FolderIdentity& now) {
    HOLT_TRY_LET(query, impl_->db.prepare("SELECT dev, ino, born, snapshot_id FROM source "
                                          "WHERE path=?1 AND ino IS NOT NULL"));
    HOLT_TRY_LET(found, query.bind(path).step());
    if (!found) return std::nullopt;
    const fs::FolderIdentity then{.dev = static_cast<std::uint64_t>(query.integer(0)),
                                  .ino = static_cast<std::uint64_t>(query.integer(1)),
                                  .born = static_cast<std::uint64_t>(query.integer(2))};
    if (!fs::same_folder(then, now)) return std::nullopt;
    HOLT_TRY_LET(snapshot, query.digest(3));
    return snapshot;
}

Result<SpaceRecords> Catalog::space_records(const Space& space, const std::string& life) {
    HOLT_TRY_LET(query, impl_->db.prepare("SELECT records, life, recent FROM space WHERE row=?1"));
    HOLT_TRY_LET(found, query.bind(space.row).step());
    if (!found) return SpaceRecords{};
    const std::string object = "space '" + printable(space.path) + "'";
    HOLT_TRY_LET(records, SpaceRecords::decode(query.bytes(0), Holds::always, object));
    if (life.empty() || query.text(1) != life) return records;
    HOLT_TRY_LET(recent, SpaceRecords::decode(query.bytes(2), Holds::this_life, object));
    if (recent.size() == 0) return records;
    std::vector<SpaceRecord> all = records.all();
    all.insert(all.end(), recent.all().begin(), recent.all().end());
    return SpaceRecords(std::move(all));
}

Status Catalog::put_space(const Space& space, const SpaceRecords& records,
                          const std::string& life) {
    Database& db = impl_->db;
    // Nothing here needs to outlive a power cut; it only must not tear the rest.
    HOLT_TRY(db.run("PRAGMA synchronous=FULL"));
    HOLT_TRY_LET(gone, find_some_gone(db));
    const Time now = time_of_ns(std::chrono::duration_cast<std::chrono::nanoseconds>(
                                    std::chrono::system_clock::now().time_since_epoch())
                                    .count());
    HOLT_TRY_LET(transaction, Transaction::begin(db, Transaction::Kind::write));
    {
        // One inode is one space. The folder that had this path before stays remembered until it is
        // seen to be gone: this one may not have taken its place yet.
        HOLT_TRY_LET(remove, db.prepare("DELETE FROM space WHERE ino=?1 AND (dev=?2 OR "
                                        "(born=?3 AND born<>0))"));
        remove.bind(as_integer(space.root.ino)).bind(as_integer(space.root.dev));
        HOLT_TRY(remove.bind(as_integer(space.root.born)).run());
        HOLT_TRY_LET(forget, db.prepare("DELETE FROM space WHERE row=?1"));
        for (const Old& one : gone) HOLT_TRY(forget.bind(one.row).run());
    }
    HOLT_TRY(forget_source(db, space.path));
    HOLT_TRY(insert_space(db, space, records, life));
    HOLT_TRY(impl_->put_use(space.snapshot, now));
    HOLT_TRY(transaction.commit());
    const int store = impl_->store->get();
    for (const Old& one : gone) HOLT_TRY(remove_space_file(store, impl_->store_path, one.then));
    return put_space_file(store, impl_->store_path, space);
}

Status Catalog::add_space(const Space& space) {
    HOLT_TRY_LET(query, impl_->db.prepare("SELECT 1 FROM space WHERE ino=?1 AND (dev=?2 OR "
                                          "(born=?3 AND born<>0))"));
    query.bind(as_integer(space.root.ino)).bind(as_integer(space.root.dev));
    HOLT_TRY_LET(known, query.bind(as_integer(space.root.born)).step());
    if (known) return {};
    return insert_space(impl_->db, space, SpaceRecords{}, "");
}

}  // namespace holt::store
