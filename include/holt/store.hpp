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
#include <holt/error.hpp>
#include <holt/log.hpp>
#include <holt/observer.hpp>
#include <holt/time.hpp>
#include <holt/visit.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace holt {

enum class Access : std::uint8_t { read_write, read_only };

struct OpenOptions {
    Access access = Access::read_write;              ///< read_only never writes to the store
    std::chrono::milliseconds lock_timeout{60'000};  ///< how long to wait for another writer
    /// Threads that an operation uses at most; 0: as many as the affinity mask and the CPU quota of
    /// the cgroup allow. Never more than stay within 256 MiB, or half of what a cgroup allows.
    unsigned threads = 0;
    LogOptions log{};  ///< off by default
    /// Write also where the store lies on a network or FUSE file system, whose locks may not hold
    /// between machines: the caller knows that they do, or that nobody else is there.
    bool allow_network_store = false;
    /// Heard by repair, and while an operation without a cancel of its own waits for others.
    const Cancel* cancel = nullptr;
};

struct InitOptions {
    /// A group, by name or number, all of whose members may use the store; nobody else may then.
    /// What each of them makes in it belongs to the group, whatever the umask. Empty: the rights
    /// are as the umask has them.
    std::string shared_group{};
    bool allow_network_store = false;  ///< as OpenOptions has it
};

using Tags = std::vector<std::pair<std::string, std::string>>;

struct SnapshotInfo {
    std::string id;    ///< 64 hex digits
    std::string root;  ///< digest of the root folder's tree, 64 hex digits
    std::string name;  ///< may be empty
    std::string key;   ///< may be empty
    Tags tags{};
    std::string source;  ///< absolute path it was taken from, bytes
    Time created{};
    std::uint64_t files = 0, folders = 0, symlinks = 0, others = 0;  ///< folders count the root
    std::uint64_t bytes = 0;     ///< sum of file sizes, each hard link counted once
    std::uint64_t left_out = 0;  ///< items that could not be read when it was taken
    bool hold = false;           ///< nothing forgets it
    /// When it was restored last, to the second, as far as the store could be written to then.
    std::optional<Time> last_used{};
    // Of an entry of the cache (holt/cache.hpp):
    std::string scope{};                      ///< who sees its key; empty: main
    std::string producer{};                   ///< "user@host", may be empty
    std::optional<std::uint64_t> build_ms{};  ///< what it took to make it, if that is known
    std::uint64_t folders_saved = 1;          ///< more: its root has so many folders, 01, 02, ...
};

struct SnapshotOptions {
    std::string name{};  ///< must not be taken yet
    std::string key{};   ///< at most 1,024 bytes, without control bytes
    Tags tags{};
    std::vector<std::string>
        exclude{};  ///< globs as .gitignore's: * ** ? [..], a slash anchors at the root
    bool exclude_caches =
        false;               ///< of folders with a CACHEDIR.TAG (bford.info/cachedir) only that
    bool gitignore = false;  ///< leave out what the .gitignore files in the tree say
    std::vector<std::string>
        exclude_if_present{};  ///< of folders with a file of such a name only that
    int level = 0;             ///< zstd level; 0: the default
    bool one_file_system = false;
    bool read_all = false;  ///< hash every file, also those whose stat record is unchanged
    /// Find where files name the folder's own path, so that a restore elsewhere can write the new
    /// one. `usage` for one file, and for a path that would be found everywhere ("/").
    bool relocatable = false;
    const Cancel* cancel = nullptr;
    unsigned threads = 0;  ///< at most; 0: as OpenOptions::threads
};

struct SnapshotReport {
    SnapshotInfo snapshot;
    std::uint64_t files_read = 0;       ///< files whose content was read
    std::uint64_t files_unchanged = 0;  ///< files that a stat record proved unchanged
    std::uint64_t bytes_read = 0;
    std::uint64_t new_chunks = 0,
                  new_bytes = 0;     ///< content the store did not have, before compression
    std::uint64_t stored_bytes = 0;  ///< bytes of packs added
    std::uint64_t skipped = 0;       ///< sockets and devices, noted by kind
    std::uint64_t left_out =
        0;  ///< unreadable items, each noted; > 0: the caller reports `partial`
};

enum class Mtime : std::uint8_t { preserve, now, epoch };

/// Whose restored or imported files become.
struct OwnerChoice {
    enum class Who : std::uint8_t {
        preserve,  ///< those that the snapshot or archive names; as an ordinary user, the caller's
        caller,    ///< the caller's, all of them
        given      ///< `uid` and `gid`; as root
    };
    Who who = Who::preserve;
    std::uint32_t uid = 0;
    std::optional<std::uint32_t> gid{};  ///< nothing: the caller's group
};

/// How restored files share their content with the store. What is shared is checked like all else.
enum class LinkMode : std::uint8_t {
    automatic,  ///< reflink where the file system can, else copy
    /// Hard links into the store's pool: the fastest, and takes no room. The files are read-only,
    /// as all trees that have them would change together. Where it cannot be done: copy.
    hardlink,
    reflink,           ///< clones of the pool's files, which may be written; else copy
    copy,              ///< files of their own
    require_hardlink,  ///< as hardlink, but an error where it cannot be done
    require_reflink,
};
HOLT_API std::string_view name(LinkMode mode) noexcept;

struct RestoreOptions {
    /// Restore into a folder that is not empty and was not restored by this store, over what stands
    /// there.
    bool force = false;
    bool remove_extra = false;  ///< with force: remove what the snapshot does not have
    bool paranoid = false;      ///< in place: read every file, whatever its stat record proves
    /// A folder that is there is replaced whole, in one step; durable, and needs room for both.
    bool atomic = false;
    bool dry_run = false;
    bool durable = false;  ///< everything is on the disk before success is reported
    Mtime mtime = Mtime::preserve;
    LinkMode link = LinkMode::automatic;
    OwnerChoice owner{};  ///< a setuid or setgid file that gets another owner loses these bits
    /// A snapshot that was taken relocatable is moved to where it is restored: what names its old
    /// path names the new one. Off: every file as it was. A part of a snapshot always is.
    bool relocate = true;
    /// Globs: files in which what cannot be moved stays as it was. Without one, `unsafe_input`.
    std::vector<std::string> leave{};
    /// A selection. In place what is not selected stays; `atomic` is refused there. A new folder is
    /// remembered as restored from the whole snapshot: restoring without a selection completes it.
    std::vector<std::string> include{}, exclude{};
    const Cancel* cancel = nullptr;
    unsigned threads = 0;  ///< at most; 0: as OpenOptions::threads
};

struct RestoreReport {
    SnapshotInfo snapshot;
    std::string path{};     ///< what was written: the destination, or a name in it
    bool in_place = false;  ///< a folder that stood there was mended: what follows is what was made
    std::uint64_t files = 0, folders = 0, symlinks = 0, hard_links = 0, others = 0;
    std::uint64_t bytes = 0;    ///< content written
    std::uint64_t kept = 0;     ///< in place: files that were right
    std::uint64_t hashed = 0;   ///< in place: files that were read to know that
    std::uint64_t mended = 0;   ///< in place: entries that only got other metadata
    std::uint64_t removed = 0;  ///< in place: names that the snapshot does not have
    /// Noted by kind: metadata that could not be set, what could not be removed. > 0: `partial`.
    std::uint64_t warnings = 0;
    /// Items that were left out when the snapshot was taken, and mounts where the snapshot has
    /// nothing, each noted; > 0: `partial`. What stands at or below their paths is left as it is.
    std::uint64_t left_out = 0;
    LinkMode link = LinkMode::copy;   ///< what was done: hardlink, reflink or copy
    std::uint64_t files_linked = 0;   ///< files that share their content with the pool
    std::uint64_t pool_replaced = 0;  ///< pool files that were found changed, each noted
    bool relocated = false;           ///< what names the old path was written with the new one
};

enum class EntryKind : std::uint8_t { file, folder, symlink, fifo };
HOLT_API std::string_view name(EntryKind kind) noexcept;

/// One entry of a snapshot's tree.
struct EntryInfo {
    std::string path;  ///< relative to the snapshot's root; bytes
    EntryKind kind = EntryKind::file;
    std::uint16_t mode = 0;  ///< 07777
    std::uint32_t uid = 0, gid = 0;
    std::uint64_t size = 0;  ///< bytes of content; 0 but for files
    Time mtime{};
    std::string digest;  ///< files: BLAKE3 of the content as b3sum prints it; folders: of the tree
    std::string symlink_target{};
    std::string hard_link_to{};  ///< path of the first name of the same inode, or empty
    std::vector<std::pair<std::string, std::string>> xattrs{};
    /// Why it was left out when the snapshot was taken; empty for what is in the snapshot. Of what
    /// was left out only kind, mode, owner and time are known, and not always.
    std::string left_out{};
};

struct ListOptions {
    bool recursive = false;
    const Cancel* cancel = nullptr;
};

enum class Change : std::uint8_t { added, removed, content, metadata, kind };
HOLT_API std::string_view name(Change change) noexcept;

struct DiffEntry {
    std::string path;
    Change change = Change::content;
    std::string detail{};  ///< for metadata: what differs ("mode 0644 -> 0755")
};

struct DiffReport {
    std::uint64_t added = 0, removed = 0, changed = 0, same = 0;
    /// Items of either side that could not be read, or were left out when its snapshot was taken,
    /// and what is mounted in a folder, each noted: nothing can be said of them. > 0 without a
    /// difference: `partial`.
    std::uint64_t left_out = 0;
    /// Noted: a restore into the folder was interrupted. Without differences: `partial`.
    std::uint64_t warnings = 0;
    bool differs() const noexcept { return added + removed + changed > 0; }
};

struct DiffOptions {
    std::vector<std::string> include{}, exclude{};  ///< a selection, of both sides
    const Cancel* cancel = nullptr;
    unsigned threads = 0;  ///< at most; 0: as OpenOptions::threads
};

struct VerifyFolderOptions {
    std::string against{};  ///< SNAP[:SUB]; empty: what the folder was restored from
    bool paranoid = false;  ///< read every file, whatever its stat record proves
    std::vector<std::string> include{}, exclude{};  ///< a selection, of the folder and the snapshot
    const Cancel* cancel = nullptr;
    unsigned threads = 0;  ///< at most; 0: as OpenOptions::threads
};

struct VerifyOptions {
    /// Of the packs, when no snapshot is named: those that follow where the last run of this kind
    /// ended, so that successive runs check all of them. Where the store cannot be written to, they
    /// are chosen anew each time. Below 100, of the catalog and of the trees only what concerns
    /// these packs is checked: the time follows the share.
    unsigned subset_percent = 100;
    /// As a subset: of as many packs as this time is enough for, but one at least.
    std::optional<std::chrono::milliseconds> max_time{};
    const Cancel* cancel = nullptr;
    unsigned threads = 0;  ///< at most; 0: as OpenOptions::threads
};

/// Something a verify or repair found wrong.
struct Damage {
    Error what;                            ///< object: the pack, catalog or snapshot
    std::vector<std::string> snapshots{};  ///< names or short ids of the snapshots it touches
};

struct VerifyReport {
    std::uint64_t packs = 0, blocks = 0, chunks = 0, bytes = 0,
                  snapshots = 0;   ///< that were checked
    std::uint64_t all_packs = 0;   ///< that there are
    bool out_of_time = false;      ///< max_time was over before the share was checked
    std::uint64_t pool_files = 0;  ///< that were checked
    /// In the store's folder and not known to it: left by snapshots that were killed before their
    /// end, or being written. Not checked; no snapshot needs them.
    std::uint64_t unknown_packs = 0, unknown_bytes = 0;
    std::uint64_t forgotten = 0;  ///< snapshots that can be brought back; not walked
    /// Of those, not what their names say, each noted. No snapshot is touched: the next restore
    /// that wants such a file makes it anew.
    std::uint64_t pool_changed = 0;
    std::vector<Damage> damage{};
};

struct RepairOptions {
    /// Bring back every complete snapshot that the packs hold, also those that were never
    /// acknowledged. For a store that has lost its catalog and snapshots.log.
    bool unacknowledged = false;
    /// Folders, files and .holt files that may have what no pack has whole any more, asked in this
    /// order and only when something is lost. What they give is known by its digest.
    std::vector<std::string> from{};
    const Cancel* cancel = nullptr;  ///< else OpenOptions::cancel
    unsigned threads = 0;            ///< at most; 0: as OpenOptions::threads
};

struct RepairReport {
    std::uint64_t packs = 0, chunks = 0, snapshots = 0;  ///< in the catalog afterwards
    std::uint64_t brought_back = 0;     ///< acknowledged snapshots that the catalog did not know
    std::uint64_t unacknowledged = 0;   ///< never committed: in the packs, and left there
    std::uint64_t forgotten = 0;        ///< stayed so, and can be brought back
    std::uint64_t salvaged_chunks = 0;  ///< saved out of damaged packs, or found in the pool
    std::uint64_t regained_chunks = 0;  ///< taken again from RepairOptions::from
    std::uint64_t pool_removed = 0;     ///< changed files that were removed from the pool
    std::vector<std::string> quarantined{};  ///< ids of packs put aside
    std::vector<Damage> damage{};            ///< what no pack has whole any more
};

struct Stats {
    std::uint64_t snapshots = 0, packs = 0, blocks = 0, chunks = 0;
    std::uint64_t forgotten = 0;  ///< snapshots that can be brought back
    /// Of the packs those that no snapshot needs.
    std::uint64_t unused_packs = 0, unused_bytes = 0;
    /// Not counted among the packs: being collected, or left by snapshots that were killed before
    /// their end (or are being written).
    std::uint64_t going_packs = 0, going_bytes = 0, unknown_packs = 0, unknown_bytes = 0;
    std::uint64_t pack_bytes = 0;                  ///< on disk
    std::uint64_t catalog_bytes = 0;               ///< on disk
    std::uint64_t pool_files = 0, pool_bytes = 0;  ///< kept for hard links
    std::uint64_t pool_unused_bytes = 0;           ///< of those, what no restored tree shares
    std::uint64_t tmp_files = 0, tmp_bytes = 0;    ///< being written, or left by killed processes
    std::uint64_t quarantine_files = 0, quarantine_bytes = 0;  ///< put aside by repair
    std::uint64_t chunk_bytes = 0;  ///< content of all chunks, uncompressed, each once
    std::uint64_t source_bytes =
        0;  ///< sum of all snapshots' bytes: what copies of them would take
};

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

/// A SNAP[:SUB], taken apart.
struct SnapshotPath {
    SnapshotInfo snapshot;
    std::string path;  ///< in the snapshot, without needless slashes and dots; "" is its root
};

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
