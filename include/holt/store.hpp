// The store: take snapshots of folder trees, restore, inspect and verify them.
//
// A Store is a handle on one store folder that many processes may share. Paths are bytes, as the
// kernel takes them, never converted. Thread rule: any operation from any thread, several at a time
// on one handle; moving and destroying it while one runs is the caller's to prevent. A handle must
// not be used in the child of a fork(): every operation refuses there, and the child may open the
// store anew.
//
// No function throws. Memory that runs out, and what a caller's function throws, are errors like
// any other (ErrorKind::failed; ENOMEM).
//
// A SNAP means, by the first of these that there is:
//   1. "latest": the newest snapshot
//   2. "id:PREFIX", "name:NAME", "key:KEY": what it says
//   3. a whole id (64 hex digits)
//   4. a snapshot's name
//   5. a key: the newest snapshot of the scope "main" that has it
//   6. the beginning of an id (8 hex digits or more) that no other id has
// So every name and key that a snapshot can have is found by itself, unless something above has the
// same text, and by "name:" or "key:" in any case. In SNAP[:SUB] the longest text before a ':' (or
// the whole) that means a snapshot is the SNAP; "./" in front of SUB keeps a key from reaching into
// it.
//
// Where a selection can be given (`include`, `exclude`: globs as SnapshotOptions::exclude has them,
// seen from the root of what the operation is about), an entry is selected when neither it nor a
// folder above it matches `exclude` and, if there is an `include`, it or the nearest folder above
// it that `include` says anything of matches. Folders on the way to a selected entry are made where
// they are missing, and are otherwise left as they are. What is not selected is not read, changed,
// removed, reported or counted. An `include` that selects nothing at all is ErrorKind::usage.
#pragma once

#include <holt/export.h>
#include <holt/cancel.hpp>
#include <holt/check.hpp>
#include <holt/entry.hpp>
#include <holt/error.hpp>
#include <holt/observer.hpp>
#include <holt/open.hpp>
#include <holt/restore.hpp>
#include <holt/snapshot_info.hpp>
#include <holt/visit.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace holt {

// holt/retention.hpp has these.
struct FindOptions;
struct FindReport;
struct ForgetOptions;
struct ForgetReport;
struct FoundEntry;
struct AutoGc;
struct GcOptions;
struct GcReport;
struct TagOptions;

// holt/cache.hpp has these.
struct CacheEvictOptions;
struct CacheEvictReport;
struct CacheFound;
struct CacheKey;
struct CacheQuery;
struct CacheRestoreOptions;
struct CacheRestoreReport;
struct CacheRunOptions;
struct CacheRunReport;
struct CacheSaveOptions;
struct CacheSaveReport;
struct CacheStats;
struct BuildResult;
struct KeyInput;
struct SharingReport;

// holt/archive.hpp has these.
struct ArchivePlace;
struct ExportOptions;
struct ExportReport;
struct ImportOptions;
struct ImportReport;

class Snapshot;  // holt/snapshot.hpp has it

class HOLT_API Store {
  public:
    /// Makes a new store in `path`, which must not exist or be an empty folder.
    static Result<Store> init(const std::string& path, const InitOptions& = {});
    static Result<Store> open(const std::string& path, const OpenOptions& options = {});
    Store(Store&&) noexcept;
    Store& operator=(Store&&) noexcept;
    ~Store();

    const std::string& path() const noexcept;
    /// Whether it is shared by this group (as InitOptions has it); true for "", shared or not.
    Result<bool> is_shared_by(const std::string& group) const;

    /// `source` is a folder, or one file, symlink or FIFO: the snapshot of such has a root with
    /// just this in it, under its own name. A symlink to a folder means the folder, any other
    /// symlink itself.
    Result<SnapshotReport> snapshot(const std::string& source, const SnapshotOptions&, Observer&);
    /// `snap` may end in ":SUB", a path in the snapshot to restore instead of its root. A folder
    /// that this store restored before (a space) is mended in place: what it has and the snapshot
    /// has not is removed.
    ///
    /// When SUB is no folder, `destination` is the new file's path, or a folder that it is put into
    /// under its own name (one that is there, or any path that ends in '/'). It appears whole or
    /// not at all. What is there already is refused without `force`; with it, it is replaced, never
    /// written to or followed. A folder is never replaced by it.
    Result<RestoreReport> restore(const std::string& snap, const std::string& destination,
                                  const RestoreOptions&, Observer&);

    /// Writes a SNAP[:SUB] as an archive that appears whole or not at all; several whole snapshots
    /// into a .holt file only. Data that went to a descriptor before an error is of no use.
    Result<ExportReport> export_to(const std::vector<std::string>& snaps, const ArchivePlace&,
                                   const ExportOptions&, Observer&);
    /// Reads an archive, recognised by its content, into the store: one new snapshot, or those of a
    /// .holt file. Nothing is visible before all of it was read and verified.
    Result<ImportReport> import_from(const ArchivePlace&, const ImportOptions&, Observer&);

