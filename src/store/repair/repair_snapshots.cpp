#include "store/repair/repair_snapshots.h"

#include <algorithm>
#include <cerrno>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "store/catalog/space_files.h"
#include "store/content/chunk_reader.h"
#include "store/format/marks_file.h"
#include "store/trees/tree_walk.h"

namespace holt::store {
namespace {

/// A snapshot's record as found in a pack.
struct FoundRecord {
    Digest id{};
    SnapshotRecord record{};  // with the name that it is known by
    Bytes encoded{};
};

std::string title(const Digest& id, const std::string& name) {
    return name.empty() ? id.short_hex() : name;
}

// A catalog that cannot be read for want of a descriptor is not a damaged one.
bool is_damage(const Error& error) noexcept {
    return error.kind == ErrorKind::corrupt || error.sys_errno == EIO;
}

// Of a snapshot that was given other labels than it was taken with.
Status know_labels(const SnapshotRow& row, KnownSnapshots& known) {
    HOLT_TRY_LET(record, decode_record(known.records.back().encoded, row.id.hex()));
    if (row.hold || record.tags != row.record.tags)
        known.labels.insert_or_assign(row.id, encode_labels(row));
    return {};
}

Status know_from_catalog(const StoreFolder& folder, const fs::LockWait& wait,
                         KnownSnapshots& known) {
    auto catalog = Catalog::open(folder, Catalog::Mode::read_only, wait);
    if (!catalog) return std::unexpected(std::move(catalog).error());
    HOLT_TRY_LET(problems, catalog->check());
    if (!problems.empty())
        return fail(ErrorKind::corrupt, "read catalog", folder.catalog_path(), problems.front());
    HOLT_TRY_LET(packs, catalog->packs());
    for (const PackRow& pack : packs) known.packs.push_back(pack.id);
    HOLT_TRY_LET(rows, catalog->snapshots());
    for (const SnapshotRow& row : rows) {
        HOLT_TRY_LET(encoded, catalog->encoded_record(row.id));
        known.records.push_back({row.id, std::move(encoded), row.record.root.chunks});
        known.acknowledged.push_back({row.id, row.record.name, true});
        HOLT_TRY(know_labels(row, known));
    }
    return {};
}

Status know_from_marks(const StoreFolder& folder, KnownSnapshots& known) {
    HOLT_TRY_LET(marks, read_marks(folder.fd(), folder.path()));
    known.marks_readable = true;
    known.forgotten = marks.forgotten();
    // What a killed writer had committed before its mark was settled, a whole catalog knows.
    if (!known.catalog_problem) {
        std::unordered_set<Digest> in_catalog;
        for (const auto& snapshot : known.acknowledged) in_catalog.insert(snapshot.id);
        for (const auto& [id, kind] : marks.pending()) {
            const bool there = in_catalog.contains(id);
            if (kind == MarkKind::forgotten && !there) known.forgotten.insert(id);
            if (kind == MarkKind::committed && there) known.forgotten.erase(id);
        }
    }
    // A whole catalog says more than they do, but for what is forgotten.
    for (auto& [id, labels] : marks.labels(Marks::Which::settled))
        if (known.catalog_problem || known.forgotten.contains(id))
            known.labels.insert_or_assign(id, std::move(labels));
    std::erase_if(known.acknowledged, [&](const KnownSnapshots::Snapshot& snapshot) {
        return known.forgotten.contains(snapshot.id);
    });
    std::unordered_set<Digest> there;
    for (const KnownSnapshots::Snapshot& snapshot : known.acknowledged) there.insert(snapshot.id);
    for (Mark& mark : marks.acknowledged())
        if (!known.forgotten.contains(mark.id) && there.insert(mark.id).second)
            known.acknowledged.push_back({mark.id, std::move(mark.name), false});
    // With a whole catalog, which writers have settled the end by, only what lies before matters.
    const std::uint64_t damaged =
        marks.damaged + (known.catalog_problem ? marks.doubtful : std::uint64_t{0});
    if (damaged == 0) return {};
    return fail(ErrorKind::corrupt, "read snapshot marks", folder.shown(kMarksName),
                std::to_string(damaged) + " places in it are damaged");
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
                      [](const FoundRecord& f) { return std::tie(f.record.created, f.id); });
    return found;
}

// A walk of all trees is spared where the catalog and all its packs are whole.
bool nothing_can_be_lost(const KnownSnapshots& known, const PackScan& scan) {
    if (known.catalog_problem || !scan.damaged.empty()) return false;
    std::unordered_set<Digest> whole;
    for (const NewPack& pack : scan.whole) whole.insert(pack.id);
    const bool all_known = std::ranges::all_of(
        known.acknowledged, [](const KnownSnapshots::Snapshot& one) { return one.in_catalog; });
    return all_known && std::ranges::all_of(
                            known.packs, [&](const Digest& pack) { return whole.contains(pack); });
}

// The roots of all acknowledged snapshots, or of all that there are. A record that is nowhere is
// lost, and with it what it names.
Result<std::vector<TreeEntry>> roots_of(const Rebuild& rebuild, LostChunks& lost) {
    std::unordered_map<Digest, TreeEntry> roots;
    const auto add = [&](const Digest& id, SnapshotRecord record) {
        if (const auto prefixes = prefixes_of(record);
            prefixes && *prefixes &&
            std::ranges::find(lost.prefixes, **prefixes) == lost.prefixes.end())
            lost.prefixes.push_back(**prefixes);
        roots.emplace(id, std::move(record.root));
    };
    for (const SpareRecord& spare : rebuild.known.records) {
        HOLT_TRY_LET(record, decode_record(spare.encoded, spare.id.hex()));
        add(spare.id, std::move(record));
    }
    HOLT_TRY_LET(found, find_records(rebuild.op.store, rebuild.catalog, rebuild.scan.whole));
    for (FoundRecord& one : found) add(one.id, std::move(one.record));
    std::vector<TreeEntry> wanted;
    if (rebuild.options.unacknowledged)
        for (const auto& [id, root] : roots) wanted.push_back(root);
    for (const KnownSnapshots::Snapshot& snapshot : rebuild.known.acknowledged) {
        const auto root = roots.find(snapshot.id);
        if (root != roots.end()) {
            wanted.push_back(root->second);
            continue;
        }
        lost.chunks.insert(snapshot.id);
        lost.more_unknown = true;
    }
    return wanted;
}

// Where packs alone say which snapshots there were, a record that a footer promises is one of them.
void add_promised_records(const PackScan& scan, LostChunks& lost) {
    for (const PackCheck& pack : scan.damaged) {
        if (!pack.reader) continue;
        for (const ChunkInfo& chunk : pack.reader->footer().chunks) {
            if (chunk.kind != ChunkKind::snapshot || scan.chunks.contains(chunk.digest)) continue;
            lost.chunks.insert(chunk.digest);
            lost.more_unknown = true;
        }
    }
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
                         Advice::repair_from)
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

// Adds snapshots to the new catalog, in the order in which it is asked to.
class Adder {
  public:
    Adder(const StoreFolder& folder, Catalog& catalog, RepairReport& report)
        : folder_(folder), catalog_(catalog), report_(report) {}

