// What writes to the catalog: the commit of a snapshot, and the rebuild from packs.
#include <algorithm>
#include <cerrno>
#include <map>
#include <numeric>
#include <utility>

#include "base/guard.h"
#include "codec/xxhash64/xxhash64.h"
#include "fs/metadata/metadata.h"
#include "store/catalog/catalog_impl.h"
#include "store/format/cache_fields.h"
#include "store/format/stat_codec.h"

namespace holt::store {
namespace {

constexpr const char* kCommit = "commit snapshot";

// Chunks in the order of the B-tree they go into: each page is visited once.
std::vector<std::uint32_t> by_digest(const std::vector<ChunkInfo>& chunks) {
    std::vector<std::uint32_t> order(chunks.size());
    std::iota(order.begin(), order.end(), 0u);
    std::ranges::sort(order, [&](std::uint32_t a, std::uint32_t b) {
        const auto difference = chunks[a].digest <=> chunks[b].digest;
        return difference != 0 ? difference < 0 : a < b;
    });
    return order;
}

std::uint64_t new_chunks(std::span<const Catalog::Commit> commits) {
    std::uint64_t sum = 0;
    for (const Catalog::Commit& commit : commits)
        for (const NewPack& pack : commit.new_packs) sum += pack.footer.chunks.size();
    return sum;
}

std::uint64_t raw_bytes(const PackFooter& footer) {
    std::uint64_t sum = 0;
    for (const BlockInfo& block : footer.blocks) sum += block.raw_size;
    return sum;
}

Status check_id(Database& db, const Digest& id) {
    HOLT_TRY_LET(query, db.prepare("SELECT 1 FROM snapshot WHERE id=?1"));
    HOLT_TRY_LET(there, query.bind(id).step());
    if (!there) return {};
    return fail(ErrorKind::failed, kCommit, short_id(id), "this very snapshot is in the store");
}

// The row of the snapshot that this one was made from: what was not read again lies in its packs.
// One that was forgotten meanwhile will do as long as nothing of it was collected.
Result<std::int64_t> row_of_base(Database& db, const Digest& base) {
    HOLT_TRY_LET(exists, db.prepare("SELECT row FROM snapshot WHERE id=?1 UNION ALL "
                                    "SELECT row FROM forgotten WHERE id=?1"));
    HOLT_TRY_LET(found, exists.bind(base).step());
    if (!found)
        return gone_meanwhile(short_id(base),
                              "the snapshot that it builds on was forgotten meanwhile");
    return exists.integer(0);
}

// The same snapshot again, as an import brings it: then nothing is left to be brought back.
Status drop_forgotten(Database& db, const Digest& id) {
    HOLT_TRY_LET(find, db.prepare("SELECT row FROM forgotten WHERE id=?1"));
    HOLT_TRY_LET(found, find.bind(id).step());
    if (!found) return {};
    const std::int64_t row = find.integer(0);
    find.reset();
    HOLT_TRY_LET(uses, db.prepare("DELETE FROM snapshot_pack WHERE snapshot=?1"));
    HOLT_TRY(uses.bind(row).run());
    HOLT_TRY_LET(remove, db.prepare("DELETE FROM forgotten WHERE row=?1"));
    return remove.bind(row).run();
}

Result<std::int64_t> put_source(Database& db, const Catalog::Commit& commit) {
    HOLT_TRY_LET(upsert,
                 db.prepare("INSERT INTO source(path, snapshot_id, sees_trusted, dev, ino, born) "
                            "VALUES(?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT(path) DO UPDATE SET "
                            "snapshot_id=excluded.snapshot_id, sees_trusted=excluded.sees_trusted, "
                            "dev=excluded.dev, ino=excluded.ino, born=excluded.born"));
    const std::int64_t sees_trusted = fs::sees_trusted() ? 1 : 0;
    upsert.bind(commit.record.source).bind(commit.id).bind(sees_trusted);
    for (const auto part :
         {&fs::FolderIdentity::dev, &fs::FolderIdentity::ino, &fs::FolderIdentity::born}) {
        if (commit.whole_of)
            upsert.bind(static_cast<std::int64_t>((*commit.whole_of).*part));
        else
            upsert.bind_null();
    }
    HOLT_TRY(upsert.run());
    HOLT_TRY_LET(find, db.prepare("SELECT row FROM source WHERE path=?1"));
    HOLT_TRY(find.bind(commit.record.source).step());
    return find.integer(0);
}

// Removes the stat records of folders that are not among those just `put`. Names are compared by
// their hashes, 8 bytes each for a million folders; two that share one would only leave a record
// behind that nobody asks for.
Status remove_other_stats(Database& db, std::int64_t source, std::vector<std::uint64_t> put) {
    HOLT_TRY_LET(count, db.prepare("SELECT count(*) FROM stat_record WHERE source=?1"));
    HOLT_TRY(count.bind(source).step());
    if (static_cast<std::uint64_t>(count.integer(0)) == put.size()) return {};
    std::ranges::sort(put);
    std::vector<std::string> others;
    {
        HOLT_TRY_LET(all, db.prepare("SELECT folder FROM stat_record WHERE source=?1"));
        all.bind(source);
        while (true) {
            HOLT_TRY_LET(more, all.step());
            if (!more) break;
            if (!std::ranges::binary_search(put, zstd::xxhash64(all.bytes(0))))
                others.push_back(all.text(0));
        }
    }
    HOLT_TRY_LET(remove, db.prepare("DELETE FROM stat_record WHERE source=?1 AND folder=?2"));
    for (const std::string& folder : others) HOLT_TRY(remove.bind(source).bind(folder).run());
    return {};
}

// The rows of the lives that a source's stat records hold for.
class StatLives {
  public:
    StatLives(Database& db, std::int64_t source) : db_(db), source_(source) {}

