#include "store/snapshot.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "codec/zstd/encode/compress.h"
#include "fs/file.h"
#include "fs/folder.h"
#include "fs/mount/mount_life.h"
#include "fs/paths.h"
#include "fs/walk/walk.h"
#include "store/catalog/snapshot_info.h"
#include "store/content/snapshot_commit.h"
#include "store/disk/pin.h"
#include "store/gc.h"
#include "store/operation/operation.h"
#include "store/operation/parallel.h"
#include "store/pool/pool_links.h"
#include "store/snapshot/base_snapshot.h"
#include "store/snapshot/ignore_files.h"
#include "store/snapshot/lone_entry.h"
#include "store/snapshot/relocation_scan.h"
#include "store/snapshot/snapshot_pipeline.h"
#include "store/snapshot/source_folders.h"
#include "store/space/space.h"

namespace holt::store {
namespace {

constexpr int kMostAgain = 5;
// Of a folder with more names the listing is packed: the entries of a million take 200 MB.
constexpr std::size_t kMostEntries = 16'384;

struct Source {
    UniqueFd fd{};       // a folder; of several the first
    std::string path{};  // absolute; symlinks resolved, but for an entry's own name
    std::optional<fs::WalkFolder> alone{};  // of one entry: a root with just this in it
    std::vector<SourceFolder> several{};    // folders that are saved together

