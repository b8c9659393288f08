#include "store/snapshot/snapshot_assembler.h"

#include <utility>

#include "codec/blake3/blake3.h"
#include "codec/chunker/fastcdc.h"
#include "fs/folder.h"
#include "store/format/left_out.h"
#include "store/snapshot/large_file_reader.h"
#include "store/source/attributes.h"

namespace holt::store {
namespace {

using What = FileItem::What;

bool ends_file(What what) {
    return what != What::chunk && what != What::restart;
}
bool has_bytes(const FileItem& item) {
    return (item.what == What::read || item.what == What::chunk || item.what == What::last_chunk) &&
           item.length > 0;
}

// What a further name of an inode shares with its first.
void copy_content(const TreeEntry& from, TreeEntry& to) {
    to.mode = from.mode;
    to.uid = from.uid;
    to.gid = from.gid;
    to.mtime = from.mtime;
    to.size = from.size;
    to.content = from.content;
    to.chunks = from.chunks;
    to.xattrs = from.xattrs;
    to.attributes_left_out = from.attributes_left_out;
    to.holes = from.holes;
}

}  // namespace

Status SnapshotAssembler::process(Unit& unit, std::vector<RawBlock>& full) {
    std::vector<FolderState*> entered;
    for (auto& state : unit.entered) {
        entered.push_back(state.get());
        open_folders_.emplace(state.get(), std::move(state));
    }
    candidates_.clear();
    for (const FileItem& item : unit.items) {
        if (!has_bytes(item)) continue;
        const ByteView bytes =
            item.zeros ? zero_chunk() : ByteView(unit.data).subspan(item.offset, item.length);
        candidates_.push_back({item.digest, ChunkKind::data, bytes});
    }
    HOLT_TRY(intake_.take(candidates_, full));

    for (FileItem& item : unit.items) HOLT_TRY(take(item));
    for (const FileItem& item : unit.items) {
        if (ends_file(item.what)) item_done(*item.folder);
    }
    for (FolderState* state : entered) {
        // A folder without anything to wait for; one whose last item came above is complete and
        // gone.
        const auto still_open = open_folders_.find(state);
        if (still_open != open_folders_.end() && (state->failed || state->pending == 0)) {
            complete(*state);
        }
    }
    HOLT_TRY(store_trees(full));
    reporter_.progress(
        {.stage = "store", .files_done = counts_.files_read, .bytes_done = counts_.bytes_read});
    return {};
}

void SnapshotAssembler::leave_out(FolderState& folder, std::size_t index, const Error& error) {
    make_left_out(folder.entries[index], why_left_out(error));
    folder.stats[index] = {};
}

Status SnapshotAssembler::take(FileItem& item) {
    FolderState& folder = *item.folder;
    TreeEntry& entry = folder.entries[item.index];
    switch (item.what) {
        case What::chunk:
            entry.chunks.push_back({item.digest, static_cast<std::uint32_t>(item.length)});
            counts_.bytes_read += item.length;
            return {};
        case What::restart:
            entry.chunks.clear();
            return {};
        case What::read:
        case What::last_chunk:
            take_content(item, entry);
            if (!item.lost.empty())
                tell_lost(reporter_, item.lost, entry, fs::join_path(folder.path, entry.name));
            break;
        case What::known:
            break;
        case What::again:
            if (const auto first = linked_.find(*item.linked); first != linked_.end()) {
                copy_content(first->second, entry);
            } else {
                const Error error =
                    fail(ErrorKind::partial, "read file", fs::join_path(folder.path, entry.name),
                         "its other name '" + entry.hard_link_to + "' could not be read")
                        .error();
                reporter_.note(Severity::left_out, error);
                leave_out(folder, item.index, error);
            }
            return {};
        case What::failed:
            HOLT_TRY(reporter_.leave_out(*item.error));
            leave_out(folder, item.index, *item.error);
            return {};
    }
    if (item.linked) linked_.emplace(*item.linked, entry);
    return {};
}

void SnapshotAssembler::take_content(FileItem& item, TreeEntry& entry) {
    if (item.length > 0) {
        entry.chunks.push_back({item.digest, static_cast<std::uint32_t>(item.length)});
    }
    entry.mode = item.stat.mode;
    entry.uid = item.stat.uid;
    entry.gid = item.stat.gid;
    entry.mtime = item.stat.mtime;
    entry.size = item.stat.size;
    entry.content = item.what == What::last_chunk ? item.whole : item.digest;
    entry.xattrs = std::move(item.xattrs);
    entry.holes = std::move(item.holes);
    item.folder->stats[item.index] = item.record;
    item.folder->stats_hold = Holds::this_life;
    ++counts_.files_read;
    counts_.bytes_read += item.length;
}

void SnapshotAssembler::item_done(FolderState& folder) {
    if (--folder.pending == 0) complete(folder);
}

// Completes a folder and then each parent that waited for nothing else.
void SnapshotAssembler::complete(FolderState& folder) {
    for (FolderState* state = &folder; state != nullptr;) {
        FolderState* const parent = state->parent;
        if (state->failed) {
            leave_out(*parent, state->index_in_parent, *state->failed);
        } else {
            add_tree(*state);
            if (parent != nullptr) {
                parent->entries[state->index_in_parent] = std::move(state->self);
            } else {
                root_ = std::move(state->self);
            }
        }
        open_folders_.erase(state);
        state = parent != nullptr && --parent->pending == 0 ? parent : nullptr;
    }
}

// Encodes the tree of a complete folder. Its chunks wait for those of the unit's other trees, so
// that the catalog is asked once for all.
void SnapshotAssembler::add_tree(FolderState& folder) {
    for (const TreeEntry& entry : folder.entries) {
        folder.self.incomplete |= is_incomplete(entry);
        if (entry.left_out != LeftOut::no) continue;
        counts_.files += entry.kind == fs::Kind::file;
        counts_.symlinks += entry.kind == fs::Kind::symlink;
        counts_.others += entry.kind == fs::Kind::fifo;
        counts_.hard_links += !entry.hard_link_to.empty();
        if (entry.kind == fs::Kind::file && entry.hard_link_to.empty()) counts_.bytes += entry.size;
    }
    ++counts_.folders;
    add_stats(folder);

    Bytes encoded = encode_tree(folder.entries);
    folder.self.size = encoded.size();
    folder.self.content = blake3::hash(encoded);
    // A tree of the base snapshot needs no look-up: that snapshot's packs are kept.
    const bool is_of_base = folder.base_tree == folder.self.content;
    counts_.trees_of_base += is_of_base;
    for (ByteView rest = encoded; !rest.empty();) {
        const std::size_t length =
            rest.size() <= kMaxChunk ? rest.size() : chunker::next_cut(rest, chunker::Input::ends);
        const ByteView bytes = rest.first(length);
        const Digest digest = length == encoded.size() ? folder.self.content : blake3::hash(bytes);
        if (!is_of_base) tree_chunks_.push_back({digest, ChunkKind::tree, bytes});
        folder.self.chunks.push_back({digest, static_cast<std::uint32_t>(length)});
        rest = rest.subspan(length);
    }
    if (!is_of_base) trees_.push_back(std::move(encoded));  // the chunks' bytes stay where they are
}

void SnapshotAssembler::add_stats(FolderState& folder) {
    FolderStats stats{.folder = folder.path, .entries = std::move(folder.stats)};
    if (folder.stats_hold == Holds::this_life) {
        stats.life = folder.device->life;
        for (const TreeEntry& entry : folder.entries) {
            counts_.unsynced_files += entry.kind == fs::Kind::file;
            counts_.unsynced_bytes += entry.kind == fs::Kind::file ? entry.size : 0;
        }
    }
    stats_.push_back(std::move(stats));
}

Status SnapshotAssembler::store_trees(std::vector<RawBlock>& full) {
    HOLT_TRY(intake_.take(tree_chunks_, full));
    tree_chunks_.clear();
    trees_.clear();
    return {};
}

}  // namespace holt::store
