#include "store/snapshot_pipeline.h"

#include <tbb/enumerable_thread_specific.h>
#include <tbb/parallel_pipeline.h>
#include <tbb/task_arena.h>

#include <memory>
#include <utility>

#include "codec/blake3/blake3.h"
#include "fs/folder.h"

namespace holt::store {
namespace {

void read_and_hash(Unit& unit) {
    std::vector<ByteView> views;
    std::vector<FileItem*> hashed;
    std::size_t expected = unit.data.size();
    for (const FileItem& item : unit.items) {
        if (item.what == FileItem::What::read) expected += item.stat.size;
    }
    unit.data.reserve(expected + 1);  // an empty file is asked for one byte
    for (std::size_t i = 0; i < unit.items.size(); ++i) {
        FileItem& item = unit.items[i];
        if (item.what == FileItem::What::read) {
            const std::string shown =
                fs::join_path(item.folder->path, item.folder->entries[item.index].name);
            read_small_file(unit.folder_fds[i]->get(), shown, item, unit.data, kMaxChunk);
        }
        unit.folder_fds[i].reset();
    }
    for (FileItem& item : unit.items) {
        const bool has_content = item.what == FileItem::What::read ||
                                 item.what == FileItem::What::chunk ||
                                 item.what == FileItem::What::last_chunk;
        if (!has_content) continue;
        views.push_back(ByteView(unit.data).subspan(item.offset, item.length));
        hashed.push_back(&item);
    }
    std::vector<Digest> digests(views.size());
    blake3::hash_many(views, digests);
    for (std::size_t i = 0; i < hashed.size(); ++i) hashed[i]->digest = digests[i];
}

}  // namespace

Status store_blocks(std::vector<RawBlock> blocks, PackSink& sink, int level) {
    BlockEncoder encoder(level);
    for (RawBlock& block : blocks) {
        HOLT_TRY_LET(encoded, encoder.encode(std::move(block)));
        HOLT_TRY(sink.add(std::move(encoded)));
    }
    return {};
}

Status run_snapshot_pipeline(SnapshotSource& source, SnapshotAssembler& assembler, PackSink& sink,
                             int level, const Cancel* cancel) {
    using UnitPtr = std::shared_ptr<Unit>;
    using RawBlocks = std::shared_ptr<std::vector<RawBlock>>;
    using EncodedBlocks = std::shared_ptr<std::vector<EncodedBlock>>;
    FirstError first;
    tbb::enumerable_thread_specific<BlockEncoder> encoders([level] { return BlockEncoder(level); });

    const auto read_source = [&](tbb::flow_control& flow) -> UnitPtr {
        if (cancel != nullptr && cancel->requested()) {
            first.set(cancelled("snapshot").error());
        }
        if (!first.stopped()) {
            auto unit = source.next();
            if (unit && *unit) return *std::move(unit);
            first.keep(std::move(unit));
        }
        flow.stop();
        return nullptr;
    };
    const auto read_content = [&](UnitPtr unit) {
        if (!first.stopped()) read_and_hash(*unit);
        return unit;
    };
    const auto assemble = [&](UnitPtr unit) {
        auto full = std::make_shared<std::vector<RawBlock>>();
        if (!first.stopped()) first.keep(assembler.process(*unit, *full));
        return full;
    };
    const auto compress = [&](RawBlocks blocks) {
        auto encoded = std::make_shared<std::vector<EncodedBlock>>();
        for (RawBlock& block : *blocks) {
            if (first.stopped()) break;
            auto result = encoders.local().encode(std::move(block));
            if (result) {
                encoded->push_back(*std::move(result));
            } else {
                first.set(std::move(result).error());
            }
        }
        return encoded;
    };
    const auto append = [&](EncodedBlocks blocks) {
        for (EncodedBlock& block : *blocks) {
            if (first.stopped()) return;
            first.keep(sink.add(std::move(block)));
        }
    };

    const auto threads = static_cast<std::size_t>(tbb::this_task_arena::max_concurrency());
    using tbb::filter_mode;
    tbb::parallel_pipeline(
        2 * threads + 2,
        tbb::make_filter<void, UnitPtr>(filter_mode::serial_in_order, read_source) &
            tbb::make_filter<UnitPtr, UnitPtr>(filter_mode::parallel, read_content) &
            tbb::make_filter<UnitPtr, RawBlocks>(filter_mode::serial_in_order, assemble) &
            tbb::make_filter<RawBlocks, EncodedBlocks>(filter_mode::parallel, compress) &
            tbb::make_filter<EncodedBlocks, void>(filter_mode::serial_in_order, append));
    return first.take();
}

}  // namespace holt::store
