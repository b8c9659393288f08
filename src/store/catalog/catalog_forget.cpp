// Forgetting snapshots, bringing them back, and what is noted of them: hold, tags, last use.
//
// A forgotten snapshot moves from one table to another and keeps its row, so that what it says of
// packs stays true until a collector drops it (catalog_collect.cpp). The marks (marks_file.h) are
// written in the order of a commit.
#include <algorithm>
#include <unordered_set>
#include <utility>

#include "store/catalog/catalog_impl.h"
#include "store/format/wire.h"

namespace holt::store {
namespace {

constexpr const char* kForget = "forget snapshot";
constexpr const char* kUndelete = "bring back snapshot";

Status run_with(Database& db, const char* sql, std::int64_t row) {
    HOLT_TRY_LET(statement, db.prepare(sql));
    return statement.bind(row).run();
}

Result<std::int64_t> row_of(Statement query, const char* operation, const Digest& id) {
    HOLT_TRY_LET(found, query.bind(id).step());
    if (found) return query.integer(0);
    return fail(ErrorKind::not_found, operation, short_id(id), "it is not there");
}

Status put_note(Database& db, const SnapshotRow& snapshot) {
    HOLT_TRY_LET(put, db.prepare("INSERT INTO snapshot_note(snapshot_id, hold, tags) "
                                 "VALUES(?1, ?2, ?3) ON CONFLICT(snapshot_id) DO UPDATE SET "
                                 "hold=excluded.hold, tags=excluded.tags"));
    const Bytes tags = encode_tags(snapshot.record.tags);
    return put.bind(snapshot.id).bind(snapshot.hold ? 1 : 0).bind(tags).run();
}

Status put_name(Database& db, const Digest& id, const std::string& name) {
    HOLT_TRY_LET(put, db.prepare("UPDATE snapshot SET name=?2 WHERE id=?1"));
    put.bind(id);
    name.empty() ? put.bind_null() : put.bind(name);
    return put.run();
}

}  // namespace

Bytes encode_tags(const std::vector<std::pair<std::string, std::string>>& tags) {
    Bytes out;
    WireWriter writer(out);
    writer.varint(tags.size());
    for (const auto& [key, value] : tags) {
        writer.text(key);
        writer.text(value);
    }
    return out;
}

Result<std::vector<std::pair<std::string, std::string>>> decode_tags(ByteView encoded,
                                                                     const std::string& object) {
    WireReader reader(encoded);
    std::vector<std::pair<std::string, std::string>> tags;
    const std::size_t count = reader.count(2, "more tags than there are bytes");
    for (std::size_t i = 0; i < count && reader.ok(); ++i) {
        std::string key(as_text(reader.text(0, encoded.size(), "a tag is longer than all")));
        tags.emplace_back(
            std::move(key),
            std::string(as_text(reader.text(0, encoded.size(), "a tag is longer than all"))));
    }
    HOLT_TRY(reader.finish("read catalog", object));
    return tags;
}

std::string encode_labels(const SnapshotRow& snapshot) {
    const Bytes tags = encode_tags(snapshot.record.tags);
    return std::string(1, snapshot.hold ? '\1' : '\0') + std::string(as_text(tags));
}

Status Catalog::put_labels(const Digest& id, std::string_view labels) {
    if (labels.empty()) return {};
    SnapshotRow row{.id = id, .hold = labels[0] != '\0'};
    HOLT_TRY_LET(tags, decode_tags(as_bytes(labels.substr(1)), short_id(id)));
    row.record.tags = std::move(tags);
    return put_note(impl_->db, row);
}

Status Catalog::forget(const Choice& choose, const Reason& reason) {
    Database& db = impl_->db;
    HOLT_TRY_LET(transaction, Transaction::begin(db, Transaction::Kind::write));
    HOLT_TRY_LET(writer, impl_->open_marks());
    HOLT_TRY_LET(all, snapshots());
    HOLT_TRY_LET(chosen, choose(all));
    if (chosen.empty()) return transaction.commit();
    std::vector<Mark> marks;
    for (const Digest& id : chosen) {
        HOLT_TRY_LET(find, db.prepare("SELECT row FROM snapshot WHERE id=?1"));
        HOLT_TRY_LET(row, row_of(std::move(find), kForget, id));
        const auto known = std::ranges::find(all, id, &SnapshotRow::id);
        HOLT_TRY(run_with(db,
                          "INSERT INTO forgotten(row, id, name, key, scope, bytes, record) SELECT "
                          "row, id, name, key, scope, bytes, record FROM snapshot WHERE row=?1",
                          row));
        HOLT_TRY(run_with(db, "DELETE FROM snapshot WHERE row=?1", row));
        if (reason && !known->record.key.empty()) HOLT_TRY(impl_->put_eviction(*known, reason(id)));
        marks.push_back({.kind = MarkKind::forgotten, .id = id, .name = known->record.name});
    }
    HOLT_TRY(writer.append(std::move(marks)));
    HOLT_TRY(transaction.commit());
    return writer.settle();
}

Result<std::vector<SnapshotRow>> Catalog::forgotten() {
    HOLT_TRY_LET(query, impl_->db.prepare(
                            "SELECT s.id, s.name, s.record, n.hold, n.used, n.tags FROM forgotten "
                            "AS s LEFT JOIN snapshot_note AS n ON n.snapshot_id=s.id ORDER BY "
                            "s.row"));
    return impl_->read_snapshots(query);
}

Result<std::vector<SnapshotRow>> Catalog::undelete(const Choice& choose) {
    Database& db = impl_->db;
    HOLT_TRY_LET(transaction, Transaction::begin(db, Transaction::Kind::write));
    HOLT_TRY_LET(writer, impl_->open_marks());
    HOLT_TRY_LET(all, forgotten());
    HOLT_TRY_LET(chosen, choose(all));
    std::vector<SnapshotRow> back;
    std::vector<Mark> marks;
    for (const Digest& id : chosen) {
        const auto known = std::ranges::find(all, id, &SnapshotRow::id);
        HOLT_TRY_LET(find, db.prepare("SELECT row FROM forgotten WHERE id=?1"));
        HOLT_TRY_LET(row, row_of(std::move(find), kUndelete, id));
        std::set<std::int64_t> used;  // revives what a collector was about to take
        HOLT_TRY(impl_->use_packs_of(row, used));
        HOLT_TRY_LET(taken, name_taken(known->record.name));
        if (taken) known->record.name.clear();
        HOLT_TRY(run_with(db,
                          "INSERT INTO snapshot(row, id, name, key, scope, bytes, record) SELECT "
                          "row, id, NULL, key, scope, bytes, record FROM forgotten WHERE row=?1",
                          row));
        HOLT_TRY(put_name(db, id, known->record.name));
        HOLT_TRY(run_with(db, "DELETE FROM forgotten WHERE row=?1", row));
        marks.push_back({.id = id, .name = known->record.name});
        back.push_back(*known);
    }
    if (marks.empty()) {
        HOLT_TRY(transaction.commit());
        return back;
    }
    HOLT_TRY(writer.append(std::move(marks)));
    HOLT_TRY(transaction.commit());
    HOLT_TRY(writer.settle());
    return back;
}

Result<SnapshotRow> Catalog::relabel(const Digest& id,
                                     const std::function<Status(SnapshotRow&)>& change) {
    Database& db = impl_->db;
    HOLT_TRY_LET(transaction, Transaction::begin(db, Transaction::Kind::write));
    HOLT_TRY_LET(writer, impl_->open_marks());
    HOLT_TRY_LET(before, snapshot(id));
    SnapshotRow now = before;
    HOLT_TRY(change(now));
    // What a repair without the catalog calls it, and gives it.
    std::vector<Mark> marks;
    if (now.record.name != before.record.name) {
        HOLT_TRY(impl_->check_name("name snapshot", now.record.name));
        HOLT_TRY(put_name(db, id, now.record.name));
        marks.push_back({.id = id, .name = now.record.name});
    }
    if (now.hold != before.hold || now.record.tags != before.record.tags) {
        HOLT_TRY(put_note(db, now));
        const std::string labels = encode_labels(now);
        if (labels.size() > kMaxLabels)
            return fail(ErrorKind::usage, "tag snapshot", short_id(id),
                        "its tags are longer than " + std::to_string(kMaxLabels) + " bytes",
                        Advice::remove_tags);
        append_labels(id, labels, marks);
    }
    const bool changed = !marks.empty();
    if (changed) HOLT_TRY(writer.append(std::move(marks)));
    HOLT_TRY(transaction.commit());
    if (changed) HOLT_TRY(writer.settle());
    return now;
}

Status Catalog::Impl::put_use(const Digest& snapshot, Time now) {
    HOLT_TRY_LET(put, db.prepare("INSERT INTO snapshot_note(snapshot_id, used) VALUES(?1, ?2) ON "
                                 "CONFLICT(snapshot_id) DO UPDATE SET used=excluded.used"));
    return put.bind(snapshot).bind(now.seconds).run();
}

Status Catalog::record_use(const Digest& snapshot, Time now) {
    // Nothing here needs to outlive a power cut; it only must not tear the rest.
    HOLT_TRY(impl_->db.run("PRAGMA synchronous=FULL"));
    HOLT_TRY_LET(transaction, Transaction::begin(impl_->db, Transaction::Kind::write));
    HOLT_TRY(impl_->put_use(snapshot, now));
    return transaction.commit();
}

}  // namespace holt::store