    // One that was acknowledged is there whatever is missing of it.
    Status add_acknowledged(const FoundRecord& found) {
        HOLT_TRY_LET(needs, needs_of(found, folder_, catalog_));
        tell(found, needs);
        return add(found, needs);
    }
    // Any other only when nothing is missing.
    Status add_if_complete(const FoundRecord& found) {
        HOLT_TRY_LET(needs, needs_of(found, folder_, catalog_));
        tell(found, needs);
        return needs.missing.empty() ? add(found, needs) : Status{};
    }
    // One that was forgotten stays so; it can be brought back while nothing of it is missing.
    Status add_forgotten(const FoundRecord& found) {
        HOLT_TRY_LET(needs, needs_of(found, folder_, catalog_));
        if (!needs.missing.empty()) return {};
        ++report_.forgotten;
        return catalog_.add_snapshot(found.id, found.record, found.encoded, needs.packs,
                                     Catalog::Added::forgotten);
    }
    AddedSnapshots& added() noexcept { return added_; }

  private:
    Status add(const FoundRecord& found, const Needs& needs) {
        HOLT_TRY(catalog_.add_snapshot(found.id, found.record, found.encoded, needs.packs));
        if (needs.missing.empty()) added_.complete.insert(found.id);
        added_.marks.push_back({.kind = MarkKind::committed,
                                .state = MarkState::settled,
                                .id = found.id,
                                .name = found.record.name});
        ++report_.snapshots;
        return {};
    }
    void tell(const FoundRecord& found, Needs& needs) {
        for (Error& error : needs.missing)
            report_.damage.push_back({std::move(error), {title(found.id, found.record.name)}});
    }

