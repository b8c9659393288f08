// The catalog: an SQLite database that says which packs hold which chunks and which snapshots
// exist.
//
// It is an index, never the only copy of anything but stat records: repair rebuilds it from the
// packs. Journal: rollback (DELETE) with synchronous=EXTRA, because SQLite before 3.51.3 has the
// WAL-reset bug (SAFETY). Every page carries a checksum (catalog_page.h), so a changed byte is an
// error and not a wrong answer. Look-ups go in batches; inserts are sorted by digest, for locality
// in the B-tree. Thread rule: one thread at a time. Never carried across fork().
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "fs/lock.h"
#include "fs/path/identity.h"
#include "store/disk/store_folder.h"
#include "store/format/pack_format.h"
#include "store/format/snapshot_marks.h"
#include "store/format/snapshot_record.h"
#include "store/format/space_records.h"
#include "store/format/stat_codec.h"

namespace holt::store {

/// Where a chunk is: a pack, and the chunk's ordinal in that pack's footer.
struct ChunkPlace {
    std::uint32_t pack = 0;  ///< row id of the pack in the catalog
    std::uint32_t ordinal = 0;
};

struct PackRow {
    std::uint32_t row = 0;
    Digest id{};
    std::uint64_t bytes = 0;
    std::uint32_t blocks = 0, chunks = 0;
    std::uint64_t raw_bytes = 0;  ///< of all chunks
};

struct SnapshotRow {
    Digest id{};  ///< digest of the encoded record
    /// As decoded from the row's copy of the encoded record, checked against id; but the name is
    /// the one that the catalog knows it by, and the tags are those that it was given last.
    SnapshotRecord record{};
    bool hold = false;           ///< no rule may forget it
    std::optional<Time> used{};  ///< when it was restored last, as far as that is known
};

/// A folder that was restored, and of what.
struct Space {
    std::int64_t row = 0;  ///< in the catalog
    std::string path{};    ///< absolute, of its root when it was restored
    fs::FolderIdentity root{};
    Digest snapshot{};
    std::string sub{};    ///< the path in the snapshot, "" for all of it
    std::string moved{};  ///< how its files were moved (Move::remember); "" when they were not
};

/// Tags and hold, as a mark of kind labelled has them (u8 hold; varint count, then text key and
/// text value of each).
std::string encode_labels(const SnapshotRow& snapshot);

/// True for the error of a commit that came too late for a pack that it needs: a garbage collection
/// is removing it. The same command, run again, succeeds.
bool is_gone_meanwhile(const Error& error) noexcept;
std::unexpected<Error> gone_meanwhile(std::string object, std::string cause);

class Catalog {
  public:
    enum class Mode : std::uint8_t { create, read_write, read_only };
    /// Corruption is `corrupt` with the advice to run `holt repair`; a missing database too. With
    /// read_write a database that cannot be written opens all the same, and commit fails; its owner
    /// holds a pin. With read_only nothing that it refers to is deleted while it lives. `wait` is
    /// for this and for all that is done with it. When a repair has put another catalog in its
    /// place, everything fails as `busy`.
    static Result<Catalog> open(const StoreFolder& folder, Mode mode, const fs::LockWait& wait);
    Catalog(Catalog&&) noexcept;
    Catalog& operator=(Catalog&&) noexcept;
    ~Catalog();

    /// places[i] says where digests[i] is, or nothing. For who writes (any mode but read_only),
    /// what lies in a pack that is being collected is not there: it must be stored anew.
    Status find_chunks(std::span<const Digest> digests,
                       std::span<std::optional<ChunkPlace>> places);

    Result<std::vector<PackRow>> packs();
    Result<PackRow> pack(std::uint32_t row);
    /// Of the packs in the folder, those that it does not know in whatever state: being written, or
    /// left by writers that were killed between a pack and their commit. Sorted.
    Result<std::vector<Digest>> unknown_packs(const StoreFolder& folder);

