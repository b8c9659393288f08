// verify DIR: a check of a space that tells what it finds.
#include <algorithm>
#include <cerrno>
#include <utility>

#include "fs/file.h"
#include "fs/folder.h"
#include "fs/metadata/metadata.h"
#include "fs/mount/mount_life.h"
#include "fs/paths.h"
#include "fs/walk/walk.h"
#include "store/space/space.h"
#include "store/space/space_check.h"
#include "store/trees/diff.h"
#include "store/trees/lookup.h"
#include "store/trees/mounts_met.h"

namespace holt::store {
namespace {

// Everything below a folder that the snapshot does not have, as diff tells it. The path is a copy:
// the one in `found` moves when that grows.
void add_below(const UniqueFd& root, const std::string path, std::vector<DiffEntry>& found) {
    auto fd = fs::open_beneath(root.get(), path, path);
    if (!fd) return;  // no folder, or none that may be read
    fs::TreeWalk walk(*std::move(fd), path);
    while (const auto folder = walk.next())
        for (const fs::DirEntry& entry : folder->entries)
            found.push_back({.path = fs::join_path(fs::join_path(path, folder->path), entry.name),
                             .change = Change::added});
}

DiffReport tell(std::vector<DiffEntry> found, std::uint64_t same, const Store::DiffVisitor& visit) {
    std::ranges::sort(found, [](const DiffEntry& a, const DiffEntry& b) {
        // As paths: what is in a folder follows it at once.
        return std::ranges::lexicographical_compare(a.path, b.path, [](char x, char y) {
            const auto rank = [](char c) {
                return c == '/' ? -1 : int{static_cast<unsigned char>(c)};
            };
            return rank(x) < rank(y);
        });
    });
    DiffTally tally(visit);
    tally.report.same = same;
    for (const DiffEntry& entry : found)
        if (tally.tell(entry) == Visit::stop) break;
    return tally.report;
}

Result<RestoreSource> compared_with(Catalog& catalog, ChunkReader& reader,
                                    const std::optional<Space>& space,
                                    const VerifyFolderOptions& options, const std::string& folder) {
    if (!options.against.empty()) {
        HOLT_TRY_LET(source, find_restore_source(catalog, reader, options.against));
        if (source.entry.kind == fs::Kind::folder) return source;
        return fail(ErrorKind::usage, "verify folder", options.against, "it is not a folder",
                    "compare the folder that it is in");
    }
    if (!space)
        return fail(ErrorKind::usage, "verify folder", folder,
                    "this store does not remember restoring it", Advice::choose_comparison);
    HOLT_TRY_LET(snapshot, catalog.snapshot(space->snapshot));
    HOLT_TRY_LET(entry, find_entry(reader, snapshot.record.root, space->sub));
    return RestoreSource{std::move(snapshot), space->sub, std::move(entry)};
}

// Nothing is known of a folder that may not be read: it is left out.
Result<UniqueFd> open_root(const std::string& folder) {
    auto root = fs::open_folder(folder);
    if (!root && root.error().sys_errno == EACCES) root.error().kind = ErrorKind::partial;
    return root;
}

}  // namespace

Result<DiffReport> verify_folder(const std::string& folder, const VerifyFolderOptions& options,
                                 const StoreFolder& store, Catalog& catalog,
                                 const Store::DiffVisitor& visit, Observer& observer) {
    Reporter reporter(observer);
    ChunkReader reader(store, catalog);
    HOLT_TRY_LET(root, open_root(folder));
    HOLT_TRY_LET(path, fs::path_of(root.get(), folder));
    HOLT_TRY_LET(identity, fs::identity_of(root.get(), folder));
    HOLT_TRY_LET(space, catalog.find_space(path, identity));
    HOLT_TRY_LET(source, compared_with(catalog, reader, space, options, folder));
    HOLT_TRY_LET(selection, Selection::compile(options.include, options.exclude));
    HOLT_TRY(selection.look_for_any(reader, source.entry));
    // A part has no prefixes of its own, and nothing in it was moved.
    std::optional<Move> move;
    if (space) {
        HOLT_TRY_LET(recalled, Move::recall(source, space->moved));
        move = std::move(recalled);
    }
    LinkHeads heads;
    if (source.snapshot.record.hard_links > 0) {
        HOLT_TRY_LET(found, find_link_heads(reader, source.entry, source.path, selection));
        heads = std::move(found);
    }

    HOLT_TRY_LET(met, find_mounts(reader, root.get(), source.entry, selection, folder));
    tell_extra_mounts(met, folder, reporter);

    // A link into the pool is without write bits by design.
    const PoolLinks pool(store);
    std::vector<DiffEntry> differences;
    SpaceCheckInput input{
        .root = root.get(),
        .name = path.substr(path.rfind('/') + 1),
        .shown = folder,
        .target = source.entry,
        .heads = &heads,
        .selection = selection,
        .move = move ? &*move : nullptr,
        .owners = fs::is_root() ? Owners::compare : Owners::ignore,
        .mounts = &met.mounts,
        .pool = &pool,
        .cancel = options.cancel,
        .describe = [&](DiffEntry entry) { differences.push_back(std::move(entry)); }};
    const bool trusts = space && space->path == path && !options.paranoid;
    std::optional<KnownSpace> known;
    if (trusts) known = recall_space(catalog, reader, *space, fs::mount_life(root.get()));
    if (known && move && known->prefixes != move->prefixes().paths()) known.reset();
    if (known) {
        input.records = &known->records;
        input.base = known->base;
    }
    HOLT_TRY_LET(findings, check_space(reader, input, reporter));
    if (!selection.found_any() && differences.empty())
        return nothing_selected("verify folder", folder);
    // Of a selection the check has told each.
    for (std::size_t i = 0, count = selection.all() ? differences.size() : 0; i < count; ++i)
        if (differences[i].change == Change::added || differences[i].change == Change::kind)
            add_below(root, differences[i].path, differences);
    if (findings.marked)
        reporter.note(Severity::warning,
                      fail(ErrorKind::partial, "verify folder", folder,
                           "a restore into it did not come to its end", "run that restore again")
                          .error());
    DiffReport report = tell(std::move(differences), findings.kept, visit);
    report.left_out = reporter.left_out();
    report.warnings = reporter.warnings();
    return report;
}

}  // namespace holt::store