    Result<std::int64_t> row_of(const std::optional<std::string>& life) {
        if (!life) return kHoldsAlways;
        if (const auto known = rows_.find(*life); known != rows_.end()) return known->second;
        HOLT_TRY_LET(insert, db_.prepare("INSERT INTO stat_life(source, life) VALUES(?1, ?2) "
                                         "ON CONFLICT(source, life) DO NOTHING"));
        HOLT_TRY(insert.bind(source_).bind(*life).run());
        HOLT_TRY_LET(find, db_.prepare("SELECT row FROM stat_life WHERE source=?1 AND life=?2"));
        HOLT_TRY(find.bind(source_).bind(*life).step());
        return rows_[*life] = find.integer(0);
    }

    // Those of records that were all replaced.
    Status remove_others() {
        std::vector<std::int64_t> others;
        {
            HOLT_TRY_LET(all, db_.prepare("SELECT row, life FROM stat_life WHERE source=?1"));
            all.bind(source_);
            while (true) {
                HOLT_TRY_LET(more, all.step());
                if (!more) break;
                if (!rows_.contains(all.text(1))) others.push_back(all.integer(0));
            }
        }
        HOLT_TRY_LET(remove, db_.prepare("DELETE FROM stat_life WHERE row=?1"));
        for (const std::int64_t row : others) HOLT_TRY(remove.bind(row).run());
        return {};
    }

