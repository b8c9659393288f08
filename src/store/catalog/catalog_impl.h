// What the catalog's source files share. Thread rule: as Catalog.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/process.h"
#include "base/unique_fd.h"
#include "store/catalog/catalog.h"
#include "store/catalog/catalog_schema.h"
#include "store/catalog/chunk_table.h"
#include "store/catalog/sqlite.h"
#include "store/format/marks_file.h"

namespace holt::store {

/// stat_record.life of records that always hold.
inline constexpr std::int64_t kHoldsAlways = 0;

/// A snapshot that waits for end_rebuild, which gives the names.
struct RebuiltSnapshot {
    Digest id{};
    std::string name{}, key{}, scope{};
    std::uint64_t bytes = 0;
    Bytes encoded{};
    std::set<std::int64_t> packs{};
    Catalog::Added as = Catalog::Added::visible;
};

/// Removes what a rebuild made, when it is not put in place.
class RebuiltFiles {
  public:
    RebuiltFiles() noexcept = default;
    explicit RebuiltFiles(UniqueFd tmp) noexcept
        : tmp_(std::move(tmp)), process_(current_process()) {}
    RebuiltFiles(RebuiltFiles&&) noexcept = default;
    RebuiltFiles& operator=(RebuiltFiles&&) noexcept = default;
    ~RebuiltFiles();
    int tmp() const noexcept { return tmp_.get(); }
    void keep() noexcept { tmp_.reset(); }

  private:
    UniqueFd tmp_;     // the folder that they are in
    int process_ = 0;  // a forked child leaves its parent's files alone
};

struct Catalog::Impl {
    RebuiltFiles files{};  // before the database, which closes first
    fs::FileLock epoch{};  // of a reader: what it may refer to is not deleted
    Database db;
    /// The store's folder, where the marks are; empty for a catalog that is not in use yet.
    std::shared_ptr<const UniqueFd> store{};
    std::string store_path{};
    /// One that several calls share: a rebuild's, or a collector's.
    std::optional<Transaction> shared{};
    std::optional<ChunkTable> rebuilt_chunks{};
    /// A writer must not refer to packs that are being collected.
    bool only_live = false;
    AbsentChunks absent{};  // of look-ups since rows were put
    std::vector<RebuiltSnapshot> rebuilt{};

    explicit Impl(Database database, std::shared_ptr<const UniqueFd> folder = {},
                  std::string path = {})
        : db(std::move(database)), store(std::move(folder)), store_path(std::move(path)) {}

    /// Adds a pack, and those that its chunks were moved into, to `used`. One that is condemned is
    /// revived; one that is not known, or is being deleted, is_gone_meanwhile.
    Status use_pack(const Digest& id, std::set<std::int64_t>& used);
    Status use_pack(std::int64_t row, std::set<std::int64_t>& used);
    /// All packs of a snapshot, by its row there or among the forgotten.
    Status use_packs_of(std::int64_t snapshot, std::set<std::int64_t>& used);
    Result<std::int64_t> row_of_pack(const Digest& id);
    /// Makes a pack known, and adds it to `used`; its row.
    Result<std::int64_t> insert_pack_row(const NewPack& pack, std::set<std::int64_t>& used);
    /// Makes a pack and its chunks known; keeps the rows that are there. Adds to `used` the pack
    /// and each other one that holds one of its chunks already.
    Status insert_pack(const NewPack& pack, ChunkTable& chunks, std::set<std::int64_t>& used);
    Status insert_snapshot(const RebuiltSnapshot& snapshot);
    /// All of a commit, inside a transaction.
    Status insert_commit(const Catalog::Commit& commit, ChunkTable& chunks);
    /// Opens the marks for a commit, inside its transaction.
    Result<MarksWriter> open_marks();
    /// `failed` when another snapshot has the name.
    Status check_name(const char* operation, const std::string& name);
    Result<SnapshotRow> read_snapshot(const Statement& row) const;
    Result<std::vector<SnapshotRow>> read_snapshots(Statement& query) const;
    Status put_use(const Digest& snapshot, Time now);
    /// For who misses the key of a snapshot that goes (catalog_cache.cpp).
    Status put_eviction(const SnapshotRow& snapshot, const std::string& reason);
    /// The newest of a scope; empty: main.
    Result<std::optional<SnapshotRow>> newest_with_key(const std::string& key,
                                                       const std::string& scope);
    Result<std::optional<SnapshotRow>> first_of(Statement& query) const;
    Result<std::optional<SnapshotRow>> newest_snapshot();
    Result<std::optional<SnapshotRow>> snapshot_by_id(const Digest& id);
    Result<std::optional<SnapshotRow>> snapshot_by_name(const std::string& name);
    Result<std::optional<SnapshotRow>> snapshot_by_prefix(const std::string& prefix);
};

/// The columns that read_snapshot reads.
#define HOLT_SNAPSHOT_COLUMNS                                                   \
    "SELECT s.id, s.name, s.record, n.hold, n.used, n.tags FROM snapshot AS s " \
    "LEFT JOIN snapshot_note AS n ON n.snapshot_id=s.id "

/// snapshot_note.tags: varint count, then text key and text value of each.
Bytes encode_tags(const std::vector<std::pair<std::string, std::string>>& tags);
Result<std::vector<std::pair<std::string, std::string>>> decode_tags(ByteView encoded,
                                                                     const std::string& object);

/// The start of an id, as it is shown to users.
std::string short_id(const Digest& id);

}  // namespace holt::store
