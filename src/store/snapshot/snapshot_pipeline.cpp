#include "store/snapshot/snapshot_pipeline.h"

#include <utility>

#include "codec/blake3/blake3.h"
#include "fs/folder.h"
#include "store/content/content_pipeline.h"
#include "store/snapshot/small_file.h"

namespace holt::store {
namespace {

bool has_content(const FileItem& item) {
    return item.what == FileItem::What::read || item.what == FileItem::What::chunk ||
           item.what == FileItem::What::last_chunk;
}

// The small files of a unit, into its data. Where the originals of those stand that name the
// snapshot's folder is left in `originals`, one for each item.
void read_small_files(ListedUnit& unit, const RelocationScan* scan,
                      std::vector<ByteRange>& originals) {
    std::size_t expected = unit.data.size();
    for (const FileItem& item : unit.items) {
        if (item.what == FileItem::What::read) expected += item.stat.size;
    }
    unit.data.reserve(expected + 1);  // an empty file is asked for one byte
    for (std::size_t i = 0; i < unit.items.size(); ++i) {
        FileItem& item = unit.items[i];
        if (item.what == FileItem::What::read) {
            const std::string& name = unit.slices[item.slice].entries[item.index].name;
            const std::string shown = fs::join_path(item.folder->path, name);
            read_small_file(unit.folder_fds[i]->get(), name, shown, item, unit.data, kMaxChunk);
            if (scan != nullptr) originals[i] = scan->place(item, shown, unit.data);
        }
        unit.folder_fds[i].reset();
    }
}

std::vector<ItemDigests> hash_items(const ListedUnit& unit,
                                    const std::vector<ByteRange>& originals) {
    std::vector<ItemDigests> digests(unit.items.size());
    std::vector<ByteView> views;
    std::vector<Digest*> hashed;
    const auto bytes_at = [&](std::size_t offset, std::size_t length) {
        return ByteView(unit.data).subspan(offset, length);
    };
    for (std::size_t i = 0; i < unit.items.size(); ++i) {
        const FileItem& item = unit.items[i];
        if (!has_content(item)) continue;
        if (item.zeros) {
            digests[i].bytes = zero_chunk_digest();
            continue;
        }
        views.push_back(bytes_at(item.offset, item.length));
        hashed.push_back(&digests[i].bytes);
        if (item.what != FileItem::What::read) {
            digests[i].part =
                blake3::Part::of(bytes_at(item.original.offset, item.original.length), item.at);
        } else if (!item.relocation.empty()) {
            views.push_back(bytes_at(originals[i].offset, originals[i].length));
            hashed.push_back(&digests[i].whole);
        }
    }
    std::vector<Digest> all(views.size());
    blake3::hash_many(views, all);
    for (std::size_t i = 0; i < hashed.size(); ++i) *hashed[i] = all[i];
    return digests;
}

}  // namespace

ReadUnit read_and_hash(ListedUnit&& unit, const RelocationScan* scan, Profile& profile) {
    const Lap reading(&profile, Stage::read);
    std::vector<ByteRange> originals(scan != nullptr ? unit.items.size() : 0);
    read_small_files(unit, scan, originals);
    const Lap hashing(&profile, Stage::hash);
    std::vector<ItemDigests> digests = hash_items(unit, originals);
    return {std::move(unit), std::move(digests)};
}

Status run_snapshot_pipeline(Operation& op, SnapshotSource& source, SnapshotAssembler& assembler,
                             PackSink& sink, const RelocationScan* scan, int level) {
    return run_content_pipeline<ListedUnit>(
        {.operation = "snapshot", .level = level, .cancel = op.cancel, .profile = &op.profile},
        sink, [&] { return source.next(); },
        [&](ListedUnit&& unit) { return read_and_hash(std::move(unit), scan, op.profile); },
        [&](ReadUnit unit, std::vector<RawBlock>& full) {
            return assembler.process(std::move(unit), full);
        });
}

}  // namespace holt::store