  private:
    Database& db_;
    std::int64_t source_;
    std::map<std::string, std::int64_t> rows_;
};

// Most folders did not change since the last snapshot: their pages are read and not written.
Status replace_stats(Database& db, const Catalog::Commit& commit) {
    HOLT_TRY_LET(source, put_source(db, commit));
    StatLives lives(db, source);
    HOLT_TRY_LET(upsert, db.prepare("INSERT INTO stat_record(source, folder, life, entries) "
                                    "VALUES(?1, ?2, ?3, ?4) ON CONFLICT(source, folder) DO UPDATE "
                                    "SET life=excluded.life, entries=excluded.entries "
                                    "WHERE entries<>excluded.entries OR life<>excluded.life"));
    std::vector<std::uint64_t> put;
    while (const std::optional<FolderStats> stats = commit.next_stats()) {
        HOLT_TRY_LET(life, lives.row_of(stats->life));
        const Bytes entries = encode_stats(stats->entries);
        HOLT_TRY(upsert.bind(source).bind(stats->folder).bind(life).bind(entries).run());
        put.push_back(zstd::xxhash64(as_bytes(stats->folder)));
    }
    HOLT_TRY(remove_other_stats(db, source, std::move(put)));
    return lives.remove_others();
}

}  // namespace

std::unexpected<Error> gone_meanwhile(std::string object, std::string cause) {
    auto failed = fail(ErrorKind::failed, kCommit, std::move(object), std::move(cause),
                       "run the same command again");
    failed.error().sys_errno = ESTALE;
    return failed;
}

bool is_gone_meanwhile(const Error& error) noexcept {
    return error.operation == kCommit && error.sys_errno == ESTALE;
}

Status Catalog::Impl::check_name(const char* operation, const std::string& name) {
    if (name.empty()) return {};
    HOLT_TRY_LET(query, db.prepare("SELECT id FROM snapshot WHERE name=?1"));
    HOLT_TRY_LET(taken, query.bind(name).step());
    if (!taken || !guard("name is free")) return {};
    HOLT_TRY_LET(id, query.digest(0));
    return fail(ErrorKind::usage, operation, name, "the name is taken by snapshot " + short_id(id),
                "choose another name, or forget that snapshot");
}

Result<std::int64_t> Catalog::Impl::row_of_pack(const Digest& id) {
    HOLT_TRY_LET(query, db.prepare("SELECT row FROM pack WHERE id=?1"));
    HOLT_TRY_LET(found, query.bind(id).step());
    if (!found) return gone_meanwhile(pack_object(id), "a pack that it needs is gone");
    return query.integer(0);
}

Status Catalog::Impl::use_pack(const Digest& id, std::set<std::int64_t>& used) {
    HOLT_TRY_LET(row, row_of_pack(id));
    return use_pack(row, used);
}

Status Catalog::Impl::use_pack(std::int64_t row, std::set<std::int64_t>& used) {
    std::vector<std::int64_t> to_use{row};
    while (!to_use.empty()) {
        const std::int64_t pack = to_use.back();
        to_use.pop_back();
        if (!used.insert(pack).second) continue;
        HOLT_TRY_LET(query, db.prepare("SELECT id, state FROM pack WHERE row=?1"));
        HOLT_TRY_LET(found, query.bind(pack).step());
        if (!found)
            return gone_meanwhile("pack " + std::to_string(pack), "a pack that it needs is gone");
        HOLT_TRY_LET(id, query.digest(0));
        const auto state = static_cast<PackState>(query.integer(1));
        query.reset();
        if (guard("packs of a commit are not being deleted") && state == PackState::deleting)
            return gone_meanwhile(pack_object(id), "a pack that it needs is being deleted");
        if (state == PackState::condemned) {
            HOLT_TRY_LET(revive, db.prepare("UPDATE pack SET state=0 WHERE row=?1"));
            HOLT_TRY(revive.bind(pack).run());
        }
        // What was looked up before a collector moved it is in the other pack by now.
        HOLT_TRY_LET(moved, db.prepare("SELECT into_pack FROM pack_moved WHERE pack=?1"));
        moved.bind(pack);
        while (true) {
            HOLT_TRY_LET(more, moved.step());
            if (!more) break;
            to_use.push_back(moved.integer(0));
        }
    }
    return {};
}

Status Catalog::Impl::use_packs_of(std::int64_t snapshot, std::set<std::int64_t>& used) {
    std::vector<std::int64_t> packs;
    {
        HOLT_TRY_LET(query, db.prepare("SELECT pack FROM snapshot_pack WHERE snapshot=?1"));
        query.bind(snapshot);
        while (true) {
            HOLT_TRY_LET(more, query.step());
            if (!more) break;
            packs.push_back(query.integer(0));
        }
    }
    for (const std::int64_t pack : packs) HOLT_TRY(use_pack(pack, used));
    return {};
}

Result<std::int64_t> Catalog::Impl::insert_pack_row(const NewPack& pack,
                                                    std::set<std::int64_t>& used) {
    {
        HOLT_TRY_LET(insert, db.prepare("INSERT INTO pack(id, bytes, blocks, chunks, raw_bytes) "
                                        "VALUES(?1, ?2, ?3, ?4, ?5) ON CONFLICT(id) DO NOTHING"));
        insert.bind(pack.id).bind(static_cast<std::int64_t>(pack.bytes));
        insert.bind(static_cast<std::int64_t>(pack.footer.blocks.size()));
        insert.bind(static_cast<std::int64_t>(pack.footer.chunks.size()));
        insert.bind(static_cast<std::int64_t>(raw_bytes(pack.footer)));
        HOLT_TRY(insert.run());
    }
    HOLT_TRY_LET(row, row_of_pack(pack.id));
    HOLT_TRY(use_pack(row, used));
    return row;
}

Status Catalog::Impl::insert_pack(const NewPack& pack, ChunkTable& chunks,
                                  std::set<std::int64_t>& used) {
    HOLT_TRY_LET(row, insert_pack_row(pack, used));
    absent = {};
    std::int64_t duplicate_chunks = 0, duplicate_bytes = 0;
    for (const std::uint32_t ordinal : by_digest(pack.footer.chunks)) {
        const ChunkPlace place{.pack = static_cast<std::uint32_t>(row), .ordinal = ordinal};
        HOLT_TRY_LET(holder, chunks.put(pack.footer.chunks[ordinal].digest, place));
        if (holder && !used.contains(*holder)) HOLT_TRY(use_pack(*holder, used));
        if (!holder || *holder == row) continue;
        ++duplicate_chunks;
        duplicate_bytes += pack.footer.chunks[ordinal].length;
    }
    // Of two snapshots at once both had new what only the first one brings.
    if (duplicate_chunks == 0) return {};
    HOLT_TRY_LET(count, db.prepare("UPDATE pack SET duplicate_chunks=?2, duplicate_bytes=?3 "
                                   "WHERE row=?1"));
    return count.bind(row).bind(duplicate_chunks).bind(duplicate_bytes).run();
}

Status Catalog::Impl::insert_snapshot(const RebuiltSnapshot& snapshot) {
    const bool visible = snapshot.as == Added::visible;
    HOLT_TRY_LET(insert, db.prepare(visible ? "INSERT INTO snapshot(id, name, key, scope, bytes, "
                                              "record) VALUES(?1, ?2, ?3, ?4, ?5, ?6)"
                                            : "INSERT INTO forgotten(id, name, key, scope, bytes, "
                                              "record, row) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)"));
    insert.bind(snapshot.id);
    snapshot.name.empty() ? insert.bind_null() : insert.bind(snapshot.name);
    snapshot.key.empty() ? insert.bind_null() : insert.bind(snapshot.key);
    snapshot.scope.empty() ? insert.bind_null() : insert.bind(snapshot.scope);
    insert.bind(static_cast<std::int64_t>(snapshot.bytes)).bind(snapshot.encoded);
    // A forgotten one has its row before all others: rows are not shared between the two tables.
    if (!visible) {
        HOLT_TRY_LET(lowest, db.integer("SELECT min(0, coalesce(min(row), 0)) - 1 FROM forgotten"));
        insert.bind(lowest);
    }
    HOLT_TRY(insert.run());
    const std::int64_t row = db.last_row();
    HOLT_TRY_LET(use, db.prepare("INSERT INTO snapshot_pack(snapshot, pack) VALUES(?1, ?2)"));
    for (const std::int64_t pack : snapshot.packs) HOLT_TRY(use.bind(row).bind(pack).run());
    return {};
}

Status Catalog::commit(const Commit& commit) {
    return commit_all({&commit, 1});
}

Status Catalog::commit_all(std::span<const Commit> commits) {
    HOLT_TRY_LET(transaction, Transaction::begin(impl_->db, Transaction::Kind::write));
    // Before anything is inserted: what is pending there is settled by what the catalog has now.
    HOLT_TRY_LET(writer, impl_->open_marks());
    HOLT_TRY_LET(chunks, ChunkTable::open(impl_->db));
    chunks.expect(new_chunks(commits));
    AbsentChunks absent = std::exchange(impl_->absent, {});
    HOLT_TRY(absent.refresh(impl_->db));
    chunks.know(absent);
    std::vector<Mark> marks;
    for (const Commit& commit : commits) {
        HOLT_TRY(impl_->insert_commit(commit, chunks));
        marks.push_back({.id = commit.id, .name = commit.record.name});
    }
    HOLT_TRY(chunks.settle());
    HOLT_TRY(writer.append(std::move(marks)));
    HOLT_TRY(transaction.commit());
    return writer.settle();
}

Status Catalog::Impl::insert_commit(const Commit& commit, ChunkTable& chunks) {
    HOLT_TRY(check_name(kCommit, commit.record.name));
    HOLT_TRY(check_id(db, commit.id));
    HOLT_TRY(drop_forgotten(db, commit.id));
    if (guard("new packs are still there") && commit.confirm) HOLT_TRY(commit.confirm());

    std::set<std::int64_t> used;
    if (commit.base) {
        HOLT_TRY_LET(base, row_of_base(db, *commit.base));
        HOLT_TRY(use_packs_of(base, used));
    }
    for (const NewPack& pack : commit.new_packs) HOLT_TRY(insert_pack(pack, chunks, used));
    for (const Digest& pack : commit.packs_used) HOLT_TRY(use_pack(pack, used));
    HOLT_TRY(insert_snapshot({.id = commit.id,
                              .name = commit.record.name,
                              .key = commit.record.key,
                              .scope = decode_cache_fields(commit.record.fields).scope,
                              .bytes = commit.record.bytes,
                              .encoded = commit.encoded_record,
                              .packs = std::move(used)}));
    if (commit.next_stats) HOLT_TRY(replace_stats(db, commit));
    return {};
}

Result<Bytes> Catalog::encoded_record(const Digest& id) {
    HOLT_TRY_LET(query, impl_->db.prepare("SELECT record FROM snapshot WHERE id=?1"));
    HOLT_TRY_LET(found, query.bind(id).step());
    if (!found) return fail(ErrorKind::not_found, "read catalog", short_id(id), "no such snapshot");
    const ByteView record = query.bytes(0);
    return Bytes(record.begin(), record.end());
}

Status Catalog::begin_rebuild() {
    HOLT_TRY_LET(transaction, Transaction::begin(impl_->db, Transaction::Kind::write));
    impl_->shared.reset();
    impl_->shared.emplace(std::move(transaction));
    HOLT_TRY_LET(chunks, ChunkTable::open(impl_->db));
    impl_->rebuilt_chunks = chunks;
    impl_->rebuilt_chunks->expect_all();
    impl_->rebuilt.clear();
    return {};
}

Status Catalog::add_pack(const NewPack& pack) {
    std::set<std::int64_t> ignored;
    return impl_->insert_pack(pack, *impl_->rebuilt_chunks, ignored);
}

Status Catalog::add_snapshot(const Digest& id, const SnapshotRecord& record, ByteView encoded,
                             std::span<const Digest> packs_used, Added as) {
    if (std::ranges::find(impl_->rebuilt, id, &RebuiltSnapshot::id) != impl_->rebuilt.end())
        return {};  // its record lies in two packs
    RebuiltSnapshot snapshot{.id = id,
                             .name = record.name,
                             .key = record.key,
                             .scope = decode_cache_fields(record.fields).scope,
                             .bytes = record.bytes,
                             .encoded = Bytes(encoded.begin(), encoded.end()),
                             .as = as};
    for (const Digest& pack : packs_used) HOLT_TRY(impl_->use_pack(pack, snapshot.packs));
    impl_->rebuilt.push_back(std::move(snapshot));
    return {};
}

Status Catalog::end_rebuild() {
    if (!impl_->shared)
        return fail(ErrorKind::failed, "rebuild catalog", impl_->db.path(), "none was begun");
    std::vector<RebuiltSnapshot>& all = impl_->rebuilt;
    std::set<std::string> taken;
    for (auto last = all.rbegin(); last != all.rend(); ++last)
        if (last->as == Added::visible && !last->name.empty() && !taken.insert(last->name).second)
            last->name.clear();
    for (const RebuiltSnapshot& snapshot : all) HOLT_TRY(impl_->insert_snapshot(snapshot));
    HOLT_TRY(impl_->shared->commit());
    impl_->shared.reset();
    all.clear();
    return {};
}

}  // namespace holt::store
