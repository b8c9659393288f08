// The catalog beside the marks: opening them for a commit, and whether both say the same.
#include <cerrno>
#include <unordered_set>
#include <utility>

#include "fs/folder.h"
#include "store/catalog/catalog_impl.h"

namespace holt::store {

Result<MarksWriter> Catalog::Impl::open_marks() {
    if (!store)
        return fail(ErrorKind::failed, "commit snapshot", db.path(), "this catalog is not in use");
    return MarksWriter::open(store->get(), store_path, [this](const Mark& mark) -> Result<bool> {
        HOLT_TRY_LET(there, snapshot_by_id(mark.id));
        if (mark.kind == MarkKind::labelled) return there && encode_labels(*there) == mark.name;
        return there && (mark.kind != MarkKind::committed || there->record.name == mark.name);
    });
}

Result<Catalog::MarkCheck> Catalog::compare_marks() {
    // While this view of the catalog stands no commit ends: what is settled by now is in it.
    HOLT_TRY_LET(transaction, Transaction::begin(impl_->db, Transaction::Kind::read));
    HOLT_TRY_LET(rows, snapshots());
    MarkCheck check;
    auto read = read_marks(impl_->store->get(), impl_->store_path);
    if (!read) {
        const Error& error = read.error();
        if (error.kind != ErrorKind::corrupt && error.sys_errno != EIO)
            return std::unexpected(error);
        check.unreadable = error;
        return check;
    }
    const Marks& marks = *read;
    std::unordered_set<Digest> in_catalog;
    for (const SnapshotRow& row : rows) in_catalog.insert(row.id);
    // A writer that was killed between its commit and the end of its mark has changed the catalog.
    const auto pending = marks.pending();
    const auto explained = [&](const Digest& id, MarkKind kind) {
        const auto found = pending.find(id);
        return found != pending.end() && found->second == kind;
    };
    for (Mark& mark : marks.acknowledged())
        if (!in_catalog.contains(mark.id) && !explained(mark.id, MarkKind::forgotten))
            check.lost.push_back(std::move(mark));
    const auto forgotten = marks.forgotten(), mentioned = marks.mentioned();
    for (SnapshotRow& row : rows) {
        if (forgotten.contains(row.id) && !explained(row.id, MarkKind::committed))
            check.forgotten.push_back(std::move(row));
        else if (!mentioned.contains(row.id))
            check.unmarked.push_back(std::move(row));
    }
    check.damaged = marks.damaged;
    HOLT_TRY(transaction.commit());
    return check;
}

namespace {

// More records than this, and twice as many as are needed, are worth writing the rest anew.
constexpr std::size_t kFewMarks = 1000;

}  // namespace

Status Catalog::compact_marks() {
    HOLT_TRY_LET(check, compare_marks());
    // An older copy of the catalog must be found out by what the marks say.
    if (check.unreadable || check.damaged > 0 || !check.lost.empty() || !check.forgotten.empty() ||
        !check.unmarked.empty())
        return {};
    HOLT_TRY_LET(transaction, Transaction::begin(impl_->db, Transaction::Kind::write));
    HOLT_TRY_LET(writer, impl_->open_marks());
    HOLT_TRY_LET(old, writer.read());
    const auto labels = old.labels(Marks::Which::settled);
    std::vector<Mark> needed;
    HOLT_TRY_LET(gone, forgotten());
    // A collection has dropped what the marks call forgotten and the catalog does not: their
    // records may lie in packs still, and a repair would bring them back.
    std::unordered_set<Digest> dropped = old.forgotten();
    for (const SnapshotRow& row : gone) {
        needed.push_back({.kind = MarkKind::forgotten, .id = row.id, .name = row.record.name});
        dropped.erase(row.id);
    }
    HOLT_TRY_LET(all, snapshots());
    for (const SnapshotRow& row : all) {
        needed.push_back({.id = row.id, .name = row.record.name});
        if (labels.contains(row.id)) append_labels(row.id, encode_labels(row), needed);
    }
    for (const SnapshotRow& row : gone)
        if (labels.contains(row.id)) append_labels(row.id, encode_labels(row), needed);
    const bool is_short = old.all.size() <= 2 * needed.size() + kFewMarks;
    if (is_short && dropped.empty()) return transaction.commit();
    for (Mark& mark : needed) mark.state = MarkState::settled;
    const std::string shown = impl_->store_path + "/tmp";
    HOLT_TRY_LET(tmp, fs::open_subfolder(impl_->store->get(), "tmp", shown));
    HOLT_TRY_LET(file, prepare_marks(tmp.get(), needed, shown));
    HOLT_TRY(put_marks(std::move(file), impl_->store->get(), impl_->store_path));
    return transaction.commit();
}

Status Catalog::shrink() {
    constexpr std::int64_t kFewPages = 32;
    HOLT_TRY_LET(free, impl_->db.integer("PRAGMA freelist_count"));
    HOLT_TRY_LET(pages, impl_->db.integer("PRAGMA page_count"));
    if (free < kFewPages || free * 4 < pages) return {};
    HOLT_TRY_LET(transaction, Transaction::begin(impl_->db, Transaction::Kind::write));
    HOLT_TRY(impl_->db.run("PRAGMA incremental_vacuum"));
    return transaction.commit();
}

}  // namespace holt::store