    /// Oldest first: in the order of their commits, which no wrong clock changes.
    Result<std::vector<SnapshotRow>> snapshots();
    /// What SNAP as users give it means (holt/store.hpp has the order of its meanings); nothing
    /// when it means no snapshot. `not_found` when it is the beginning of several ids.
    Result<std::optional<SnapshotRow>> look_up(const std::string& snap);
    /// The same; unknown: `not_found`, naming candidates.
    Result<SnapshotRow> find_snapshot(const std::string& snap);
    /// The error of find_snapshot for a text that means no snapshot.
    Error no_such_snapshot(const std::string& text);
    /// Exactly this one, whatever its id may mean as a name or key. Unknown: `not_found`.
    Result<SnapshotRow> snapshot(const Digest& id);
    Result<bool> name_taken(const std::string& name);
    /// Names or short ids of the snapshots that refer to the pack.
    Result<std::vector<std::string>> snapshots_of_pack(const Digest& pack);

    /// The base for skipping unchanged files: the last snapshot taken of `source` whose stat
    /// records are kept, if that snapshot still exists and was taken by one who was shown all that
    /// this process is.
    struct Base {
        SnapshotRow snapshot;
        std::int64_t source_row = 0;
    };
    Result<std::optional<Base>> find_base(const std::string& source);
    /// The base's stat records of at most `count` folders: the one whose path is `from`, if it has
    /// any, and those that follow in byte order. None when the source has had another snapshot
    /// since: its records say nothing about the base's content.
    Result<std::vector<FolderStats>> folder_stats(const Base& base, const std::string& from,
                                                  std::size_t count);

    /// Commit order 4, one durable transaction: every pack referred to must still be known; one
    /// that is condemned is revived, for one that is being deleted the snapshot must be taken again
    /// (is_gone_meanwhile); the name must not be taken (`failed`), then
    /// packs, chunks, snapshot and stat records appear together. A chunk that another process
    /// committed meanwhile keeps its place there, and that pack counts as used too: whatever the
    /// catalog says of a snapshot's chunks lies in the snapshot's packs. The snapshot's mark
    /// (marks_file.h) is settled when it returns. An error after the transaction was committed
    /// means that the snapshot is there, and that its mark may be pending.
    struct Commit {
        Digest id{};  ///< of the encoded record
        SnapshotRecord record{};
        Bytes encoded_record{};
        std::vector<NewPack> new_packs{};
        std::vector<Digest> packs_used{};  ///< all that the snapshot needs, new ones included
        std::optional<Digest> base{};  ///< snapshot whose packs are needed too; must still exist,
                                       ///< or have been forgotten and not collected yet
        /// The folder that it was taken of, when the snapshot has all that was in it.
        std::optional<fs::FolderIdentity> whole_of{};
        /// Asked in the transaction: whether the files of the new packs still stand where they were
        /// put, which a collector that took them for a dead writer's could have removed.
        std::function<Status()> confirm{};
        /// Called until it returns nothing; replaces the stat records of record.source.
        std::function<std::optional<FolderStats>()> next_stats{};
    };
    Status commit(const Commit& commit);
    /// Several of them in one transaction, in this order.
    Status commit_all(std::span<const Commit> commits);

    /// Of all snapshots there are (oldest first), seen in the transaction, those that are meant.
    using Choice = std::function<Result<std::vector<Digest>>(const std::vector<SnapshotRow>& all)>;
    /// Why a snapshot is forgotten, in words: kept for who misses its key.
    using Reason = std::function<std::string(const Digest& id)>;
    /// Forgets snapshots, in one durable transaction: they are gone for all but undelete and a
    /// commit that builds on them. Each has a settled mark when it returns, or has had one before.
    Status forget(const Choice& choose, const Reason& reason = {});
    /// Those that were forgotten and can be brought back, in the order of their commits.
    Result<std::vector<SnapshotRow>> forgotten();
    /// Brings back forgotten ones, in the order of their commits, in one durable transaction. One
    /// whose name another has taken meanwhile comes back without it. As they are now.
    Result<std::vector<SnapshotRow>> undelete(const Choice& choose);
    /// Changes name, tags and hold of a snapshot, in one durable transaction: `change` does it on
    /// what there is. `failed` when the new name is taken, `not_found` when the snapshot is gone.
    Result<SnapshotRow> relabel(const Digest& id,
                                const std::function<Status(SnapshotRow&)>& change);
    /// Makes snapshots.log short again, where most of it says what is past. One transaction. Leaves
    /// it alone where it and the catalog say different things.
    Status compact_marks();
    /// Gives pages that are free back to the file system, when they are many.
    Status shrink();
    /// Remembers that a snapshot was used now. A power cut may undo it.
    Status record_use(const Digest& snapshot, Time now);

