// The catalog beside the marks: opening them for a commit, and whether both say the same.
#include <cerrno>
#include <unordered_set>
#include <utility>

#include "store/catalog/catalog_impl.h"

namespace holt::store {

Result<MarksWriter> Catalog::Impl::open_marks() {
    if (!store)
        return fail(ErrorKind::failed, "commit snapshot", db.path(), "this catalog is not in use");
    return MarksWriter::open(store->get(), store_path, [this](const Mark& mark) -> Result<bool> {
        HOLT_TRY_LET(there, snapshot_by_id(mark.id));
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

}  // namespace holt::store
