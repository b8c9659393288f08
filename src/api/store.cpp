#include <holt/store.hpp>

#include <charconv>
#include <memory>
#include <optional>
#include <utility>

#include "api/local_offset.h"
#include "api/store_impl.h"
#include "base/no_throw.h"
#include "fs/folder.h"
#include "fs/metadata/account_names.h"
#include "fs/metadata/metadata.h"
#include "fs/metadata/posix_acl.h"
#include "store/auto_gc.h"
#include "store/catalog/snapshot_info.h"
#include "store/content/chunk_reader.h"
#include "store/content/snapshot_commit.h"
#include "store/disk/leftovers.h"
#include "store/forget.h"
#include "store/operation/operation.h"
#include "store/pool/pool_check.h"
#include "store/restore.h"
#include "store/restore/restore_plan.h"
#include "store/snapshot.h"
#include "store/space/space.h"
#include "store/trees/diff.h"
#include "store/trees/listing.h"
#include "store/trees/lookup.h"
#include "store/trees/selection.h"
#include "store/verify.h"

namespace holt {

using store::Catalog;
using store::ChunkReader;
using store::StoreFolder;

namespace {

/// A snapshot opened for looking into it.
struct OpenSnapshot {
    Catalog catalog;
    store::SnapshotRow row;
};

Result<OpenSnapshot> look_into(Result<Catalog> catalog, const std::string& snap) {
    if (!catalog) return std::unexpected(std::move(catalog).error());
    HOLT_TRY_LET(row, catalog->find_snapshot(snap));
    return OpenSnapshot{*std::move(catalog), std::move(row)};
}

/// One side of a diff: a snapshot's tree, or a folder on disk.
struct Side {
    std::optional<store::SnapPath> stored{};  // nothing: a folder on disk
    store::TreeEntry entry{};                 // of the stored one
    std::unique_ptr<store::TreeView> view{};

