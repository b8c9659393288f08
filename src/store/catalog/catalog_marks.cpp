// The catalog beside the marks: opening them for a commit, and whether both say the same.
#include <cerrno>
#include <unordered_set>
#include <utility>

#include "store/catalog/catalog_impl.h"

namespace holt::store {

Result<bool> Catalog::Impl::has_snapshot(const Digest& id) {
    HOLT_TRY_LET(query, db.prepare("SELECT 1 FROM snapshot WHERE id=?1"));
    return query.bind(id).step();
}

Result<MarksWriter> Catalog::Impl::open_marks() {
    if (!store)
        return fail(ErrorKind::failed, "commit snapshot", db.path(), "this catalog is not in use");
    return MarksWriter::open(store->get(), store_path,
                             [this](const Digest& id) { return has_snapshot(id); });
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
    for (Mark& mark : marks.acknowledged())
        if (!in_catalog.contains(mark.id)) check.lost.push_back(std::move(mark));
    const auto forgotten = marks.forgotten(), mentioned = marks.mentioned();
    for (SnapshotRow& row : rows) {
        if (forgotten.contains(row.id))
            check.forgotten.push_back(std::move(row));
        else if (!mentioned.contains(row.id))
            check.unmarked.push_back(std::move(row));
    }
    check.damaged = marks.damaged;
    HOLT_TRY(transaction.commit());
    return check;
}

}  // namespace holt::store