    bool is_folder() const noexcept { return !alone && several.empty(); }
};

// Each by its own path, one a line: no two sets of folders have the same text but with newlines in
// their names, where the worst is that files are read again.
Result<Source> open_several(std::span<const std::string> paths) {
    HOLT_TRY_LET(folders, open_source_folders(paths));
    Source source{.several = std::move(folders)};
    for (const SourceFolder& folder : source.several)
        source.path += (source.path.empty() ? "" : "\n") + folder.path;
    return source;
}

Result<Source> open_source(std::span<const std::string> paths) {
    if (paths.size() > 1) return open_several(paths);
    const std::string& path = paths.front();
    auto fd = fs::open_folder(path);
    if (!fd) {
        HOLT_TRY_LET(entry, find_lone_entry(path));
        if (!entry) return std::unexpected(std::move(fd).error());
        return Source{.path = std::move(entry->path), .alone = std::move(entry->root)};
    }
    HOLT_TRY_LET(absolute, fs::real_path(path));
    return Source{.fd = *std::move(fd), .path = std::move(absolute)};
}

// What the files of a tree may name it by: the path as it was given, and the real one.
Result<std::unique_ptr<RelocationScan>> open_scan(const Source& source,
                                                  std::span<const std::string> given,
                                                  const SnapshotOptions& options,
                                                  std::span<const std::string> made_at) {
    if (!options.relocatable) return nullptr;
    if (source.alone)
        return fail(ErrorKind::usage, "snapshot", source.path, "one file cannot be relocatable",
                    "take the folder that it names");
    std::vector<relocation::Prefixes::Folder> folders;
    for (std::size_t i = 0; i < given.size(); ++i) {
        const std::string& real = source.several.empty() ? source.path : source.several[i].path;
        if (made_at.empty())
            folders.push_back({fs::plain_path(given[i]).value_or(real), real});
        else
            folders.push_back({made_at[i], made_at[i]});
    }
    HOLT_TRY_LET(prefixes, relocation::Prefixes::make(folders));
    return std::make_unique<RelocationScan>(std::move(prefixes));
}

// What is known of unchanged files says nothing of their places, unless the same were looked for.
bool looks_for_the_same(const SnapshotRecord& base, const RelocationScan* scan) {
    const auto prefixes = prefixes_of(base);
    if (!prefixes) return false;
    return scan == nullptr ? !prefixes->has_value() : *prefixes == scan->prefixes();
}

Status refuse_store_as_source(const StoreFolder& folder, const Source& source) {
    if (source.alone) {
        HOLT_TRY_LET(own, fs::path_of(folder.fd(), folder.path()));
        if (!source.path.starts_with(own + "/")) return {};
        return fail(ErrorKind::usage, "snapshot", source.path, "it is a file of the store itself",
                    "copy the store to keep it");
    }
    HOLT_TRY_LET(store, fs::stat_fd(folder.fd(), folder.path()));
    const auto refuse = [&](int fd, const std::string& path) -> Status {
        HOLT_TRY_LET(root, fs::stat_fd(fd, path));
        if (store.ino != root.ino || store.dev != root.dev) return {};
        return fail(ErrorKind::usage, "snapshot", path, "it is the store itself",
                    "copy the store to keep it, or snapshot another folder");
    };
    for (const SourceFolder& one : source.several) HOLT_TRY(refuse(one.fd.get(), one.path));
    return source.several.empty() ? refuse(source.fd.get(), source.path) : Status{};
}

// A folder that was restored and had no snapshot since: what it was restored from.
Result<std::unique_ptr<BaseSnapshot>> open_space_as_base(Operation& op, Catalog& catalog,
                                                         const Source& source,
                                                         const RelocationScan* scan) {
    if (!source.is_folder()) return nullptr;
    HOLT_TRY_LET(identity, fs::identity_of(source.fd.get(), source.path));
    HOLT_TRY_LET(space, catalog.find_space(source.path, identity));
    if (!space || space->path != source.path) return nullptr;
    auto snapshot = catalog.snapshot(space->snapshot);
    if (!snapshot) return nullptr;  // forgotten: everything is read
    ChunkReader reader(op.store, catalog);
    std::string life = fs::mount_life(source.fd.get());
    auto known = recall_space(catalog, reader, *space, life);
    if (!known) return nullptr;
    HOLT_TRY_LET(own, Catalog::open(op.store, Catalog::Mode::read_only, op.wait()));
    auto base =
        std::make_unique<BaseSnapshot>(op.store, std::move(own),
                                       BaseSnapshot::OfSpace{.snapshot = *std::move(snapshot),
                                                             .root = std::move(known->base),
                                                             .records = std::move(known->records),
                                                             .dev = identity.dev,
                                                             .life = std::move(life)},
                                       op.reporter);
    // What was moved, or searched for other paths, is not what its snapshot says.
    if (!space->moved.empty() || !looks_for_the_same(base->snapshot().record, scan))
        base->set_moved();
    return base;
}

Result<std::unique_ptr<BaseSnapshot>> open_base(Operation& op, Catalog& catalog,
                                                const Source& source,
                                                const SnapshotOptions& options,
                                                const RelocationScan* scan) {
    if (options.read_all) return nullptr;
    HOLT_TRY_LET(base, catalog.find_base(source.path));
    if (!base) return open_space_as_base(op, catalog, source, scan);
    if (!looks_for_the_same(base->snapshot.record, scan)) return nullptr;
    HOLT_TRY_LET(own, Catalog::open(op.store, Catalog::Mode::read_only, op.wait()));
    return std::make_unique<BaseSnapshot>(op.store, std::move(own), *std::move(base), op.reporter);
}

// What the walk leaves out: the excluded paths, and this store itself if it lies in the tree.
Result<std::function<bool(const std::string&, const fs::DirEntry&)>> keep_filter(
    const StoreFolder& folder, const SnapshotOptions& options, Reporter& reporter) {
    HOLT_TRY_LET(exclude, Exclude::compile(options.exclude));
    HOLT_TRY_LET(store, fs::stat_fd(folder.fd(), folder.path()));
    return [exclude = std::move(exclude), store, &reporter](const std::string& path,
                                                            const fs::DirEntry& entry) {
        if (entry.stat.ino == store.ino && entry.stat.dev == store.dev) {
            reporter.note(Severity::info,
                          fail(ErrorKind::partial, "skip", path, "it is the store itself").error());
            return false;
        }
        return exclude.empty() || !exclude.matches(path, entry.stat.kind);
    };
}

// What files in the tree ask to be left out.
std::function<fs::WalkOptions::KeepEntry(const std::string&, int, std::vector<std::string>&)>
prune_filter(const SnapshotOptions& options, Reporter& reporter) {
    IgnoreOptions wanted{.caches = options.exclude_caches,
                         .gitignore = options.gitignore,
                         .if_present = options.exclude_if_present};
    if (!wanted.any()) return {};
    return [files = std::make_shared<IgnoreFiles>(std::move(wanted), reporter)](
               const std::string& path, int folder, std::vector<std::string>& names) {
        return files->apply(path, folder, names);
    };
}

SnapshotRecord make_record(const SnapshotAssembler& assembler, const std::string& source,
                           const SnapshotOptions& options, const Bytes& fields,
                           const RelocationScan* scan, const Reporter& reporter) {
    const SnapshotAssembler::Counts& counts = assembler.counts();
    SnapshotRecord record{.root = *assembler.root(),
                          .name = options.name,
                          .key = options.key,
                          .tags = options.tags,
                          .source = source,
                          .created = current_time(),
                          .files = counts.files,
                          .folders = counts.folders,
                          .symlinks = counts.symlinks,
                          .others = counts.others,
                          .bytes = counts.bytes,
                          .left_out = reporter.left_out(),
                          .hard_links = counts.hard_links,
                          .fields = fields};
    if (scan != nullptr) put_prefixes(scan->prefixes(), record);
    return record;
}

// Whether nothing was asked to be left out.
bool takes_all(const SnapshotOptions& options) {
    return options.exclude.empty() && !options.exclude_caches && !options.gitignore &&
           options.exclude_if_present.empty();
}

// Stat records are written again only if they would say something new.
bool stats_are_as_in_base(const BaseSnapshot* base, const SnapshotAssembler& assembler) {
    return base != nullptr && !base->is_space() && assembler.counts().files_read == 0 &&
           assembler.root()->content == base->snapshot().record.root.content;
}

// Records of files that nobody has synced are worth nothing after the next start of the machine: so
// much would have to be read again then. Less is not worth a sync.
bool is_worth_a_sync(const SnapshotAssembler::Counts& counts) {
    constexpr std::uint64_t kFiles = 1000, kBytes = 64u << 20;
    return counts.unsynced_files >= kFiles || counts.unsynced_bytes >= kBytes;
}

// Gives a commit the stat records of all folders, one after the other.
std::function<std::optional<FolderStats>()> each_of(std::vector<FolderStats>& stats,
                                                    const SourceDevices& devices) {
    return [&stats, &devices, at = std::size_t{0}]() mutable -> std::optional<FolderStats> {
        if (at == stats.size()) return std::nullopt;
        FolderStats next = std::move(stats[at++]);
        if (next.life && devices.is_synced(*next.life)) next.life.reset();
        return next;
    };
}

// The folders of the tree, in the order of a walk.
SnapshotSource::NextFolder walk_of(Source& source, const fs::WalkOptions& options,
                                   const fs::Executor& executor) {
    if (source.alone) return [&source] { return std::exchange(source.alone, std::nullopt); };
    if (!source.several.empty()) return walk_together(std::move(source.several), options, executor);
    auto walk = std::make_shared<fs::TreeWalk>(std::move(source.fd), "", options, executor);
    return [walk] { return walk->next(); };
}

Status refuse_incomplete(const Reporter& reporter, const std::string& source) {
    if (reporter.left_out() == 0) return {};
    return fail(ErrorKind::failed, "snapshot", source,
                std::to_string(reporter.left_out()) +
                    (reporter.left_out() == 1 ? " item" : " items") +
                    " could not be read, or kept changing: nothing is saved",
                Advice::save_incomplete);
}

Result<SnapshotReport> run_snapshot(Operation& op, std::span<const std::string> paths,
                                    const SnapshotOptions& options, const SnapshotTerms& terms) {
    const StoreFolder& folder = op.store;
    const int level = options.level != 0 ? options.level : zstd::kDefaultLevel;

    // 1. The source, and a pin that keeps what we refer to from being collected.
    HOLT_TRY_LET(source, open_source(paths));
    HOLT_TRY(refuse_store_as_source(folder, source));
    HOLT_TRY_LET(scan, open_scan(source, paths, options, terms.made_at));
    const fs::LockWait wait = op.wait();
    HOLT_TRY_LET(pin, Pin::hold(folder, wait));
    HOLT_TRY_LET(catalog, Catalog::open(folder, Catalog::Mode::read_write, wait));
    HOLT_TRY(refuse_name_and_key(catalog, "snapshot", options.name, options.key));

    std::optional<fs::FolderIdentity> root;
    if (source.is_folder()) {
        HOLT_TRY_LET(identity, fs::identity_of(source.fd.get(), source.path));
        root = identity;
    }

    // 2. The last snapshot of this source: what its stat records prove unchanged is not read.
    HOLT_TRY_LET(base, open_base(op, catalog, source, options, scan.get()));

    op.log->info("snapshot of {}: {}", source.path,
                 base ? "files unchanged since " + base->snapshot().id.hex() + " are not read"
                      : "every file is read");

    // 3. Walk, read, hash, look up, compress, append. New packs are sealed and durable after this.
    HOLT_TRY_LET(keep, keep_filter(folder, options, op.reporter));
    HOLT_TRY_LET(temporary, folder.open_part("tmp"));
    SourceDevices devices({temporary.get()});
    SnapshotAssembler assembler(catalog, scan.get(), op.reporter);
    PackSink sink(folder, op.log);
    std::uint64_t skipped = 0, unchanged = 0;
    const PoolLinks pool(folder);
    {
        TaskExecutor executor;
        // Notes name what they are about by its path in the tree, whoever makes them.
        const fs::WalkOptions walking{.one_file_system = options.one_file_system,
                                      .most_entries = kMostEntries,
                                      .keep = std::move(keep),
                                      .prune = prune_filter(options, op.reporter)};
        SnapshotSource stage(walk_of(source, walking, executor.spawner()), base.get(), pool,
                             scan.get(), devices, op.reporter);
        HOLT_TRY(run_snapshot_pipeline(op, stage, assembler, sink, scan.get(), level));
        skipped = stage.skipped();
        unchanged = stage.unchanged();
    }

    const bool is_whole = takes_all(options) && skipped == 0 && op.reporter.left_out() == 0;
    if (terms.is_whole != nullptr) *terms.is_whole = is_whole;
    if (terms.complete) HOLT_TRY(refuse_incomplete(op.reporter, source.path));
    if (terms.admit) HOLT_TRY(terms.admit(catalog, *assembler.root()));

    // 4. The record of the snapshot goes into a pack too: the catalog can be rebuilt without
    // anything else.
    Catalog::Commit commit;
    commit.record =
        make_record(assembler, source.path, options, terms.fields, scan.get(), op.reporter);
    commit.encoded_record = encode_record(commit.record);
    const Lap appending(&op.profile, Stage::append);
    HOLT_TRY_LET(id, store_record(commit.encoded_record, assembler.intake(), sink, level));

    // 5. What the stat records prove is synced, where that costs little.
    const bool synced = is_worth_a_sync(assembler.counts()) && devices.sync_if_quiet();

    // 6. Commit: packs, chunks, snapshot and stat records appear together, or not at all.
    commit.id = id;
    HOLT_TRY_LET(used, packs_used(catalog, assembler.intake(), sink.packs()));
    commit.packs_used = std::move(used);
    const bool uses_base = unchanged > 0 || assembler.counts().trees_of_base > 0;
    if (uses_base) commit.base = base->snapshot().id;
    if (synced || !stats_are_as_in_base(base.get(), assembler))
        commit.next_stats = each_of(assembler.stats(), devices);
    if (is_whole) commit.whole_of = root;
    commit.new_packs = std::move(sink.packs());
    commit.confirm = [confirm = confirm_packs(folder, commit.new_packs), &terms, &catalog,
                      &assembler]() -> Status {
        if (terms.admit) HOLT_TRY(terms.admit(catalog, *assembler.root()));
        return confirm();
    };
    const Lap committing(&op.profile, Stage::commit);
    base.reset();  // its connection to the catalog must not stand in the commit's way
    HOLT_TRY(catalog.commit(commit));
    op.log->info("committed {}: {} new packs, {} bytes", id.hex(), commit.new_packs.size(),
                 sink.stored_bytes());

    const SnapshotAssembler::Counts& counts = assembler.counts();
    return SnapshotReport{.snapshot = to_info({id, std::move(commit.record)}),
                          .files_read = counts.files_read,
                          .files_unchanged = unchanged,
                          .bytes_read = counts.bytes_read,
                          .new_chunks = assembler.intake().new_chunks(),
                          .new_bytes = assembler.intake().new_bytes(),
                          .stored_bytes = sink.stored_bytes(),
                          .skipped = skipped,
                          .left_out = op.reporter.left_out()};
}

}  // namespace

Result<SnapshotReport> take_snapshot(const StoreFolder& folder, const OpenOptions& open,
                                     std::span<const std::string> sources,
                                     const SnapshotOptions& options, const SnapshotTerms& terms,
                                     Observer& observer) {
    const auto attempt = [&] {
        Operation op(folder, open, options.cancel, observer);
        return run_snapshot(op, sources, options, terms);
    };
    auto report = attempt();
    // A collector was deleting a pack that this run found or wrote again: the next finds it gone.
    for (int again = 0; !report && is_gone_meanwhile(report.error()) && again < kMostAgain;
         ++again) {
        help_collector(folder, open);
        report = attempt();
    }
    // Paths are told from the tree's root; the root itself is the source.
    if (!report && report.error().object.empty()) report.error().object = sources.front();
    return report;
}

Result<SnapshotReport> take_snapshot(const StoreFolder& folder, const OpenOptions& open,
                                     const std::string& source, const SnapshotOptions& options,
                                     Observer& observer) {
    return take_snapshot(folder, open, {&source, 1}, options, {}, observer);
}

}  // namespace holt::store