    const StoreFolder& folder_;
    Catalog& catalog_;
    RepairReport& report_;
    AddedSnapshots added_;
};

// Gone, which must not be silent.
Damage lost_snapshot(const KnownSnapshots::Snapshot& snapshot) {
    const std::string name = title(snapshot.id, snapshot.name);
    return {fail(ErrorKind::corrupt, "restore snapshot", name,
                 "its record, " + snapshot.id.hex() + ", is in no whole pack",
                 "it is lost; snapshot the source again if it is still there")
                .error(),
            {name}};
}

// Two may claim a name when an older copy of the catalog was put back, and the name taken again.
void tell_names_taken(const std::vector<Mark>& marks, Reporter& reporter) {
    std::map<std::string, Digest> last;
    for (const Mark& mark : marks) last[mark.name] = mark.id;
    for (const Mark& mark : marks)
        if (!mark.name.empty() && last[mark.name] != mark.id)
            reporter.warn(fail(ErrorKind::partial, "restore snapshot", mark.id.hex(),
                               "its name '" + mark.name + "' was given to a later one",
                               "it has no name any more; use its id")
                              .error());
}

}  // namespace

Result<KnownSnapshots> know_snapshots(const StoreFolder& folder, const fs::LockWait& wait) {
    KnownSnapshots known;
    if (Status read = know_from_catalog(folder, wait, known); !read) {
        if (!is_damage(read.error())) return std::unexpected(std::move(read).error());
        known.catalog_problem = std::move(read).error();
        known.acknowledged.clear();
        known.records.clear();
        known.packs.clear();
        known.labels.clear();
    }
    if (Status read = know_from_marks(folder, known); !read) {
        if (!is_damage(read.error())) return std::unexpected(std::move(read).error());
        known.marks_problem = std::move(read).error();
    }
    return known;
}

Status refuse_to_guess(const KnownSnapshots& known, const StoreFolder& folder,
                       const RepairOptions& options) {
    if (!known.catalog_problem || known.marks_readable || options.unacknowledged) return {};
    return fail(ErrorKind::corrupt, "repair", folder.path(),
                "neither catalog.db nor " + std::string(kMarksName) +
                    " can be read, and packs alone do not say which snapshots were committed",
                Advice::recover_unacknowledged);
}

Result<LostChunks> find_lost(const Rebuild& rebuild) {
    const PackScan& scan = rebuild.scan;
    LostChunks lost;
    // What an earlier repair could not mend is looked for when there is a new place to look at.
    if (rebuild.options.from.empty() && nothing_can_be_lost(rebuild.known, scan)) return lost;
    HOLT_TRY_LET(roots, roots_of(rebuild, lost));
    ChunkReader reader(rebuild.op.store, rebuild.catalog);
    SnapshotTrees trees(reader);
    const auto look_up = [&](const TreeEntry& entry) {
        for (const ChunkRef& chunk : entry.chunks)
            if (!scan.chunks.contains(chunk.digest)) lost.chunks.insert(chunk.digest);
    };
    const auto visit = [&](const TreeEntry&, const std::string&, const Tree& entries) -> Status {
        for (const TreeEntry& entry : entries) look_up(entry);
        return {};
    };
    const auto damaged = [&](const TreeEntry& folder_entry, const std::string&, const Error&) {
        look_up(folder_entry);
        lost.more_unknown = true;
    };
    for (const TreeEntry& root : roots) HOLT_TRY(trees.visit(root, visit, damaged));
    if (rebuild.options.unacknowledged) add_promised_records(scan, lost);
    return lost;
}

