#include "store/snapshot/snapshot_pipeline.h"

#include <utility>

#include "codec/blake3/blake3.h"
#include "fs/folder.h"
#include "store/content/content_pipeline.h"
#include "store/snapshot/small_file.h"

namespace holt::store {
namespace {

void read_and_hash(Unit& unit, const RelocationScan* scan, Profile& profile) {
    const Lap reading(&profile, Stage::read);
    std::vector<ByteView> views;
    std::vector<Digest*> hashed;
    std::vector<ByteRange> originals(scan != nullptr ? unit.items.size() : 0);
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
    for (std::size_t i = 0; i < unit.items.size(); ++i) {
        FileItem& item = unit.items[i];
        const bool has_content = item.what == FileItem::What::read ||
                                 item.what == FileItem::What::chunk ||
                                 item.what == FileItem::What::last_chunk;
        if (!has_content || item.zeros) continue;
        views.push_back(ByteView(unit.data).subspan(item.offset, item.length));
        hashed.push_back(&item.digest);
        if (item.what != FileItem::What::read) {
            const ByteView original =
                ByteView(unit.data).subspan(item.original.offset, item.original.length);
            item.part = blake3::Part::of(original, item.at);
        }
        if (item.what != FileItem::What::read || item.relocation.empty()) continue;
        views.push_back(ByteView(unit.data).subspan(originals[i].offset, originals[i].length));
        hashed.push_back(&item.whole);
    }
    const Lap hashing(&profile, Stage::hash);
    std::vector<Digest> digests(views.size());
    blake3::hash_many(views, digests);
    for (std::size_t i = 0; i < hashed.size(); ++i) *hashed[i] = digests[i];
}

}  // namespace

Status run_snapshot_pipeline(Operation& op, SnapshotSource& source, SnapshotAssembler& assembler,
                             PackSink& sink, const RelocationScan* scan, int level) {
    return run_content_pipeline<Unit>(
        {.operation = "snapshot", .level = level, .cancel = op.cancel, .profile = &op.profile},
        sink, [&] { return source.next(); },
        [&](Unit& unit) { read_and_hash(unit, scan, op.profile); },
        [&](Unit& unit, std::vector<RawBlock>& full) { return assembler.process(unit, full); });
}

}  // namespace holt::store
