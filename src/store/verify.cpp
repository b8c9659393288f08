#include "store/verify.h"

#include <tbb/enumerable_thread_specific.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <random>
#include <set>
#include <span>
#include <utility>

#include "base/cancel.h"
#include "base/sync.h"
#include "fs/metadata/metadata.h"
#include "store/content/chunk_reader.h"
#include "store/content/snapshot_commit.h"
#include "store/content/whole_files.h"
#include "store/disk/pin.h"
#include "store/disk/settings_file.h"
#include "store/format/marks_file.h"
#include "store/operation/reporter.h"
#include "store/pack/pack_check.h"
#include "store/pool/pool_check.h"
#include "store/trees/tree_walk.h"

namespace holt::store {
namespace {

std::string title(const SnapshotRow& snapshot) {
    return snapshot.record.name.empty() ? snapshot.id.short_hex() : snapshot.record.name;
}

Result<std::vector<SnapshotRow>> choose_snapshots(Catalog& catalog,
                                                  const std::vector<std::string>& snaps) {
    if (snaps.empty()) return catalog.snapshots();
    std::vector<SnapshotRow> chosen;
    for (const std::string& snap : snaps) {
        HOLT_TRY_LET(row, catalog.find_snapshot(snap));
        chosen.push_back(std::move(row));
    }
    return chosen;
}

// The catalog's own pages and structure. Only asked for a check of everything.
Status check_catalog(Catalog& catalog, const StoreFolder& folder, VerifyReport& report) {
    HOLT_TRY_LET(problems, catalog.check());
    for (std::string& problem : problems) {
        report.damage.push_back({fail(ErrorKind::corrupt, "verify catalog", folder.catalog_path(),
                                      std::move(problem), Advice::repair_store)
                                     .error(),
                                 {}});
    }
    return {};
}

// The store has all that the snapshot says; but that is not all that there was.
void tell_incomplete(const SnapshotRow& snapshot, Reporter& reporter) {
    if (snapshot.record.left_out == 0) return;
    reporter.note(Severity::info, fail(ErrorKind::partial, "verify snapshot", title(snapshot),
                                       std::to_string(snapshot.record.left_out) +
                                           " items were left out when it was taken",
                                       Advice::list_entries)
                                      .error());
}

// What was acknowledged against what the catalog has.
Status check_marks(Catalog& catalog, const StoreFolder& folder, VerifyReport& report) {
    HOLT_TRY_LET(check, catalog.compare_marks());
    const auto add = [&](const std::string& name, std::string cause) {
        report.damage.push_back({fail(ErrorKind::corrupt, "verify catalog", name, std::move(cause),
                                      Advice::repair_store)
                                     .error(),
                                 {name}});
    };
    if (check.unreadable) report.damage.push_back({*check.unreadable, {}});
    if (check.damaged > 0)
        report.damage.push_back(
            {fail(ErrorKind::corrupt, "verify snapshot marks", folder.shown(kMarksName),
                  std::to_string(check.damaged) + " places in it are damaged", Advice::repair_store)
                 .error(),
             {}});
    for (const Mark& mark : check.lost)
        add(mark.name.empty() ? mark.id.short_hex() : mark.name,
            "this snapshot was acknowledged, and the catalog does not know it: was an older copy "
            "of the catalog put back?");
    for (const SnapshotRow& row : check.forgotten)
        add(title(row),
            "this snapshot was forgotten, and the catalog still has it: was an older "
            "copy of the catalog put back?");
    for (const SnapshotRow& row : check.unmarked)
        add(title(row), "the catalog has this snapshot, and " + std::string(kMarksName) +
                            " does not say that it was committed");
    return {};
}

// What a tree names: the chunks of its files, and of its folders' own trees.
std::vector<Digest> chunks_in(const Tree& entries) {
    std::vector<Digest> digests;
    for (const TreeEntry& entry : entries)
        for (const ChunkRef& chunk : entry.chunks) digests.push_back(chunk.digest);
    return digests;
}

Error in_no_pack(const std::string& object, const Digest& chunk) {
    return fail(ErrorKind::corrupt, "verify snapshot", object,
                "chunk " + chunk.hex() + " is in no pack", Advice::repair_store)
        .error();
}

void tell_wrong_files(const WholeFiles& files, VerifyReport& report) {
    for (const WholeFiles::Wrong& wrong : files.wrong())
        report.damage.push_back({fail(ErrorKind::corrupt, "verify snapshot", wrong.owner,
                                      "file '" + printable(wrong.path) +
                                          "': its tree says another digest than its content has",
                                      "take the snapshot again from its source")
                                     .error(),
                                 {wrong.owner}});
}

// Walks the snapshots' trees: each tree is read, each chunk must be somewhere, each file has the
// digest that its tree says. Gathers the packs they need.
Status check_snapshots(Operation& op, Catalog& catalog, const std::vector<SnapshotRow>& snapshots,
                       std::set<std::uint32_t>& packs, VerifyReport& report) {
    ChunkReader reader(op.store, catalog);
    SnapshotTrees trees(reader);
    WholeFiles files(reader, op.cancel);
    for (const SnapshotRow& snapshot : snapshots) {
        ++report.snapshots;
        tell_incomplete(snapshot, op.reporter);
        const auto damaged = [&](const TreeEntry&, const std::string& path, Error error) {
            error.cause = "folder '" + printable(path) + "': " + error.cause;
            report.damage.push_back({std::move(error), {title(snapshot)}});
        };
        const auto check_tree = [&](const TreeEntry& tree, const std::string& path,
                                    const Tree& entries) -> Status {
            std::vector<Digest> digests;
            for (const ChunkRef& chunk : tree.chunks) digests.push_back(chunk.digest);
            for (const TreeEntry& entry : entries) {
                if (entry.kind == fs::Kind::folder) continue;  // read, and looked up, on its turn
                for (const ChunkRef& chunk : entry.chunks) digests.push_back(chunk.digest);
                if (entry.kind == fs::Kind::file)
                    HOLT_TRY(files.add(entry, path.empty() ? entry.name : path + '/' + entry.name,
                                       title(snapshot)));
            }
            std::vector<std::optional<ChunkPlace>> places(digests.size());
            HOLT_TRY(catalog.find_chunks(digests, places));
            for (std::size_t i = 0; i < places.size(); ++i) {
                if (places[i]) {
                    packs.insert(places[i]->pack);
                    continue;
                }
                damaged(tree, path, in_no_pack(title(snapshot), digests[i]));
            }
            return {};
        };
        HOLT_TRY(trees.visit(snapshot.record.root, check_tree, damaged));
    }
    HOLT_TRY(files.run());
    tell_wrong_files(files, report);
    return {};
}

// The least of each snapshot: that the chunks of its root's tree are somewhere.
Status check_roots(const std::vector<SnapshotRow>& snapshots, Catalog& catalog,
                   VerifyReport& report) {
    std::vector<Digest> digests;
    std::vector<const SnapshotRow*> owners;
    for (const SnapshotRow& snapshot : snapshots) {
        ++report.snapshots;
        for (const ChunkRef& chunk : snapshot.record.root.chunks) {
            digests.push_back(chunk.digest);
            owners.push_back(&snapshot);
        }
    }
    std::vector<std::optional<ChunkPlace>> places(digests.size());
    HOLT_TRY(catalog.find_chunks(digests, places));
    for (std::size_t i = 0; i < places.size(); ++i) {
        if (places[i]) continue;
        report.damage.push_back({in_no_pack(title(*owners[i]), digests[i]), {title(*owners[i])}});
    }
    return {};
}

// Whether what the trees of one pack name is somewhere. Where it is not, the tree may be one that
// no snapshot needs any more.
Result<bool> all_is_somewhere(Catalog& catalog, std::vector<Digest> digests) {
    std::ranges::sort(digests);
    digests.erase(std::ranges::unique(digests).begin(), digests.end());
    std::vector<std::optional<ChunkPlace>> places(digests.size());
    HOLT_TRY(catalog.find_chunks(digests, places));
    return std::ranges::all_of(places, [](const auto& place) { return place.has_value(); });
}

// What the catalog says about a pack against what the pack says about itself.
Status compare_with_catalog(Catalog& catalog, const PackRow& row, const PackCheck& check,
                            VerifyReport& report) {
    const std::vector<ChunkInfo>& chunks = check.reader->footer().chunks;
    std::vector<Digest> digests;
    for (const ChunkInfo& chunk : chunks) digests.push_back(chunk.digest);
    std::vector<std::optional<ChunkPlace>> places(digests.size());
    HOLT_TRY(catalog.find_chunks(digests, places));
    for (std::size_t i = 0; i < places.size(); ++i) {
        // One that is nowhere was in another pack, too, which was collected: no snapshot needs it,
        // or the walk of its trees has told.
        if (!places[i] || places[i]->pack != row.row || places[i]->ordinal == i) continue;
        report.damage.push_back(
            {fail(ErrorKind::corrupt, "verify catalog", check.reader->object(),
                  "the catalog has another place for its chunk " + digests[i].hex(),
                  Advice::repair_store)
                 .error(),
             {}});
        break;  // one is enough to send the user to repair
    }
    return {};
}

/// The part of the packs that one run checks: by their ids, from behind the one that was checked
/// last. Ids are digests, so that new packs come in anywhere, and successive runs see all of them.
struct Share {
    std::vector<PackRow> packs{};
    bool remembers = false;
};

// Where nothing can be remembered, another part each time.
Result<Share> choose_share(const Operation& op, std::vector<PackRow> packs, unsigned percent) {
    Share share{.remembers = op.may_write() && fs::may_write(op.store.fd())};
    std::ranges::sort(packs, {}, &PackRow::id);
    std::size_t begin = 0;
    if (share.remembers) {
        HOLT_TRY_LET(last, read_verified(op.store));
        if (last)
            begin = static_cast<std::size_t>(
                std::ranges::upper_bound(packs, *last, {}, &PackRow::id) - packs.begin());
    } else if (!packs.empty()) {
        begin = std::random_device{}() % packs.size();
    }
    std::ranges::rotate(packs, packs.begin() + static_cast<std::ptrdiff_t>(begin));
    packs.resize((packs.size() * percent + 99) / 100);
    share.packs = std::move(packs);
    return share;
}

// Not worth an error: the next run checks the same part again.
void remember_share(const StoreFolder& folder, const Digest& last) {
    const auto no_repair = Pin::keep_repair_away(folder);
    if (no_repair && *no_repair) static_cast<void>(write_verified(folder, last));
}

/// Whether the trees that lie in a pack are looked into: where they were not walked.
enum class TreesInPacks : std::uint8_t { skip, look_into };

// Every block of every chosen pack, in parallel over packs. True when all that the trees in them
// name is somewhere.
Result<bool> check_packs(Operation& op, Catalog& catalog, std::span<const PackRow> packs,
                         TreesInPacks trees, VerifyReport& report) {
    std::uint64_t total = 0;
    for (const PackRow& pack : packs) total += pack.raw_bytes;
    total += report.bytes;
    struct Checked {
        Catalog& catalog;
        VerifyReport& report;
        bool complete = true;
    };
    Sync<Checked> all{catalog, report};
    FirstError first;
    tbb::enumerable_thread_specific<PackCheckScratch> scratches;
    const auto check_one = [&](const PackRow& row) -> Status {
        HOLT_TRY(op.go_on("verify"));
        std::vector<Digest> named;
        const auto look_into = [&](const ChunkInfo& chunk, ByteView bytes) {
            if (chunk.kind != ChunkKind::tree) return;
            // A piece of a large tree cannot be read alone; its digest is right.
            const auto tree = decode_tree(bytes, "");
            if (tree) std::ranges::copy(chunks_in(*tree), std::back_inserter(named));
        };
        const PackCheck check =
            check_pack(op.store, row.id, scratches.local(),
                       trees == TreesInPacks::look_into ? look_into : CheckedChunkVisitor());
        if (const Error* error = check.undecided()) return std::unexpected(*error);
        const auto checked = all.lock();
        VerifyReport& now = checked->report;
        ++now.packs;
        now.chunks += check.chunks;
        now.bytes += check.bytes;
        if (check.reader) {
            now.blocks += check.reader->footer().blocks.size();
            HOLT_TRY(compare_with_catalog(checked->catalog, row, check, now));
            HOLT_TRY_LET(somewhere, all_is_somewhere(checked->catalog, std::move(named)));
            checked->complete = checked->complete && somewhere;
        }
        if (!check.is_whole()) {
            HOLT_TRY_LET(touched, checked->catalog.snapshots_of_pack(row.id));
            for (const Error& error : check.errors) now.damage.push_back({error, touched});
        }
        op.reporter.progress({.stage = "verify",
                              .files_done = now.packs,
                              .files_total = packs.size(),
                              .bytes_done = now.bytes,
                              .bytes_total = total});
        return {};
    };
    tbb::parallel_for(std::size_t{0}, packs.size(), [&](std::size_t i) {
        if (!first.stopped()) first.keep(check_one(packs[i]));
    });
    HOLT_TRY(first.take());
    return all.lock()->complete;
}

// The packs of a share, a few at a time, for as long as there is time; one at least. Remembers up
// to where.
Result<bool> check_share(Operation& op, Catalog& catalog, const Share& share,
                         const VerifyOptions& options, VerifyReport& report) {
    constexpr std::size_t kAtOnce = 8;
    const auto begin = std::chrono::steady_clock::now();
    std::span<const PackRow> rest = share.packs;
    bool complete = true;
    while (!rest.empty() && !report.out_of_time) {
        const auto some =
            rest.first(std::min(rest.size(), options.max_time ? kAtOnce : rest.size()));
        rest = rest.subspan(some.size());
        HOLT_TRY_LET(whole, check_packs(op, catalog, some, TreesInPacks::look_into, report));
        complete = complete && whole;
        if (share.remembers) remember_share(op.store, some.back().id);
        report.out_of_time = options.max_time && !rest.empty() &&
                             std::chrono::steady_clock::now() - begin >= *options.max_time;
    }
    return complete;
}

}  // namespace

Result<VerifyReport> verify_store(Operation& op, Catalog& catalog,
                                  const std::vector<std::string>& snaps,
                                  const VerifyOptions& options) {
    VerifyReport report;
    const bool everything = snaps.empty();
    const bool sampled = everything && (options.subset_percent < 100 || options.max_time);

    // 1. The snapshots in question, 2. the catalog itself.
    HOLT_TRY_LET(snapshots, choose_snapshots(catalog, snaps));
    if (everything && !sampled) HOLT_TRY(check_catalog(catalog, op.store, report));
    if (everything) HOLT_TRY(check_marks(catalog, op.store, report));

    // 3. Their trees, and that each of their chunks is somewhere. Of a sample, only what lies in
    // the packs that are read: a walk costs as much for one pack as for all.
    std::set<std::uint32_t> needed;
    HOLT_TRY(sampled ? check_roots(snapshots, catalog, report)
                     : check_snapshots(op, catalog, snapshots, needed, report));

    // 4. The packs, byte for byte.
    HOLT_TRY_LET(packs, catalog.packs());
    report.all_packs = packs.size();
    if (!everything)
        std::erase_if(packs, [&](const PackRow& pack) { return !needed.contains(pack.row); });
    Result<bool> complete = true;
    if (sampled) {
        HOLT_TRY_LET(share, choose_share(op, std::move(packs), options.subset_percent));
        complete = check_share(op, catalog, share, options, report);
    } else {
        complete = check_packs(op, catalog, packs, TreesInPacks::skip, report);
    }
    if (!complete) return std::unexpected(std::move(complete).error());
    // A tree that names what is gone may be garbage itself: only the walk of all tells.
    if (!*complete) {
        report.snapshots = 0;
        HOLT_TRY(check_snapshots(op, catalog, snapshots, needed, report));
    }

    // 5. What is there besides, and counts for nothing.
    if (everything) {
        HOLT_TRY_LET(unknown, count_unknown_packs(op.store, catalog));
        report.unknown_packs = unknown.files;
        report.unknown_bytes = unknown.bytes;
        HOLT_TRY_LET(forgotten, catalog.forgotten());
        report.forgotten = forgotten.size();
    }

    // 6. The pool: what is wrong there touches no snapshot, but the trees that share its files.
    if (!everything || report.out_of_time) return report;
    HOLT_TRY_LET(pool, check_pool(op.store, options.subset_percent, op.cancel));
    report.pool_files = pool.files;
    report.pool_changed = pool.changed.size();
    for (const PoolCheck::Changed& changed : pool.changed)
        op.reporter.note(changed.shared ? Severity::warning : Severity::info, changed.what);
    if (pool.unreadable > 0) {
        op.reporter.note(Severity::info,
                         fail(ErrorKind::partial, "verify pool", op.store.shown("pool"),
                              std::to_string(pool.unreadable) +
                                  " files of other users cannot be read and were not checked")
                             .error());
    }
    return report;
}

}  // namespace holt::store
