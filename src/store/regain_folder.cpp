#include "store/regain_folder.h"

#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "codec/zstd/encode/compress.h"
#include "fs/file.h"
#include "fs/folder.h"
#include "fs/paths.h"
#include "fs/walk/walk.h"
#include "store/operation/parallel.h"
#include "store/pool/pool_links.h"
#include "store/snapshot/lone_entry.h"
#include "store/snapshot/relocation_scan.h"
#include "store/snapshot/snapshot_pipeline.h"

namespace holt::store {
namespace {

// The next folder of what is read, as a walk gives it.
using NextFolder = SnapshotSource::NextFolder;

// `scan`: files that name its paths are offered as they are stored then.
Status read_once(Operation& op, NextFolder next, const RelocationScan* scan, Catalog& rebuilt,
                 ChunkTaker& taker) {
    HOLT_TRY_LET(tmp, op.store.open_part("tmp"));
    SourceDevices devices({tmp.get()});
    SnapshotAssembler assembler(rebuilt, scan, op.reporter,
                                [&](const Digest& digest) { return taker.wants(digest); });
    const PoolLinks pool(op.store);
    SnapshotSource source(std::move(next), nullptr, pool, scan, devices, op.reporter);
    PackSink sink(op.store, op.log);
    constexpr int kLevel = zstd::kDefaultLevel;
    HOLT_TRY(run_snapshot_pipeline(op, source, assembler, sink, scan, kLevel));
    std::vector<RawBlock> last;
    assembler.intake().flush(last);
    BlockEncoder encoder(kLevel);
    for (RawBlock& block : last) {
        HOLT_TRY_LET(encoded, encoder.encode(std::move(block)));
        HOLT_TRY(sink.add(std::move(encoded)));
    }
    HOLT_TRY(sink.finish());
    taker.take_packs(std::move(sink.packs()));
    return {};
}

// As it is; and for as long as something is lost, as each relocatable snapshot would store it.
Status read_all(Operation& op, const std::function<Result<NextFolder>()>& begin, Catalog& rebuilt,
                ChunkTaker& taker) {
    HOLT_TRY_LET(first, begin());
    HOLT_TRY(read_once(op, std::move(first), nullptr, rebuilt, taker));
    for (const relocation::Prefixes& prefixes : taker.prefixes()) {
        if (taker.has_all()) return {};
        const RelocationScan scan(prefixes);
        HOLT_TRY_LET(next, begin());
        HOLT_TRY(read_once(op, std::move(next), &scan, rebuilt, taker));
    }
    return {};
}

Status refuse_store(const StoreFolder& folder, const UniqueFd& source, const std::string& path) {
    HOLT_TRY_LET(store, fs::stat_fd(folder.fd(), folder.path()));
    HOLT_TRY_LET(root, fs::stat_fd(source.get(), path));
    if (store.ino != root.ino || store.dev != root.dev) return {};
    return fail(ErrorKind::usage, "repair --from", path, "it is the store itself",
                "give a folder or a .holt file that has the lost content");
}

}  // namespace

Result<ChunkSupply> supply_of_folder(const StoreFolder& folder, const std::string& path) {
    auto opened = fs::open_folder(path);
    if (!opened) {
        HOLT_TRY_LET(entry, find_lone_entry(path));
        if (!entry) return std::unexpected(std::move(opened).error());
        const auto begin = [path]() -> Result<NextFolder> {
            HOLT_TRY_LET(again, find_lone_entry(path));
            if (!again) return fail(ErrorKind::failed, "repair --from", path, "it is gone");
            auto alone = std::make_shared<std::optional<fs::WalkFolder>>(std::move(again->root));
            return [alone] { return std::exchange(*alone, std::nullopt); };
        };
        return ChunkSupply{path, [=](Operation& op, Catalog& rebuilt, ChunkTaker& taker) {
                               return read_all(op, begin, rebuilt, taker);
                           }};
    }
    HOLT_TRY(refuse_store(folder, *opened, path));
    HOLT_TRY_LET(store, fs::stat_fd(folder.fd(), folder.path()));
    auto root = std::make_shared<UniqueFd>(*std::move(opened));
    return ChunkSupply{path, [=](Operation& op, Catalog& rebuilt, ChunkTaker& taker) {
                           TaskExecutor executor;
                           const auto keep = [=](const std::string&, const fs::DirEntry& entry) {
                               return entry.stat.ino != store.ino || entry.stat.dev != store.dev;
                           };
                           const auto begin = [&]() -> Result<NextFolder> {
                               HOLT_TRY_LET(fd, fs::duplicate(root->get(), path));
                               auto walk = std::make_shared<fs::TreeWalk>(
                                   std::move(fd), "", fs::WalkOptions{.keep = keep},
                                   executor.spawner());
                               return [walk] { return walk->next(); };
                           };
                           return read_all(op, begin, rebuilt, taker);
                       }};
}

}  // namespace holt::store
