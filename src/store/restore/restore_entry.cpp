#include "store/restore/restore_entry.h"

#include <utility>

#include "fs/staging/entry_place.h"
#include "store/catalog/snapshot_info.h"
#include "store/disk/store_guard.h"
#include "store/operation/take_turn.h"
#include "store/restore/restore_tree.h"
#include "store/trees/lookup.h"
#include "store/trees/selection.h"

namespace holt::store {
namespace {

constexpr const char* kUse = "use destination";

Status refuse_options(const RestoreOptions& options, const std::string& destination) {
    if (options.remove_extra)
        return fail(ErrorKind::usage, "restore", destination,
                    "removing what is extra is for folders",
                    "leave it out: a file is replaced whole");
    if (!options.include.empty() || !options.exclude.empty())
        return fail(ErrorKind::usage, "restore", destination,
                    "a selection is for folders, and this is one entry", "leave it out");
    return {};
}

Status refuse_place(const fs::EntryPlace& place, const RestoreOptions& options) {
    if (!place.there) return {};
    const std::string& shown = place.destination.shown;
    if (place.there->kind == fs::Kind::folder)
        return fail(ErrorKind::failed, kUse, shown, "a folder of that name is there",
                    "give another path");
    if (options.force) return {};
    const bool symlink = place.there->kind == fs::Kind::symlink;
    return fail(ErrorKind::failed, kUse, shown, "something of that name is there",
                symlink ? AdviceText(Advice::replace_symlink) : AdviceText(Advice::replace_entry));
}

Result<fs::EntryPlace> look_at(const std::string& destination, const RestoreSource& source,
                               const StoreFolder& store, const RestoreOptions& options) {
    HOLT_TRY_LET(place, fs::look_at_entry_place(destination, source.entry.name));
    HOLT_TRY(refuse_place(place, options));
    HOLT_TRY(
        refuse_inside_store(place.destination.parent.get(), &store, kUse, place.destination.shown));
    return place;
}

RestoreReport dry_run(const RestoreSource& source, const std::string& shown) {
    const bool file = source.entry.kind == fs::Kind::file;
    return {.snapshot = to_info(source.snapshot),
            .path = shown,
            .files = file ? 1u : 0u,
            .symlinks = source.entry.kind == fs::Kind::symlink ? 1u : 0u,
            .others = source.entry.kind == fs::Kind::fifo ? 1u : 0u,
            .bytes = file ? source.entry.size : 0};
}

// The folder that the entry is in, as a root that nobody but us is to look into.
Result<RestoreSource> folder_of(const RestoreSource& source, ChunkReader& reader,
                                const fs::Owner& owner) {
    const std::size_t slash = source.path.rfind('/');
    RestoreSource above{.snapshot = source.snapshot,
                        .path = slash == std::string::npos ? "" : source.path.substr(0, slash),
                        .entry = {}};
    HOLT_TRY_LET(entry, find_entry(reader, source.snapshot.record.root, above.path));
    above.entry = std::move(entry);
    above.entry.mode = 0700;
    above.entry.uid = owner.uid;
    above.entry.gid = owner.gid;
    above.entry.xattrs.clear();
    return above;
}

}  // namespace

Result<RestoreReport> restore_entry(Operation& op, const Restoring& restoring,
                                    const std::string& destination) {
    const RestoreSource& source = restoring.source;
    const RestoreOptions& options = restoring.options;
    // 1. Its place.
    HOLT_TRY(refuse_options(options, destination));
    HOLT_TRY_LET(place, look_at(destination, source, op.store, options));
    const std::string shown = place.destination.shown;
    if (options.dry_run) return dry_run(source, shown);

    // 2. The entry, out of sight. Its other names, if it has any, are not ours: it is a file of its
    // own.
    op.log->info("restoring {} of {} as {}", source.path, source.snapshot.id.hex(), shown);
    const auto begin = [&](const fs::LockWait& wait) -> Result<fs::Staging> {
        HOLT_TRY_LET(now, look_at(destination, source, op.store, options));
        return fs::Staging::begin(std::move(now.destination), wait);
    };
    HOLT_TRY_LET(staging, take_turn(op.wait(), shown, begin));
    for (const Error& left : staging.left_behind()) op.reporter.note(Severity::warning, left);
    HOLT_TRY_LET(folder, folder_of(source, restoring.reader, staging.new_owner()));
    const Selection entry = Selection::only(source.entry.name);
    HOLT_TRY_LET(report, build_tree(op,
                                    {.catalog = restoring.catalog,
                                     .reader = restoring.reader,
                                     .source = folder,
                                     .options = options,
                                     .owners = restoring.owners,
                                     .selection = entry},
                                    {staging}));

    // 3. It appears.
    const Lap publishing(&op.profile, Stage::publish);
    const bool durable = options.durable || options.atomic;
    HOLT_TRY(staging.publish_entry(source.entry.name,
                                   options.force ? fs::IfExists::replace : fs::IfExists::fail,
                                   durable ? fs::Durability::synced : fs::Durability::none));
    report.folders = 0;
    report.warnings = op.reporter.warnings();
    report.path = shown;
    return report;
}

}  // namespace holt::store