    bool on_disk() const noexcept { return !stored; }
};

Result<Side> open_folder_side(const std::string& path, const store::StoreFolder& store,
                              const store::Selection& selection, store::Reporter& reporter) {
    HOLT_TRY_LET(folder, store::FolderOnDisk::open(path, store, selection, reporter));
    return Side{.view = std::move(folder)};
}

// The view of a stored side is made when both sides are known.
Result<Side> find_side(store::Operation& op, const std::string& text, Catalog& catalog,
                       ChunkReader& reader, const store::Selection& selection) {
    if (store::reads_as_folder(text) && fs::open_folder(text))
        return open_folder_side(text, op.store, selection, op.reporter);
    auto where = store::find_snap_path(catalog, text);
    if (where) {
        HOLT_TRY_LET(entry, store::find_entry(reader, where->snapshot.record.root, where->path));
        if (entry.kind != fs::Kind::folder)
            return fail(ErrorKind::usage, "diff", text, "it is not a folder");
        return Side{.stored = *std::move(where), .entry = std::move(entry)};
    }
    if (where.error().kind != ErrorKind::not_found)
        return std::unexpected(std::move(where).error());
    // It is neither: which of the two was meant decides what is said.
    const bool meant_folder = text.find('/') < text.find(':');
    if (!meant_folder) {
        const auto opened = fs::open_folder(text);
        if (!opened && is_no_folder(opened.error()))
            return std::unexpected(std::move(where).error());
    }
    return open_folder_side(text, op.store, selection, op.reporter);
}

// Hard links name the first name in sight, where the other side cannot have another one.
Status open_stored(Side& side, const Side& other, ChunkReader& reader,
                   const store::Selection& selection) {
    if (side.on_disk()) return {};
    const bool whole = selection.all() && side.stored->path.empty();
    const bool same_words = whole && !other.on_disk() && other.stored->path.empty();
    std::optional<store::LinkHeads> heads;
    if (!same_words && side.stored->snapshot.record.hard_links > 0) {
        HOLT_TRY_LET(found,
                     store::find_link_heads(reader, side.entry, side.stored->path, selection));
        heads = std::move(found);
    }
    side.view = std::make_unique<store::StoredTree>(reader, side.entry, std::move(heads));
    return {};
}

// A group's id by its name or number; nothing for "".
Result<std::optional<std::uint32_t>> group_id(const std::string& group) {
    if (group.empty()) return std::nullopt;
    if (const auto known = fs::AccountNames().find(fs::Account::group, group)) return known;
    std::uint32_t id = 0;
    const char* const end = group.data() + group.size();
    const auto [stop, error] = std::from_chars(group.data(), end, id);
    if (error == std::errc{} && stop == end && id != fs::kNoId) return std::optional(id);
    return fail(ErrorKind::usage, "share store", group, "there is no such group",
                "name one of /etc/group, or give its number");
}

}  // namespace

Store::Store(std::unique_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}
Store::Store(Store&&) noexcept = default;
Store& Store::operator=(Store&&) noexcept = default;
Store::~Store() = default;

Result<Store> Store::init(const std::string& path, const InitOptions& options) {
    return guarded([&]() -> Result<Store> {
        HOLT_TRY_LET(group, group_id(options.shared_group));
        HOLT_TRY_LET(
            folder,
            StoreFolder::init(path, {.group = group, .trusts_locks = options.allow_network_store}));
        HOLT_TRY(Catalog::open(folder, Catalog::Mode::create, store::lock_wait(OpenOptions{})));
        HOLT_TRY(folder.publish());
        return Store(std::make_unique<Impl>(std::move(folder), OpenOptions{}));
    });
}

Result<Store> Store::open(const std::string& path, const OpenOptions& options) {
    return guarded([&]() -> Result<Store> {
        HOLT_TRY_LET(folder, StoreFolder::open(path));
        if (options.allow_network_store) folder.trust_locks();
        return Store(std::make_unique<Impl>(std::move(folder), options));
    });
}

const std::string& Store::path() const noexcept {
    return impl_->folder.path();
}

Result<bool> Store::is_shared_by(const std::string& group) const {
    return impl_->use([&]() -> Result<bool> {
        HOLT_TRY_LET(wanted, group_id(group));
        if (!wanted) return true;
        HOLT_TRY_LET(shared, impl_->folder.shared_group());
        return shared == wanted;
    });
}

Result<SnapshotReport> Store::snapshot(const std::string& source, const SnapshotOptions& options,
                                       Observer& observer) {
    return impl_->change("snapshot", source, [&]() -> Result<SnapshotReport> {
        return impl_->in_parallel(options.threads, [&]() -> Result<SnapshotReport> {
            HOLT_TRY_LET(report, store::take_snapshot(impl_->folder, impl_->options, source,
                                                      options, observer));
            store::collect_by_itself(impl_->folder, impl_->options, local_offset, options.cancel,
                                     observer);
            return report;
        });
    });
}

Result<RestoreReport> Store::restore(const std::string& snap, const std::string& destination,
                                     const RestoreOptions& options, Observer& observer) {
    return impl_->use([&]() -> Result<RestoreReport> {
        HOLT_TRY_LET(catalog, impl_->catalog(options.cancel));
        HOLT_TRY_LET(report, impl_->in_parallel(options.threads, [&] {
            store::Operation op(impl_->folder, impl_->options, options.cancel, observer);
            return store::restore_snapshot(op, catalog, snap, destination, options);
        }));
        // A folder's was noted when the folder was remembered.
        if (!options.dry_run && !report.in_place && report.folders == 0)
            store::note_use(impl_->folder, impl_->options, report.snapshot);
        if (report.link != LinkMode::copy && report.files > 0 && !options.dry_run)
            store::bound_pool_by_itself(impl_->folder, impl_->options);
        return report;
    });
}

Result<std::vector<SnapshotInfo>> Store::list() {
    return impl_->use([&]() -> Result<std::vector<SnapshotInfo>> {
        HOLT_TRY_LET(catalog, impl_->catalog());
        HOLT_TRY_LET(rows, catalog.snapshots());
        std::vector<SnapshotInfo> infos;
        infos.reserve(rows.size());
        for (const store::SnapshotRow& row : rows) infos.push_back(store::to_info(row));
        return infos;
    });
}

Result<SnapshotInfo> Store::find(const std::string& snap) {
    return impl_->use([&]() -> Result<SnapshotInfo> {
        HOLT_TRY_LET(open, look_into(impl_->catalog(), snap));
        return store::to_info(open.row);
    });
}

Result<SnapshotPath> Store::find_path(const std::string& snap_path) {
    return impl_->use([&]() -> Result<SnapshotPath> {
        HOLT_TRY_LET(catalog, impl_->catalog());
        HOLT_TRY_LET(where, store::find_snap_path(catalog, snap_path));
        return SnapshotPath{store::to_info(where.snapshot), std::move(where.path)};
    });
}

Status Store::ls(const std::string& snap, const std::string& path, const ListOptions& options,
                 const EntryVisitor& visit) {
    return impl_->use([&]() -> Status {
        HOLT_TRY_LET(open, look_into(impl_->catalog(), snap));
        HOLT_TRY_LET(clean, store::clean_path(path));
        ChunkReader reader(impl_->folder, open.catalog);
        return store::list_entries(reader, open.row.record.root, clean, options, visit);
    });
}

Status Store::cat(const std::string& snap, const std::string& path, const Sink& sink) {
    return impl_->use([&]() -> Status {
        HOLT_TRY_LET(open, look_into(impl_->catalog(), snap));
        HOLT_TRY_LET(clean, store::clean_path(path));
        ChunkReader reader(impl_->folder, open.catalog);
        return store::write_out(reader, open.row.record.root, clean, sink);
    });
}

Result<DiffReport> Store::diff(const std::string& a, const std::string& b,
                               const DiffOptions& options, const DiffVisitor& visit,
                               Observer& observer) {
    return impl_->use([&]() -> Result<DiffReport> {
        store::Operation op(impl_->folder, impl_->options, options.cancel, observer);
        HOLT_TRY_LET(catalog, impl_->catalog());
        HOLT_TRY_LET(selection, store::Selection::compile(options.include, options.exclude));
        ChunkReader reader(impl_->folder, catalog);
        HOLT_TRY_LET(side_a, find_side(op, a, catalog, reader, selection));
        HOLT_TRY_LET(side_b, find_side(op, b, catalog, reader, selection));
        // A glob may select something on one side only, so neither may be found to have nothing.
        for (const Side* side : {&side_a, &side_b})
            if (!side->on_disk()) HOLT_TRY(selection.look_for_any(reader, side->entry));
        HOLT_TRY(open_stored(side_a, side_b, reader, selection));
        HOLT_TRY(open_stored(side_b, side_a, reader, selection));
        // An ordinary user's restore cannot give files to their owner: against a folder, owners say
        // nothing.
        const bool owners_count = fs::is_root() || !(side_a.on_disk() || side_b.on_disk());
        HOLT_TRY_LET(report, impl_->in_parallel(options.threads, [&] {
            const auto owners = owners_count ? store::Owners::compare : store::Owners::ignore;
            return store::diff_trees(op, *side_a.view, *side_b.view, {owners, selection}, visit);
        }));
        const bool found_none = !report.differs() && report.same == 0 && report.left_out == 0;
        if (!selection.found_any() && found_none) return store::nothing_selected("diff", a);
        return report;
    });
}

Result<VerifyReport> Store::verify(const std::vector<std::string>& snaps,
                                   const VerifyOptions& options, Observer& observer) {
    return impl_->use([&]() -> Result<VerifyReport> {
        HOLT_TRY_LET(catalog, impl_->catalog(options.cancel));
        return impl_->in_parallel(options.threads, [&] {
            store::Operation op(impl_->folder, impl_->options, options.cancel, observer);
            return store::verify_store(op, catalog, snaps, options);
        });
    });
}

Result<DiffReport> Store::verify_folder(const std::string& folder,
                                        const VerifyFolderOptions& options,
                                        const DiffVisitor& visit, Observer& observer) {
    return impl_->use([&]() -> Result<DiffReport> {
        HOLT_TRY_LET(catalog, impl_->catalog(options.cancel));
        return impl_->in_parallel(options.threads, [&] {
            return store::verify_folder(folder, options, impl_->folder, catalog, visit, observer);
        });
    });
}

Result<Stats> Store::stats() {
    return impl_->use([&]() -> Result<Stats> {
        HOLT_TRY_LET(catalog, impl_->catalog());
        HOLT_TRY_LET(totals, catalog.totals());
        HOLT_TRY_LET(unknown, store::count_unknown_packs(impl_->folder, catalog));
        HOLT_TRY_LET(pool, store::count_pool(impl_->folder));
        HOLT_TRY_LET(tmp, store::count_files(impl_->folder, "tmp"));
        HOLT_TRY_LET(quarantine, store::count_files(impl_->folder, "quarantine"));
        return Stats{.snapshots = totals.snapshots,
                     .packs = totals.packs,
                     .blocks = totals.blocks,
                     .chunks = totals.chunks,
                     .forgotten = totals.forgotten,
                     .unused_packs = totals.unused_packs,
                     .unused_bytes = totals.unused_bytes,
                     .going_packs = totals.going_packs,
                     .going_bytes = totals.going_bytes,
                     .unknown_packs = unknown.files,
                     .unknown_bytes = unknown.bytes,
                     .pack_bytes = totals.pack_bytes,
                     .catalog_bytes = totals.catalog_bytes,
                     .pool_files = pool.files,
                     .pool_bytes = pool.bytes,
                     .pool_unused_bytes = pool.unused_bytes,
                     .tmp_files = tmp.files,
                     .tmp_bytes = tmp.bytes,
                     .quarantine_files = quarantine.files,
                     .quarantine_bytes = quarantine.bytes,
                     .chunk_bytes = totals.chunk_bytes,
                     .duplicate_chunks = totals.duplicate_chunks,
                     .duplicate_bytes = totals.duplicate_bytes,
                     .source_bytes = totals.source_bytes};
    });
}

}  // namespace holt