    /// The space that the folder `now` is, found at `path`; nothing when it is none. One that was
    /// moved is found too, if its birth time proves it: it has another path then.
    Result<std::optional<Space>> find_space(const std::string& path, const fs::FolderIdentity& now);
    /// The snapshot that was last taken of the folder `now` at `path`, when it had all that was in
    /// the folder then.
    Result<std::optional<Digest>> saved_as(const std::string& path, const fs::FolderIdentity& now);
    /// `life`: that of the mount that it lies on now (fs::mount_life). Records that are not of
    /// synced content hold only as long as it is the one that they were put with.
    Result<SpaceRecords> space_records(const Space& space, const std::string& life);
    /// Remembers a space in place of what was known of this folder, here and in its file
    /// (space_files.h), and that its snapshot was used; `row` is not used. One transaction. A power
    /// cut may undo it, and leaves the catalog whole.
    Status put_space(const Space& space, const SpaceRecords& records, const std::string& life);

    /// How the catalog and the marks differ, seen at one moment; nothing is written.
    struct MarkCheck {
        std::optional<Error> unreadable{};     ///< the marks are missing or damaged as a whole
        std::uint64_t damaged = 0;             ///< units among them that are no record
        std::vector<Mark> lost{};              ///< acknowledged, and not in the catalog
        std::vector<SnapshotRow> forgotten{};  ///< in the catalog, and forgotten since
        std::vector<SnapshotRow> unmarked{};   ///< in the catalog, without any mark
    };
    Result<MarkCheck> compare_marks();

    /// For repair: makes packs and the snapshots in them known; used on a fresh catalog, inside one
    /// transaction between begin_rebuild and end_rebuild, packs before snapshots, those in the
    /// order of their commits. Of several snapshots with one name the last keeps it.
    Status begin_rebuild();
    Status add_pack(const NewPack& pack);
    enum class Added : std::uint8_t { visible, forgotten };
    Status add_snapshot(const Digest& id, const SnapshotRecord& record, ByteView encoded,
                        std::span<const Digest> packs_used, Added as = Added::visible);
    Status end_rebuild();
    /// What a rebuilt catalog can take over from the one in use: the encoded record of a snapshot.
    Result<Bytes> encoded_record(const Digest& id);
    /// Between begin_rebuild and end_rebuild: takes over what packs do not say (spaces, stat
    /// records) from the one in use, as far as that can be read.
    Status take_over(Catalog& old);
    /// Of that, forgets the stat records of sources whose last snapshot is not among these.
    Status drop_sources_but(const std::unordered_set<Digest>& complete);
    /// The labels that the marks have of it, for a catalog that was lost with what it noted.
    Status put_labels(const Digest& id, std::string_view labels);
    /// Adds a space that is not known yet, without records.
    Status add_space(const Space& space);
    /// A new, empty catalog beside the one in use, for a rebuild; what an earlier one left is
    /// removed, and so is this one if it goes before it was put in place. `wait` is for the readers
    /// of the one in use, in replace_with.
    static Result<Catalog> create_beside(const StoreFolder& folder, const fs::LockWait& wait);
    /// Closes it and puts it in the place of the one in use, durably, when nobody is reading that.
    /// Writers must be excluded.
    static Status replace_with(Catalog rebuilt, const StoreFolder& folder);

    struct Totals {
        std::uint64_t forgotten = 0;  ///< snapshots that can be brought back
        /// Of the live packs those that no snapshot needs; and those that are being collected.
        std::uint64_t unused_packs = 0, unused_bytes = 0, going_packs = 0, going_bytes = 0;
        std::uint64_t snapshots = 0, packs = 0, blocks = 0, chunks = 0, pack_bytes = 0,
                      chunk_bytes = 0, duplicate_chunks = 0, duplicate_bytes = 0, source_bytes = 0,
                      catalog_bytes = 0;
    };
    /// A chunk that several packs hold is counted once, and the others as duplicates.
    Result<Totals> totals();

    /// Checks every page and SQLite's own integrity; the problems found, each a sentence.
    Result<std::vector<std::string>> check();

    struct Impl;  // catalog_impl.h

  private:
    friend class CatalogCache;      // catalog_cache.h
    friend class CatalogCollector;  // catalog_collect.h
    explicit Catalog(std::unique_ptr<Impl> impl) noexcept;
    std::unique_ptr<Impl> impl_;
};

}  // namespace holt::store
