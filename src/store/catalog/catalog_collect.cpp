#include "store/catalog/catalog_collect.h"

#include <algorithm>
#include <utility>

#include "base/guard.h"
#include "fs/folder.h"
#include "store/catalog/catalog_impl.h"
#include "store/catalog/space_files.h"

namespace holt::store {
namespace {

constexpr const char* kCollect = "collect garbage";

Status run_for_each(Database& db, const char* sql, std::span<const std::uint32_t> rows) {
    HOLT_TRY_LET(statement, db.prepare(sql));
    for (const std::uint32_t row : rows)
        HOLT_TRY(statement.bind(static_cast<std::int64_t>(row)).run());
    return {};
}

// Whatever needs the old pack needs the new one now.
Status hand_over(Database& db, std::uint32_t old_pack, std::int64_t new_pack) {
    HOLT_TRY_LET(use, db.prepare("INSERT OR IGNORE INTO snapshot_pack(snapshot, pack) "
                                 "SELECT snapshot, ?2 FROM snapshot_pack WHERE pack=?1"));
    HOLT_TRY(use.bind(std::int64_t{old_pack}).bind(new_pack).run());
    HOLT_TRY_LET(note,
                 db.prepare("INSERT OR IGNORE INTO pack_moved(pack, into_pack) VALUES(?1, ?2)"));
    return note.bind(std::int64_t{old_pack}).bind(new_pack).run();
}

// Each chunk of the new pack that the catalog has in one of `from` is in the new one now.
Status move_to(Database& db, const NewPack& pack, std::int64_t row,
               const std::set<std::uint32_t>& from, std::vector<CatalogCollector::Moved>& moved) {
    HOLT_TRY_LET(chunks, ChunkTable::open(db));
    std::vector<std::uint32_t> order(pack.footer.chunks.size());
    for (std::uint32_t i = 0; i < order.size(); ++i) order[i] = i;
    std::ranges::sort(order, {}, [&](std::uint32_t i) { return pack.footer.chunks[i].digest; });
    for (const std::uint32_t ordinal : order) {
        const Digest& digest = pack.footer.chunks[ordinal].digest;
        HOLT_TRY_LET(now, chunks.find(digest));
        if (!now || !from.contains(now->pack)) continue;
        const ChunkPlace place{.pack = static_cast<std::uint32_t>(row), .ordinal = ordinal};
        HOLT_TRY(chunks.move(digest, place));
        moved.push_back({*now, place});
    }
    return {};
}

struct KnownSpace {
    std::int64_t row;
    std::string path;
    fs::FolderIdentity then;
};

// False also when that cannot be told.
bool is_gone(const std::string& path, const fs::FolderIdentity& then) {
    const auto folder = fs::open_folder(path);
    if (!folder) return is_missing(folder.error());
    const auto now = fs::identity_of(folder->get(), path);
    return now && !fs::same_folder(then, *now);
}

}  // namespace

Status CatalogCollector::begin() {
    HOLT_TRY_LET(transaction, Transaction::begin(catalog_.impl_->db, Transaction::Kind::write));
    catalog_.impl_->shared.reset();
    catalog_.impl_->shared.emplace(std::move(transaction));
    return {};
}

Status CatalogCollector::end() {
    if (!catalog_.impl_->shared)
        return fail(ErrorKind::failed, kCollect, catalog_.impl_->db.path(), "none was begun");
    const Status done = catalog_.impl_->shared->commit();
    catalog_.impl_->shared.reset();
    return done;
}

void CatalogCollector::abandon() noexcept {
    catalog_.impl_->shared.reset();
}

Result<std::vector<PackRow>> CatalogCollector::in_state(PackState state) {
    HOLT_TRY_LET(query, catalog_.impl_->db.prepare("SELECT row, id, bytes FROM pack WHERE state=?1 "
                                                   "ORDER BY row"));
    query.bind(static_cast<std::int64_t>(state));
    std::vector<PackRow> packs;
    while (true) {
        HOLT_TRY_LET(more, query.step());
        if (!more) return packs;
        HOLT_TRY_LET(id, query.digest(1));
        packs.push_back({.row = static_cast<std::uint32_t>(query.integer(0)),
                         .id = id,
                         .bytes = static_cast<std::uint64_t>(query.integer(2))});
    }
}

Status CatalogCollector::condemn(std::span<const std::uint32_t> packs) {
    Database& db = catalog_.impl_->db;
    // A snapshot names all packs of the one that it was made from, needed or not.
    HOLT_TRY(run_for_each(db, "DELETE FROM snapshot_pack WHERE pack=?1", packs));
    return run_for_each(db, "UPDATE pack SET state=1 WHERE row=?1 AND state=0", packs);
}

Result<std::uint64_t> CatalogCollector::drop_forgotten(const std::unordered_set<Digest>& kept) {
    Database& db = catalog_.impl_->db;
    std::vector<std::int64_t> rows;
    {
        HOLT_TRY_LET(query, db.prepare("SELECT row, id FROM forgotten"));
        while (true) {
            HOLT_TRY_LET(more, query.step());
            if (!more) break;
            HOLT_TRY_LET(id, query.digest(1));
            if (!kept.contains(id)) rows.push_back(query.integer(0));
        }
    }
    HOLT_TRY_LET(uses, db.prepare("DELETE FROM snapshot_pack WHERE snapshot=?1"));
    HOLT_TRY_LET(remove, db.prepare("DELETE FROM forgotten WHERE row=?1"));
    for (const std::int64_t row : rows) {
        HOLT_TRY(uses.bind(row).run());
        HOLT_TRY(remove.bind(row).run());
    }
    return rows.size();
}

Result<std::vector<CatalogCollector::Moved>> CatalogCollector::move_chunks(
    std::span<const NewPack> into, const std::set<std::uint32_t>& from) {
    Catalog::Impl& impl = *catalog_.impl_;
    std::vector<Moved> moved;
    for (const NewPack& pack : into) {
        std::set<std::int64_t> ignored;
        HOLT_TRY_LET(row, impl.insert_pack_row(pack, ignored));
        HOLT_TRY(move_to(impl.db, pack, row, from, moved));
        for (const std::uint32_t old_pack : from) HOLT_TRY(hand_over(impl.db, old_pack, row));
    }
    HOLT_TRY(condemn(std::vector<std::uint32_t>(from.begin(), from.end())));
    return moved;
}

Status CatalogCollector::start_deleting(std::span<const std::uint32_t> packs) {
    HOLT_TRY(begin());
    // What became live again meanwhile is not condemned any more.
    HOLT_TRY(run_for_each(catalog_.impl_->db,
                          guard("state again before deleting")
                              ? "UPDATE pack SET state=2 WHERE row=?1 AND state=1"
                              : "UPDATE pack SET state=2 WHERE row=?1",
                          packs));
    return end();
}

Result<std::vector<Digest>> CatalogCollector::take_unknown(std::span<const Digest> packs) {
    HOLT_TRY(begin());
    Database& db = catalog_.impl_->db;
    std::vector<Digest> taken;
    {
        HOLT_TRY_LET(insert, db.prepare("INSERT INTO pack(id, bytes, blocks, chunks, raw_bytes, "
                                        "state) VALUES(?1, 0, 0, 0, 0, 2) ON CONFLICT(id) DO "
                                        "NOTHING"));
        for (const Digest& id : packs) {
            HOLT_TRY(insert.bind(id).run());
            if (db.changes() > 0) taken.push_back(id);
        }
    }
    HOLT_TRY(end());
    return taken;
}

Status CatalogCollector::remove_deleted() {
    Database& db = catalog_.impl_->db;
    HOLT_TRY_LET(deleting, db.integer("SELECT count(*) FROM pack WHERE state=2"));
    if (deleting == 0) return {};
    HOLT_TRY(begin());
    HOLT_TRY_LET(chunks, ChunkTable::open(db));
    HOLT_TRY(chunks.remove_deleting());
    HOLT_TRY(
        db.run("DELETE FROM pack_moved WHERE pack IN (SELECT row FROM pack WHERE state=2) "
               "OR into_pack IN (SELECT row FROM pack WHERE state=2)"));
    HOLT_TRY(
        db.run("DELETE FROM snapshot_pack WHERE pack IN (SELECT row FROM pack WHERE "
               "state=2)"));
    HOLT_TRY(db.run("DELETE FROM pack WHERE state=2"));
    return end();
}

Result<std::uint64_t> CatalogCollector::drop_gone_spaces() {
    Catalog::Impl& impl = *catalog_.impl_;
    std::vector<KnownSpace> gone;
    {
        HOLT_TRY_LET(query, impl.db.prepare("SELECT row, path, dev, ino, born FROM space"));
        while (true) {
            HOLT_TRY_LET(more, query.step());
            if (!more) break;
            gone.push_back({query.integer(0),
                            query.text(1),
                            {.dev = static_cast<std::uint64_t>(query.integer(2)),
                             .ino = static_cast<std::uint64_t>(query.integer(3)),
                             .born = static_cast<std::uint64_t>(query.integer(4))}});
        }
    }
    std::erase_if(gone, [](const KnownSpace& one) { return !is_gone(one.path, one.then); });
    if (!gone.empty()) {
        HOLT_TRY(begin());
        {
            HOLT_TRY_LET(remove, impl.db.prepare("DELETE FROM space WHERE row=?1"));
            for (const KnownSpace& one : gone) HOLT_TRY(remove.bind(one.row).run());
        }
        HOLT_TRY(end());
    }
    HOLT_TRY_LET(files, read_space_files(impl.store->get(), impl.store_path));
    for (const Space& space : files)
        if (is_gone(space.path, space.root))
            HOLT_TRY(remove_space_file(impl.store->get(), impl.store_path, space.root));
    return gone.size();
}

Status CatalogCollector::drop_stale_notes() {
    Database& db = catalog_.impl_->db;
    HOLT_TRY_LET(stale, db.integer("SELECT (SELECT count(*) FROM source WHERE snapshot_id NOT IN "
                                   "(SELECT id FROM snapshot)) + (SELECT count(*) FROM "
                                   "snapshot_note WHERE snapshot_id NOT IN (SELECT id FROM "
                                   "snapshot UNION ALL SELECT id FROM forgotten))"));
    if (stale == 0) return {};
    HOLT_TRY(begin());
    HOLT_TRY(db.run("DELETE FROM source WHERE snapshot_id NOT IN (SELECT id FROM snapshot)"));
    HOLT_TRY(db.run("DELETE FROM stat_record WHERE source NOT IN (SELECT row FROM source)"));
    HOLT_TRY(db.run("DELETE FROM stat_life WHERE source NOT IN (SELECT row FROM source)"));
    HOLT_TRY(
        db.run("DELETE FROM snapshot_note WHERE snapshot_id NOT IN (SELECT id FROM snapshot "
               "UNION ALL SELECT id FROM forgotten)"));
    return end();
}

}  // namespace holt::store
