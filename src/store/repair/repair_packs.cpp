#include "store/repair/repair_packs.h"

#include <tbb/enumerable_thread_specific.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <mutex>
#include <utility>

#include "base/cancel.h"
#include "store/pack/pack_sink.h"
#include "store/pool/pool_check.h"

namespace holt::store {
namespace {

// Stores chunks one by one, compressed.
class ChunkSaver {
  public:
    explicit ChunkSaver(PackSink& sink) : sink_(sink) {}
    Status add(const Digest& digest, ChunkKind kind, ByteView bytes) {
        builder_.add(digest, kind, bytes, full_);
        return store();
    }
    Status finish() {
        builder_.flush(full_);
        return store();
    }

  private:
    Status store() {
        for (RawBlock& block : std::exchange(full_, {})) {
            HOLT_TRY_LET(encoded, encoder_.encode(std::move(block)));
            HOLT_TRY(sink_.add(std::move(encoded)));
        }
        return {};
    }

    PackSink& sink_;
    BlockBuilder builder_;
    BlockEncoder encoder_{zstd::kDefaultLevel};
    std::vector<RawBlock> full_;
};

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

// Chunks that no pack has whole any more, from the uncompressed files of the pool. Returns how
// many.
Result<std::uint64_t> take_from_pool(const StoreFolder& folder, PackScan& scan, ChunkSaver& saver) {
    std::unordered_set<Digest> lost;
    bool all = false;  // a pack whose footer is gone does not say what it had
    for (const PackCheck& pack : scan.damaged) {
        if (!pack.reader) {
            all = true;
            continue;
        }
        for (const ChunkInfo& chunk : pack.reader->footer().chunks)
            if (!scan.chunks.contains(chunk.digest)) lost.insert(chunk.digest);
    }
    if (lost.empty() && !all) return 0;
    std::uint64_t found = 0;
    HOLT_TRY(visit_pool_chunks(folder, [&](const Digest& digest, ByteView bytes) -> Status {
        if (!all && !lost.contains(digest)) return {};
        if (!scan.chunks.insert(digest).second) return {};
        ++found;
        return saver.add(digest, ChunkKind::data, bytes);
    }));
    return found;
}

}  // namespace

Result<PackScan> scan_packs(const StoreFolder& folder, const Cancel* cancel, Reporter& reporter) {
    HOLT_TRY_LET(ids, folder.list_packs());
    PackScan scan;
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
    for (const NewPack& pack : scan.whole)
        for (const ChunkInfo& chunk : pack.footer.chunks) scan.chunks.insert(chunk.digest);
    return scan;
}

Result<std::uint64_t> salvage(const StoreFolder& folder, PackScan& scan,
                              std::span<const SpareRecord> spare, const Log& log) {
    PackSink sink(folder, log);
    std::uint64_t saved = 0;
    for (const PackCheck& pack : scan.damaged) {
        if (!pack.reader) continue;
        HOLT_TRY_LET(copied, copy_whole_blocks(pack, scan.chunks, sink));
        saved += copied;
    }
    ChunkSaver saver(sink);
    HOLT_TRY_LET(found, take_from_pool(folder, scan, saver));
    saved += found;
    for (const SpareRecord& record : spare) {
        const bool has_root = std::ranges::all_of(
            record.root, [&](const ChunkRef& chunk) { return scan.chunks.contains(chunk.digest); });
        if (!has_root || !scan.chunks.insert(record.id).second) continue;
        HOLT_TRY(saver.add(record.id, ChunkKind::snapshot, record.encoded));
        ++saved;
    }
    HOLT_TRY(saver.finish());
    HOLT_TRY(sink.finish());
    std::ranges::move(sink.packs(), std::back_inserter(scan.whole));
    return saved;
}

void report_lost_chunks(const PackScan& scan, RepairReport& report) {
    for (const PackCheck& pack : scan.damaged) {
        if (!pack.reader) continue;
        const std::vector<ChunkInfo>& chunks = pack.reader->footer().chunks;
        std::size_t lost = 0;
        std::string records;
        for (const ChunkInfo& chunk : chunks) {
            if (scan.chunks.contains(chunk.digest)) continue;
            ++lost;
            if (chunk.kind == ChunkKind::snapshot)
                records += (records.empty() ? "" : ", ") + chunk.digest.hex();
        }
        if (lost == 0) continue;
        std::string cause = std::to_string(lost) + " of its " + std::to_string(chunks.size()) +
                            " chunks are in no whole pack, and not in the pool";
        if (!records.empty()) cause += "; among them the record of snapshot " + records;
        report.damage.push_back(
            {fail(ErrorKind::corrupt, "repair pack", pack.reader->object(), std::move(cause),
                  "snapshot the sources again: the content comes back if it is still there")
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
        report.quarantined.push_back(pack.id.hex());
        log->warn("put {} aside: {}", pack_object(pack.id), pack.errors.front().message());
    }
    return {};
}

}  // namespace holt::store
