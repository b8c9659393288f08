// Writing a .holt file.
//
// What is needed goes by blocks: a block is copied as it is stored, when one of its chunks is
// needed. A pack of which everything is needed becomes the same pack again, with the same id, which
// whoever imports it may have already; of the others the blocks that are needed are put together.
// All of it is known before the first byte is written: so the index can stand in front.
#include <algorithm>
#include <map>
#include <set>
#include <unordered_set>
#include <utility>

#include "archive/format/holt_format.h"
#include "archive/holt/holt.h"
#include "codec/blake3/blake3.h"
#include "store/catalog/snapshot_info.h"
#include "store/content/chunk_reader.h"
#include "store/operation/reporter.h"
#include "store/pack/pack_writer.h"
#include "store/trees/lookup.h"
#include "store/trees/tree_walk.h"

namespace holt::store {
namespace {

constexpr const char* kExport = "export";
// Digests asked of the catalog in one go.
constexpr std::size_t kLookUp = 4096;

using Digests = std::unordered_set<Digest>;

Result<SnapshotRow> whole_snapshot(Catalog& catalog, const std::string& snap) {
    HOLT_TRY_LET(where, find_snap_path(catalog, snap));
    if (!where.path.empty())
        return fail(ErrorKind::usage, kExport, snap, "a .holt file holds whole snapshots",
                    "leave the path out, or export a .tar");
    return std::move(where.snapshot);
}

// Everything that a snapshot's trees refer to, and its record.
Status collect_chunks(SnapshotTrees& trees, const SnapshotRow& snapshot, Digests& chunks,
                      const Cancel* cancel) {
    chunks.insert(snapshot.id);
    std::optional<Error> damage;
    HOLT_TRY(trees.visit(
        snapshot.record.root,
        [&](const TreeEntry& folder, const std::string&, const Tree& tree) -> Status {
            if (cancel != nullptr && cancel->requested()) return cancelled(kExport);
            for (const ChunkRef& chunk : folder.chunks) chunks.insert(chunk.digest);
            for (const TreeEntry& entry : tree) {
                if (entry.kind == fs::Kind::folder) continue;
                for (const ChunkRef& chunk : entry.chunks) chunks.insert(chunk.digest);
            }
            return {};
        },
        [&](const TreeEntry&, const std::string&, Error error) {
            if (!damage) damage = std::move(error);
        }));
    if (damage) return std::unexpected(*std::move(damage));
    return {};
}

/// Which blocks of which packs, in the order they were stored in.
using NeededBlocks = std::map<std::uint32_t, std::set<std::uint32_t>>;

/// A pack of the .holt file, and where its blocks come from.
struct OutPack {
    std::vector<std::pair<std::uint32_t, std::uint32_t>> sources;  // pack row, block
    PackFooter footer;
    std::uint64_t size = kPackHeaderSize;
    Bytes stored_footer;
    PackTrailer trailer;
};

class HoltExport {
  public:
    HoltExport(const StoreFolder& folder, Catalog& catalog, ArchiveOutput& output,
               Reporter& reporter, const Cancel* cancel)
        : folder_(folder),
          catalog_(catalog),
          output_(output),
          reporter_(reporter),
          cancel_(cancel) {}

    Status find_blocks(const Digests& needed, const Digests& left_out);
    Status lay_out(HoltIndex& index);
    Status write(const HoltIndex& index);

  private:
    Result<const PackReader*> pack(std::uint32_t row);
    void add_block(OutPack& out, std::uint32_t row, const PackReader& reader, std::uint32_t block,
                   std::span<const ChunkInfo> chunks);
    Status seal(OutPack out);
    Status put(ByteView bytes);

