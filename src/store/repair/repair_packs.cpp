#include "store/repair/repair_packs.h"

#include <tbb/enumerable_thread_specific.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <utility>

#include "base/cancel.h"
#include "base/sync.h"
#include "store/repair/regain.h"

namespace holt::store {
namespace {

// The blocks of a damaged pack that are whole and hold something that no other has.
Result<std::uint64_t> copy_whole_blocks(const PackCheck& pack, std::unordered_set<Digest>& known,
                                        PackSink& sink) {
    const PackFooter& footer = pack.reader->footer();
    std::uint64_t saved = 0;
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
    return saved;
}

}  // namespace

Result<PackScan> scan_packs(const StoreFolder& folder, const Cancel* cancel, Reporter& reporter) {
    HOLT_TRY_LET(ids, folder.list_packs());
    struct Found {
        PackScan scan;
        std::uint64_t bytes = 0;
    };
    Sync<Found> all;
    FirstError first;
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
        const auto found = all.lock();
        PackScan& scan = found->scan;
        found->bytes += check.bytes;
        if (check.is_whole()) {
            scan.whole.push_back({check.id, check.reader->file_size(), check.reader->footer()});
        } else {
            scan.damaged.push_back(std::move(check));
        }
        reporter.progress({.stage = "scan",
                           .files_done = scan.whole.size() + scan.damaged.size(),
                           .files_total = ids.size(),
                           .bytes_done = found->bytes});
    });
    HOLT_TRY(first.take());
    PackScan scan = std::move(all).take().scan;
    // The same store gives the same catalog, whichever thread was first.
    std::ranges::sort(scan.whole, {}, &NewPack::id);
    std::ranges::sort(scan.damaged, {}, &PackCheck::id);
    for (const NewPack& pack : scan.whole)
        for (const ChunkInfo& chunk : pack.footer.chunks) scan.chunks.insert(chunk.digest);
    return scan;
}

Result<std::uint64_t> salvage_blocks(const StoreFolder& folder, PackScan& scan, const Log& log) {
    PackSink sink(folder, log);
    std::uint64_t saved = 0;
    for (const PackCheck& pack : scan.damaged) {
        if (!pack.reader) continue;
        HOLT_TRY_LET(copied, copy_whole_blocks(pack, scan.chunks, sink));
        saved += copied;
    }
    HOLT_TRY(sink.finish());
    std::ranges::move(sink.packs(), std::back_inserter(scan.whole));
    return saved;
}

Result<std::uint64_t> salvage_records(const StoreFolder& folder, PackScan& scan,
                                      std::span<const SpareRecord> spare, const Log& log) {
    LostChunks lost;
    for (const SpareRecord& record : spare) {
        const bool has_root = std::ranges::all_of(
            record.root, [&](const ChunkRef& chunk) { return scan.chunks.contains(chunk.digest); });
        if (has_root) lost.chunks.insert(record.id);
    }
    ChunkTaker taker(folder, lost, scan, log);
    for (const SpareRecord& record : spare)
        HOLT_TRY(taker.offer(record.id, ChunkKind::snapshot, record.encoded));
    return taker.finish();
}

void report_lost_chunks(const PackScan& scan, const LostChunks& lost, RepairReport& report) {
    for (const PackCheck& pack : scan.damaged) {
        if (!pack.reader) continue;
        const std::vector<ChunkInfo>& chunks = pack.reader->footer().chunks;
        std::size_t gone = 0;
        std::string records;
        for (const ChunkInfo& chunk : chunks) {
            if (scan.chunks.contains(chunk.digest) || !lost.needs(chunk.digest)) continue;
            ++gone;
            if (chunk.kind == ChunkKind::snapshot)
                records += (records.empty() ? "" : ", ") + chunk.digest.hex();
        }
        if (gone == 0) continue;
        std::string cause = std::to_string(gone) + " of its " + std::to_string(chunks.size()) +
                            " chunks are in no whole pack, and were found nowhere else";
        if (!records.empty()) cause += "; among them the record of snapshot " + records;
        report.damage.push_back({fail(ErrorKind::corrupt, "repair pack", pack.reader->object(),
                                      std::move(cause), Advice::repair_from)
                                     .error(),
                                 {}});
    }
}

Status put_aside(const StoreFolder& folder, const PackScan& scan, const Log& log,
                 RepairReport& report) {
    std::unordered_set<Digest> whole;
    for (const NewPack& pack : scan.whole) whole.insert(pack.id);
    for (const PackCheck& pack : scan.damaged) {
        // What was saved may be the very same pack again, which has taken its place already.
        if (!whole.contains(pack.id)) HOLT_TRY(folder.quarantine_pack(pack.id));
        report.quarantined.push_back(pack.id);
        log->warn("put {} aside: {}", pack_object(pack.id), pack.errors.front().message());
    }
    return {};
}

}  // namespace holt::store
