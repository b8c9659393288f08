#include "store/regain_folder.h"

#include <memory>
#include <optional>
#include <utility>

#include "codec/zstd/encode/compress.h"
#include "fs/file.h"
#include "fs/folder.h"
#include "fs/paths.h"
#include "fs/walk/walk.h"
#include "store/operation/log.h"
#include "store/operation/parallel.h"
#include "store/pool/pool_links.h"
#include "store/snapshot/lone_entry.h"
#include "store/snapshot/snapshot_pipeline.h"

namespace holt::store {
namespace {

// The next folder of what is read, as a walk gives it.
using NextFolder = SnapshotSource::NextFolder;

Status read_all(const StoreFolder& folder, NextFolder next, const Cancel* cancel,
                Observer& observer, Catalog& rebuilt, ChunkTaker& taker, Reporter& reporter) {
    Profile profile(observer);
    HOLT_TRY_LET(tmp, folder.open_part("tmp"));
    SourceDevices devices({tmp.get()});
    SnapshotAssembler assembler(rebuilt, nullptr, reporter,
                                [&](const Digest& digest) { return taker.wants(digest); });
    const PoolLinks pool(folder);
    SnapshotSource source(std::move(next), nullptr, pool, nullptr, devices, reporter);
    PackSink sink(folder, make_log({}));
    constexpr int kLevel = zstd::kDefaultLevel;
    HOLT_TRY(run_snapshot_pipeline(source, assembler, sink, nullptr, kLevel, cancel, profile));
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

Status refuse_store(const StoreFolder& folder, const UniqueFd& source, const std::string& path) {
    HOLT_TRY_LET(store, fs::stat_fd(folder.fd(), folder.path()));
    HOLT_TRY_LET(root, fs::stat_fd(source.get(), path));
    if (store.ino != root.ino || store.dev != root.dev) return {};
    return fail(ErrorKind::usage, "repair --from", path, "it is the store itself",
                "give a folder or a .holt file that has the lost content");
}

}  // namespace

Result<ChunkSupply> supply_of_folder(const StoreFolder& folder, const std::string& path,
                                     const Cancel* cancel, Observer& observer) {
    auto opened = fs::open_folder(path);
    if (!opened) {
        HOLT_TRY_LET(entry, find_lone_entry(path));
        if (!entry) return std::unexpected(std::move(opened).error());
        auto alone = std::make_shared<std::optional<fs::WalkFolder>>(std::move(entry->root));
        return ChunkSupply{
            path, [=, &folder, &observer](Catalog& rebuilt, ChunkTaker& taker, Reporter& reporter) {
                return read_all(
                    folder, [=] { return std::exchange(*alone, std::nullopt); }, cancel, observer,
                    rebuilt, taker, reporter);
            }};
    }
    HOLT_TRY(refuse_store(folder, *opened, path));
    HOLT_TRY_LET(store, fs::stat_fd(folder.fd(), folder.path()));
    auto root = std::make_shared<UniqueFd>(*std::move(opened));
    return ChunkSupply{
        path, [=, &folder, &observer](Catalog& rebuilt, ChunkTaker& taker, Reporter& reporter) {
            TaskExecutor executor;
            const auto keep = [=](const std::string&, const fs::DirEntry& entry) {
                return entry.stat.ino != store.ino || entry.stat.dev != store.dev;
            };
            fs::TreeWalk walk(std::move(*root), "", fs::WalkOptions{.keep = keep},
                              executor.spawner());
            return read_all(
                folder, [&] { return walk.next(); }, cancel, observer, rebuilt, taker, reporter);
        }};
}

}  // namespace holt::store
