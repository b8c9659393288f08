#include "store/repair.h"

#include <holt/store.hpp>

#include <memory>
#include <utility>
#include <vector>

#include "archive/holt/holt_chunks.h"
#include "base/no_throw.h"
#include "fs/file.h"
#include "fs/paths.h"
#include "store/operation/operation.h"
#include "store/operation/workers.h"
#include "store/regain_folder.h"

namespace holt {
namespace {

using store::ChunkSupply;

/// A .holt file that lost chunks may be had from. Damage in it is told; what is whole is used.
struct HoltFile {
    UniqueFd fd;
    std::unique_ptr<store::FdSource> source;

    Status offer(store::Operation& op, store::ChunkTaker& taker) const {
        const Status read = store::visit_holt_chunks(
            op.store, *source, [&](const Digest& digest, store::ChunkKind kind, ByteView bytes) {
                return taker.offer(digest, kind, bytes);
            });
        if (read || read.error().kind != ErrorKind::corrupt) return read;
        op.reporter.warn(read.error());
        return {};
    }
};

// Nothing when `path` is no .holt file.
Result<std::shared_ptr<HoltFile>> open_holt(const std::string& path, const Cancel* cancel) {
    const auto there = fs::stat_path(path);
    if (!there || there->kind != fs::Kind::file) return nullptr;
    auto file = std::make_shared<HoltFile>();
    HOLT_TRY_LET(fd, fs::open_path(path));
    file->fd = std::move(fd);
    file->source = std::make_unique<store::FdSource>(file->fd.get(), path, false, cancel);
    HOLT_TRY_LET(kind, file->source->kind());
    if (kind != store::ArchiveKind::holt) return nullptr;
    return file;
}

// Whatever is wrong with a place is told before anything is done.
Result<std::vector<ChunkSupply>> open_supplies(const store::StoreFolder& folder,
                                               const RepairOptions& options, const Cancel* cancel) {
    std::vector<ChunkSupply> supplies;
    for (const std::string& path : options.from) {
        HOLT_TRY_LET(holt, open_holt(path, cancel));
        if (!holt) {
            HOLT_TRY_LET(supply, store::supply_of_folder(folder, path));
            supplies.push_back(std::move(supply));
            continue;
        }
        supplies.push_back(
            {path, [holt](store::Operation& op, store::Catalog&, store::ChunkTaker& taker) {
                 return holt->offer(op, taker);
             }});
    }
    return supplies;
}

}  // namespace

Result<RepairReport> Store::repair(const std::string& path, const OpenOptions& open,
                                   const RepairOptions& options, Observer& observer) {
    return guarded([&]() -> Result<RepairReport> {
        OpenOptions its = open;
        if (options.cancel != nullptr) its.cancel = options.cancel;
        if (options.threads != 0) its.threads = options.threads;
        HOLT_TRY_LET(folder, store::StoreFolder::open(path));
        if (its.allow_network_store) folder.trust_locks();
        HOLT_TRY_LET(supplies, open_supplies(folder, options, its.cancel));
        return store::Workers(its.threads).run([&] {
            store::Operation op(folder, its, nullptr, observer);
            return store::repair_store(op, options, supplies);
        });
    });
}

}  // namespace holt