Result<AddedSnapshots> add_snapshots(const Rebuild& rebuild, RepairReport& report) {
    const KnownSnapshots& known = rebuild.known;
    HOLT_TRY_LET(records, find_records(rebuild.op.store, rebuild.catalog, rebuild.scan.whole));
    std::unordered_map<Digest, FoundRecord*> by_id;
    for (FoundRecord& found : records) by_id.emplace(found.id, &found);
    Adder adder(rebuild.op.store, rebuild.catalog, report);

    // Those that nothing but a pack speaks of come first, so that "latest" is none of them.
    std::unordered_set<Digest> acknowledged;
    for (const auto& snapshot : known.acknowledged) acknowledged.insert(snapshot.id);
    std::vector<Mark> forgotten;
    for (const FoundRecord& found : records) {
        if (acknowledged.contains(found.id)) continue;
        if (known.forgotten.contains(found.id)) {
            forgotten.push_back({MarkKind::forgotten, MarkState::settled, found.id, {}});
            HOLT_TRY(adder.add_forgotten(found));
        } else if (rebuild.options.unacknowledged) {
            HOLT_TRY(adder.add_if_complete(found));
        } else {
            ++report.unacknowledged;
        }
    }
    for (const KnownSnapshots::Snapshot& snapshot : known.acknowledged) {
        const auto found = by_id.find(snapshot.id);
        if (found == by_id.end()) {
            report.damage.push_back(lost_snapshot(snapshot));
            continue;
        }
        found->second->record.name = snapshot.name;
        report.brought_back += !snapshot.in_catalog && !known.catalog_problem;
        HOLT_TRY(adder.add_acknowledged(*found->second));
    }
    AddedSnapshots added = std::move(adder.added());
    tell_names_taken(added.marks, rebuild.op.reporter);
    added.marks.insert(added.marks.end(), forgotten.begin(), forgotten.end());
    const std::vector<Mark> events = added.marks;
    for (const Mark& mark : events) {
        const auto labels = known.labels.find(mark.id);
        if (labels == known.labels.end()) continue;
        const std::size_t begin = added.marks.size();
        append_labels(mark.id, labels->second, added.marks);
        for (std::size_t i = begin; i < added.marks.size(); ++i)
            added.marks[i].state = MarkState::settled;
    }
    return added;
}

Status put_labels(const KnownSnapshots& known, const AddedSnapshots& added, Catalog& catalog) {
    if (!known.catalog_problem) return {};  // they were taken over
    for (const Mark& mark : added.marks) {
        const auto labels = known.labels.find(mark.id);
        if (mark.kind == MarkKind::labelled || labels == known.labels.end()) continue;
        HOLT_TRY(catalog.put_labels(mark.id, labels->second));
    }
    return {};
}

Status take_over_spaces(const StoreFolder& folder, const fs::LockWait& wait,
                        const std::unordered_set<Digest>& complete, Catalog& catalog) {
    auto old = Catalog::open(folder, Catalog::Mode::read_only, wait);
    const Status taken = old ? catalog.take_over(*old) : std::unexpected(old.error());
    if (!taken && !is_damage(taken.error())) return taken;
    // What a snapshot lacks comes back only when its source is read again.
    HOLT_TRY(catalog.drop_sources_but(complete));
    HOLT_TRY_LET(spaces, read_space_files(folder.fd(), folder.path()));
    for (const Space& space : spaces) HOLT_TRY(catalog.add_space(space));
    return {};
}

}  // namespace holt::store