    const StoreFolder& folder_;
    Catalog& catalog_;
    ArchiveOutput& output_;
    Reporter& reporter_;
    const Cancel* cancel_;
    NeededBlocks needed_;
    std::vector<OutPack> packs_;
    std::uint64_t total_ = 0;
    std::optional<std::pair<std::uint32_t, PackReader>> open_;  // the pack at hand
    blake3::Hasher hasher_;
};

Result<const PackReader*> HoltExport::pack(std::uint32_t row) {
    if (!open_ || open_->first != row) {
        HOLT_TRY_LET(known, catalog_.pack(row));
        HOLT_TRY_LET(reader, PackReader::open(folder_, known.id));
        open_.emplace(row, std::move(reader));
    }
    return &open_->second;
}

Status HoltExport::find_blocks(const Digests& needed, const Digests& left_out) {
    std::vector<Digest> wanted;
    for (const Digest& digest : needed) {
        if (!left_out.contains(digest)) wanted.push_back(digest);
    }
    std::ranges::sort(wanted);  // the order of the catalog
    std::map<std::uint32_t, std::vector<std::uint32_t>> ordinals;
    std::vector<std::optional<ChunkPlace>> places;
    for (std::span<const Digest> rest = wanted; !rest.empty();) {
        const auto some = rest.first(std::min(kLookUp, rest.size()));
        places.assign(some.size(), std::nullopt);
        HOLT_TRY(catalog_.find_chunks(some, places));
        for (std::size_t i = 0; i < some.size(); ++i) {
            if (!places[i]) {
                return fail(ErrorKind::corrupt, "find chunk", some[i].hex(),
                            "no pack of this store holds it", Advice::verify_store);
            }
            ordinals[places[i]->pack].push_back(places[i]->ordinal);
        }
        rest = rest.subspan(some.size());
    }
    for (const auto& [row, of_pack] : ordinals) {
        HOLT_TRY_LET(reader, pack(row));
        for (const std::uint32_t ordinal : of_pack) {
            if (ordinal >= reader->footer().chunks.size())
                return fail(ErrorKind::corrupt, "find chunk", reader->object(),
                            "the catalog and the pack disagree", Advice::repair_store);
            needed_[row].insert(reader->footer().chunks[ordinal].block);
        }
    }
    return {};
}

void HoltExport::add_block(OutPack& out, std::uint32_t row, const PackReader& reader,
                           std::uint32_t block, std::span<const ChunkInfo> chunks) {
    BlockInfo info = reader.footer().blocks[block];
    info.offset = out.size;
    const auto number = static_cast<std::uint32_t>(out.footer.blocks.size());
    out.size += info.stored_size;
    out.footer.blocks.push_back(info);
    for (ChunkInfo chunk : chunks) {
        chunk.block = number;
        out.footer.chunks.push_back(chunk);
    }
    out.sources.emplace_back(row, block);
}

Status HoltExport::seal(OutPack out) {
    if (out.sources.empty()) return {};
    const Bytes raw = encode_footer(out.footer);
    HOLT_TRY_LET(stored, compress_footer(raw, "footer"));
    out.trailer = {.footer_offset = out.size,
                   .footer_stored = static_cast<std::uint32_t>(stored.size()),
                   .footer_raw = static_cast<std::uint32_t>(raw.size()),
                   .footer_digest = blake3::hash(stored)};
    out.size += stored.size() + kPackTrailerSize;
    out.stored_footer = std::move(stored);
    out.footer = {};
    total_ += out.size;
    packs_.push_back(std::move(out));
    return {};
}

Status HoltExport::lay_out(HoltIndex& index) {
    OutPack mixed;
    for (const auto& [row, blocks] : needed_) {
        HOLT_TRY_LET(reader, pack(row));
        const PackFooter& footer = reader->footer();
        const bool all = blocks.size() == footer.blocks.size();
        OutPack own;
        std::size_t chunk = 0;
        for (std::uint32_t block = 0; block < footer.blocks.size(); ++block) {
            const std::size_t begin = chunk;
            while (chunk < footer.chunks.size() && footer.chunks[chunk].block == block) ++chunk;
            if (!blocks.contains(block)) continue;
            add_block(all ? own : mixed, row, *reader, block,
                      std::span(footer.chunks).subspan(begin, chunk - begin));
            const bool full =
                mixed.size >= kPackTarget || mixed.footer.chunks.size() >= kPackTargetChunks;
            if (!all && full) HOLT_TRY(seal(std::exchange(mixed, {})));
        }
        HOLT_TRY(seal(std::move(own)));
    }
    HOLT_TRY(seal(std::move(mixed)));
    for (const OutPack& out : packs_) index.packs.push_back({out.trailer.footer_digest, out.size});
    return {};
}

Status HoltExport::put(ByteView bytes) {
    hasher_.update(bytes);
    return output_.write(bytes);
}

Status HoltExport::write(const HoltIndex& index) {
    const Bytes encoded = encode_holt_index(index);
    if (encoded.size() > kMaxHoltIndex)
        return fail(ErrorKind::no_space, kExport, "", "too many packs for one .holt file",
                    "export fewer snapshots at a time");
    HOLT_TRY(put(encode_holt_header(static_cast<std::uint32_t>(encoded.size()))));
    HOLT_TRY(put(encoded));
    Bytes stored;
    for (const OutPack& out : packs_) {
        HOLT_TRY(put(encode_header()));
        for (const auto& [row, block] : out.sources) {
            if (cancel_ != nullptr && cancel_->requested()) return cancelled(kExport);
            HOLT_TRY_LET(reader, pack(row));
            HOLT_TRY(reader->read_stored(block, stored));  // its hash is checked there
            HOLT_TRY(put(stored));
        }
        HOLT_TRY(put(out.stored_footer));
        HOLT_TRY(put(encode_trailer(out.trailer)));
        reporter_.progress({.stage = kExport, .bytes_done = output_.size(), .bytes_total = total_});
    }
    return output_.write(encode_holt_trailer(hasher_.digest()));
}

}  // namespace

Result<ExportReport> export_holt(const StoreFolder& folder, Catalog& catalog,
                                 const std::vector<std::string>& snaps, ArchiveOutput& output,
                                 const ExportOptions& options, Observer& observer) {
    Reporter reporter(observer);
    ChunkReader reader(folder, catalog);
    HoltIndex index;
    ExportReport report;

    // 1. What the other side has, and what the snapshots need.
    Digests needed, left_out;
    SnapshotTrees base_trees(reader), trees(reader);
    for (const std::string& snap : options.since) {
        HOLT_TRY_LET(base, whole_snapshot(catalog, snap));
        HOLT_TRY(collect_chunks(base_trees, base, left_out, options.cancel));
        index.bases.push_back(base.id);
    }
    for (const std::string& snap : snaps) {
        HOLT_TRY_LET(snapshot, whole_snapshot(catalog, snap));
        const bool twice = std::ranges::any_of(
            index.snapshots, [&](const auto& known) { return known.id == snapshot.id; });
        if (twice) continue;
        HOLT_TRY(collect_chunks(trees, snapshot, needed, options.cancel));
        index.snapshots.push_back({snapshot.id, snapshot.record.name});
        const SnapshotRecord& record = snapshot.record;
        report.files += record.files - record.hard_links;
        report.folders += record.folders;
        report.symlinks += record.symlinks;
        report.hard_links += record.hard_links;
        report.others += record.others;
        report.bytes += record.bytes;
        report.snapshots.push_back(to_info(snapshot));
    }
    // A base's record is in the base; a snapshot's own is needed even when it is its own base.
    for (const HoltIndex::Snapshot& snapshot : index.snapshots) left_out.erase(snapshot.id);

    // 2. The blocks that hold it, laid out in packs; then all of it, front to back.
    HoltExport holt_export(folder, catalog, output, reporter, options.cancel);
    HOLT_TRY(holt_export.find_blocks(needed, left_out));
    HOLT_TRY(holt_export.lay_out(index));
    HOLT_TRY(holt_export.write(index));
    HOLT_TRY(output.commit());
    report.archive_bytes = output.size();
    return report;
}

}  // namespace holt::store