    /// All snapshots, oldest first.
    Result<std::vector<SnapshotInfo>> list();
    Result<SnapshotInfo> find(const std::string& snap);
    /// Opens a snapshot to look into it more than once.
    Result<Snapshot> open_snapshot(const std::string& snap);
    /// Forgets snapshots, by name or by rules. Their content stays until it is collected, and until
    /// then undelete brings them back.
    Result<ForgetReport> forget(const ForgetOptions&);
    /// Those that were forgotten and can be brought back, oldest first.
    Result<std::vector<SnapshotInfo>> list_forgotten();
    /// Brings these back, by name, key or id; none given: all. One whose name is taken by now has
    /// none afterwards.
    Result<std::vector<SnapshotInfo>> undelete(const std::vector<std::string>& snaps);
    /// Changes name, tags and hold; the id stays. The snapshot as it is then.
    Result<SnapshotInfo> tag(const std::string& snap, const TagOptions&);
    /// Gives back what no snapshot needs, beside whatever else uses the store. An error leaves
    /// every snapshot as it was; the next run goes on where this one ended.
    Result<GcReport> gc(const GcOptions&, Observer&);
    /// What is collected by itself after each snapshot, if anything is.
    Result<std::optional<AutoGc>> auto_gc();
    /// From now on; nothing: no longer.
    Status set_auto_gc(const std::optional<AutoGc>&);
    /// Looks for entries in all snapshots, the newest first.
    Result<FindReport> find_entries(const FindOptions&, const Visitor<FoundEntry>& visit,
                                    Observer&);

    /// The entry of a key, or the next best, or why there is none. Writes nothing.
    Result<CacheFound> cache_lookup(const CacheQuery& query);
    /// Restores an entry into as many folders as were saved under its key, in their order. A miss
    /// is no error: it is in the report.
    Result<CacheRestoreReport> cache_restore(const std::vector<std::string>& folders,
                                             const CacheRestoreOptions&, Observer&);
    /// Saves folders as one entry. It appears whole or not at all.
    Result<CacheSaveReport> cache_save(const std::vector<std::string>& folders,
                                       const CacheSaveOptions&, Observer&);
    /// Restores the entry of a key, or calls `build` and saves what it made, if that succeeded.
    /// While one process builds a key, others that run it wait, and restore what it saved.
    Result<CacheRunReport> cache_run(const std::vector<std::string>& folders,
                                     const CacheRunOptions&,
                                     const std::function<Result<BuildResult>()>& build, Observer&);
    /// Forgets entries, those on hold and those with a name or tag excepted.
    Result<CacheEvictReport> cache_evict(const CacheEvictOptions&);
    Result<CacheStats> cache_stats();
    /// Remembers the list behind a key, so that a save or a miss of it can tell its inputs.
    Status remember_key(const CacheKey& key);
    /// The list behind a key, or of a SNAP; `not_found` when none is known.
    Result<std::vector<KeyInput>> key_inputs(const std::string& key_or_snap,
                                             const std::vector<std::string>& scopes);
    /// How much each snapshot adds, and which share what; of the newest 64.
    Result<SharingReport> sharing(const Cancel* cancel, Observer&);

    /// What a SNAP[:SUB] means; that there is something at the path is not looked at.
    Result<SnapshotPath> find_path(const std::string& snap_path);

    using EntryVisitor = Visitor<EntryInfo>;
    /// The entry at `path` ("" is the root) and, for a folder, what stands below it.
    Status ls(const std::string& snap, const std::string& path, const ListOptions&,
              const EntryVisitor& visit);

    /// Takes bytes; an error it returns ends the operation.
    using Sink = std::function<Status(std::string_view bytes)>;
    Status cat(const std::string& snap, const std::string& path, const Sink& sink);

    using DiffVisitor = Visitor<DiffEntry>;
    /// Each side is a SNAP[:SUB], or else a folder on disk. One that begins with "/", "./" or
    /// "../", or is "." or "..", is a folder where there is such a folder. Files of a folder are
    /// read and hashed.
    Result<DiffReport> diff(const std::string& a, const std::string& b, const DiffOptions&,
                            const DiffVisitor& visit, Observer&);

    /// Checks everything (no names given), or all that the named snapshots need. Damage is in the
    /// report; an error means that the check itself could not be done.
    Result<VerifyReport> verify(const std::vector<std::string>& snaps, const VerifyOptions&,
                                Observer&);

    /// Tells how a folder differs from a snapshot: the old side is the snapshot. Files whose stat
    /// records prove them unchanged since they were restored are not read.
    Result<DiffReport> verify_folder(const std::string& folder, const VerifyFolderOptions&,
                                     const DiffVisitor& visit, Observer&);

    /// Rebuilds the catalog of the store at `path` from its packs, with exactly the snapshots that
    /// the catalog or snapshots.log know as committed; damaged packs are put aside and what is
    /// whole in them is kept. `corrupt` when neither of the two can be read.
    static Result<RepairReport> repair(const std::string& path, const OpenOptions&,
                                       const RepairOptions&, Observer&);
    static Result<RepairReport> repair(const std::string& path, const OpenOptions& open,
                                       Observer& observer) {
        return repair(path, open, {}, observer);
    }

    Result<Stats> stats();

  private:
    struct Impl;
    explicit Store(std::unique_ptr<Impl> impl) noexcept;
    std::unique_ptr<Impl> impl_;
};

/// "0.1.0"
HOLT_API std::string_view version() noexcept;

/// The versions of the formats on disk that this build writes; it reads them and all before them.
struct Formats {
    std::uint32_t store = 0;  ///< the store folder
    std::uint32_t pack = 0;
};
HOLT_API Formats formats() noexcept;

}  // namespace holt
