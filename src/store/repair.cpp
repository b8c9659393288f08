#include "store/repair.h"

#include <tbb/enumerable_thread_specific.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/cancel.h"
#include "codec/blake3/blake3.h"
#include "fs/folder.h"
#include "fs/paths.h"
#include "store/catalog.h"
#include "store/chunk_reader.h"
#include "store/lock_wait.h"
#include "store/log.h"
#include "store/pack_check.h"
#include "store/pack_sink.h"
#include "store/pin.h"
#include "store/pool_check.h"
#include "store/reporter.h"
#include "store/tree_walk.h"

namespace holt::store {
namespace {

/// A snapshot's record as found in a pack.
struct FoundRecord {
    Digest id{};
    SnapshotRecord record{};
    Bytes encoded{};
};

struct Scan {
    std::vector<NewPack> whole;      // packs that stay as they are
    std::vector<PackCheck> damaged;  // packs to be put aside, with what is wrong
};

// Every pack, byte for byte, in parallel.
Result<Scan> scan_packs(const StoreFolder& folder, const Cancel* cancel, Reporter& reporter) {
    HOLT_TRY_LET(ids, folder.list_packs());
    Scan scan;
    std::mutex mutex;  // guards scan
    FirstError first;
    std::uint64_t bytes = 0;
    tbb::enumerable_thread_specific<PackCheckScratch> scratches;
    tbb::parallel_for(std::size_t{0}, ids.size(), [&](std::size_t i) {
        if (first.stopped()) return;
        if (cancel != nullptr && cancel->requested()) {
            first.set(cancelled("repair").error());
            return;
        }
        PackCheck check = check_pack(folder, ids[i], scratches.local());
        // A pack is not put aside for a read that failed once, nor because there was no descriptor
        // or no memory to look at it with.
        if (!check.is_whole()) check = check_pack(folder, ids[i], scratches.local());
        if (const Error* error = check.undecided()) {
            first.set(*error);
            return;
        }
        const std::lock_guard lock(mutex);
        bytes += check.bytes;
        if (check.is_whole()) {
            scan.whole.push_back({check.id, check.reader->file_size(), check.reader->footer()});
        } else {
            scan.damaged.push_back(std::move(check));
        }
        reporter.progress({.stage = "scan",
                           .files_done = scan.whole.size() + scan.damaged.size(),
                           .files_total = ids.size(),
                           .bytes_done = bytes});
    });
    HOLT_TRY(first.take());
    // The same store gives the same catalog, whichever thread was first.
    std::ranges::sort(scan.whole, {}, &NewPack::id);
    std::ranges::sort(scan.damaged, {}, &PackCheck::id);
    return scan;
}

// Chunks that no pack has whole any more, from the uncompressed files of the pool. Returns how
// many.
Result<std::uint64_t> take_from_pool(const StoreFolder& folder, const Scan& scan,
                                     std::unordered_set<Digest>& known, PackSink& sink) {
    std::unordered_set<Digest> lost;
    bool all = false;  // a pack whose footer is gone does not say what it had
    for (const PackCheck& pack : scan.damaged) {
        if (!pack.reader) {
            all = true;
            continue;
        }
        for (const ChunkInfo& chunk : pack.reader->footer().chunks)
            if (!known.contains(chunk.digest)) lost.insert(chunk.digest);
    }
    if (lost.empty() && !all) return 0;
    std::uint64_t found = 0;
    BlockBuilder builder;
    BlockEncoder encoder(zstd::kDefaultLevel);
    std::vector<RawBlock> full;
    const auto store = [&]() -> Status {
        for (RawBlock& block : std::exchange(full, {})) {
            HOLT_TRY_LET(encoded, encoder.encode(std::move(block)));
            HOLT_TRY(sink.add(std::move(encoded)));
        }
        return {};
    };
    HOLT_TRY(visit_pool_chunks(folder, [&](const Digest& digest, ByteView bytes) -> Status {
        if (!all && !lost.contains(digest)) return {};
        if (!known.insert(digest).second) return {};
        ++found;
        builder.add(digest, ChunkKind::data, bytes, full);
        return store();
    }));
    builder.flush(full);
    HOLT_TRY(store());
    return found;
}

// Copies the blocks that are whole, as they are stored, into new packs, and what the pool has of
// the others. Returns how many chunks that saved.
Result<std::uint64_t> salvage(const StoreFolder& folder, Scan& scan, const Log& log) {
    std::unordered_set<Digest> known;
    for (const NewPack& pack : scan.whole) {
        for (const ChunkInfo& chunk : pack.footer.chunks) known.insert(chunk.digest);
    }
    PackSink sink(folder, log);
    std::uint64_t saved = 0;
    for (const PackCheck& pack : scan.damaged) {
        if (!pack.reader) continue;
        const PackFooter& footer = pack.reader->footer();
        for (std::uint32_t index = 0; index < footer.blocks.size(); ++index) {
            if (pack.bad_blocks[index]) continue;
            const BlockInfo& block = footer.blocks[index];
            EncodedBlock copy{
                .stored = {}, .codec = block.codec, .raw_size = block.raw_size, .chunks = {}};
            bool wanted = false;
            for (const ChunkInfo& chunk : footer.chunks) {
                if (chunk.block != index) continue;
                copy.chunks.push_back(chunk);
                if (known.insert(chunk.digest).second) {
                    wanted = true;
                    ++saved;
                }
            }
            if (!wanted) continue;
            HOLT_TRY(pack.reader->read_stored(index, copy.stored));
            HOLT_TRY(sink.add(std::move(copy)));
        }
    }
    HOLT_TRY_LET(found, take_from_pool(folder, scan, known, sink));
    HOLT_TRY(sink.finish());
    std::ranges::move(sink.packs(), std::back_inserter(scan.whole));
    return saved + found;
}

// What a program changed through a tree that shares it. The pool is a cache: it is made anew.
Result<std::uint64_t> remove_changed_pool_files(const StoreFolder& folder, const Cancel* cancel,
                                                const Log& log) {
    HOLT_TRY_LET(check, check_pool(folder, 100, cancel));
    if (check.changed.empty()) return 0;
    HOLT_TRY_LET(pool, Pool::open(folder, Access::read_write));
    for (const PoolCheck::Changed& changed : check.changed) {
        HOLT_TRY(pool.remove(changed.id));
        log->warn("removed from the pool: {}", changed.what.message());
    }
    return check.changed.size();
}

// The records of all snapshots that lie in the packs, oldest first.
Result<std::vector<FoundRecord>> find_records(const StoreFolder& folder, Catalog& catalog,
                                              const std::vector<NewPack>& packs) {
    std::vector<FoundRecord> found;
    std::unordered_set<Digest> seen;
    ChunkReader reader(folder, catalog);
    for (const NewPack& pack : packs) {
        for (const ChunkInfo& chunk : pack.footer.chunks) {
            if (chunk.kind != ChunkKind::snapshot || !seen.insert(chunk.digest).second) continue;
            const ChunkRef ref{chunk.digest, chunk.length};
            HOLT_TRY_LET(encoded, reader.read_content(std::span(&ref, 1)));
            HOLT_TRY_LET(record, decode_record(encoded, chunk.digest.hex()));
            found.push_back({chunk.digest, std::move(record), std::move(encoded)});
        }
    }
    std::ranges::sort(found, {},
                      [](const FoundRecord& f) { return std::pair(f.record.created, f.id); });
    return found;
}

// Snapshots by id, with what they are called.
using Known = std::map<Digest, std::string>;

std::string title(const Digest& id, const std::string& name) {
    return name.empty() ? id.hex().substr(0, 12) : name;
}

// The snapshots that the catalog acknowledged, if it can still be believed: a pack may also hold
// the record of a snapshot that was never committed, and that one must stay invisible.
Result<std::optional<Known>> acknowledged(const StoreFolder& folder, const fs::LockWait& wait) {
    // A catalog that cannot be read for want of a descriptor is not a damaged one.
    const auto only_if_damaged = [](const Error& error) -> Result<std::optional<Known>> {
        if (error.kind == ErrorKind::corrupt || error.sys_errno == EIO) return std::nullopt;
        return std::unexpected(error);
    };
    auto catalog = Catalog::open(folder, Catalog::Mode::read_only, wait);
    if (!catalog) return only_if_damaged(catalog.error());
    const auto problems = catalog->check();
    if (!problems) return only_if_damaged(problems.error());
    if (!problems->empty()) return std::nullopt;
    const auto rows = catalog->snapshots();
    if (!rows) return only_if_damaged(rows.error());
    Known known;
    for (const SnapshotRow& row : *rows) known.emplace(row.id, title(row.id, row.record.name));
    return known;
}

struct Needs {
    std::vector<Digest> packs;
    std::vector<Error> missing;
};

// Which packs a snapshot needs, and what of it is in none.
Result<Needs> needs_of(const FoundRecord& found, const StoreFolder& folder, Catalog& catalog) {
    ChunkReader reader(folder, catalog);
    SnapshotTrees trees(reader);
    Needs needs;
    std::set<std::uint32_t> rows;
    const auto look_up = [&](std::span<const ChunkRef> chunks, const std::string& path) -> Status {
        std::vector<Digest> digests;
        for (const ChunkRef& chunk : chunks) digests.push_back(chunk.digest);
        std::vector<std::optional<ChunkPlace>> places(digests.size());
        HOLT_TRY(catalog.find_chunks(digests, places));
        for (std::size_t i = 0; i < places.size(); ++i) {
            if (places[i]) {
                rows.insert(places[i]->pack);
            } else {
                needs.missing.push_back(
                    fail(ErrorKind::corrupt, "restore", path,
                         "its chunk " + digests[i].hex() + " is in no whole pack",
                         "snapshot the source again: the content comes back if it "
                         "is still there")
                        .error());
            }
        }
        return {};
    };
    const auto visit = [&](const TreeEntry& tree, const std::string& path,
                           const Tree& entries) -> Status {
        HOLT_TRY(look_up(tree.chunks, path));
        for (const TreeEntry& entry : entries) {
            if (entry.kind == fs::Kind::folder) continue;
            HOLT_TRY(look_up(entry.chunks, path.empty() ? entry.name : path + "/" + entry.name));
        }
        return {};
    };
    const auto damaged = [&](const TreeEntry&, const std::string&, Error error) {
        needs.missing.push_back(std::move(error));
    };
    HOLT_TRY(trees.visit(found.record.root, visit, damaged));
    const ChunkRef itself{found.id, static_cast<std::uint32_t>(found.encoded.size())};
    HOLT_TRY(look_up(std::span(&itself, 1), ""));
    for (const std::uint32_t row : rows) {
        HOLT_TRY_LET(pack, catalog.pack(row));
        needs.packs.push_back(pack.id);
    }
    return needs;
}

// Acknowledged snapshots whose record is in no whole pack: they are gone, which must not be silent.
void report_lost(const Known& known, const std::vector<FoundRecord>& found, RepairReport& report) {
    for (const auto& [id, name] : known) {
        if (std::ranges::find(found, id, &FoundRecord::id) != found.end()) continue;
        report.damage.push_back(
            {fail(ErrorKind::corrupt, "restore snapshot", name, "its record is in no whole pack",
                  "it is lost; snapshot the source again if it is still there")
                 .error(),
             {name}});
    }
}

// All snapshots into the new catalog; of several that claim a name the catalog lets the newest keep
// it.
Status add_snapshots(std::vector<FoundRecord> records, const std::optional<Known>& known,
                     const StoreFolder& folder, Catalog& catalog, RepairReport& report) {
    if (known) {
        std::erase_if(records,
                      [&](const FoundRecord& found) { return !known->contains(found.id); });
    }
    for (const FoundRecord& found : records) {
        HOLT_TRY_LET(needs, needs_of(found, folder, catalog));
        HOLT_TRY(catalog.add_snapshot(found.id, found.record, found.encoded, needs.packs));
        ++report.snapshots;
        for (Error& error : needs.missing)
            report.damage.push_back({std::move(error), {title(found.id, found.record.name)}});
    }
    if (known) report_lost(*known, records, report);
    return {};
}

Status put_aside(const StoreFolder& folder, const std::vector<PackCheck>& damaged, const Log& log,
                 RepairReport& report) {
    for (const PackCheck& pack : damaged) {
        HOLT_TRY(folder.quarantine_pack(pack.id));
        report.quarantined.push_back(pack.id.hex());
        log->warn("put {} aside: {}", pack_object(pack.id), pack.errors.front().message());
    }
    return {};
}

// Nobody writes: whatever stands in tmp/ was left by a process that was killed.
Status sweep_temporaries(const StoreFolder& folder) {
    HOLT_TRY_LET(tmp, folder.open_part("tmp"));
    HOLT_TRY_LET(names, fs::list_names(tmp.get(), folder.shown("tmp")));
    for (const std::string& name : names)
        if (name.find(".tmp-") != std::string::npos)
            HOLT_TRY(fs::unlink_file(tmp.get(), name, folder.shown("tmp/" + name)));
    return {};
}

}  // namespace

Result<RepairReport> repair_store(const StoreFolder& folder, const OpenOptions& open,
                                  Observer& observer) {
    Reporter reporter(observer);
    const Log log = make_log(open.log);
    RepairReport report;

    // 1. Nobody else writes from here on.
    const fs::LockWait wait = lock_wait(open);
    HOLT_TRY_LET(alone, Pin::exclude_writers(folder, wait));
    HOLT_TRY_LET(known, acknowledged(folder, wait));
    log->info("the old catalog {}", known ? "is whole: exactly its snapshots are kept"
                                          : "cannot be believed: every record in a pack is kept");
    HOLT_TRY(sweep_temporaries(folder));

    // 2. Read every pack; what is whole in a damaged one, or is in the pool, goes into a new one.
    HOLT_TRY_LET(pool_removed, remove_changed_pool_files(folder, open.cancel, log));
    report.pool_removed = pool_removed;
    HOLT_TRY_LET(scan, scan_packs(folder, open.cancel, reporter));
    HOLT_TRY_LET(salvaged, salvage(folder, scan, log));
    report.salvaged_chunks = salvaged;

    // 3. A new catalog beside the old one: all packs, then all snapshots found in them.
    HOLT_TRY_LET(catalog, Catalog::create_beside(folder, wait));
    HOLT_TRY(catalog.begin_rebuild());
    for (const NewPack& pack : scan.whole) {
        HOLT_TRY(catalog.add_pack(pack));
        ++report.packs;
    }
    HOLT_TRY_LET(records, find_records(folder, catalog, scan.whole));
    HOLT_TRY(add_snapshots(std::move(records), known, folder, catalog, report));

    // 4. It replaces the old one in one step; only then are the damaged packs moved away.
    HOLT_TRY(catalog.end_rebuild());
    HOLT_TRY_LET(totals, catalog.totals());
    report.chunks = totals.chunks;
    HOLT_TRY(Catalog::replace_with(std::move(catalog), folder));
    HOLT_TRY(put_aside(folder, scan.damaged, log, report));
    return report;
}

}  // namespace holt::store
