#include "store/snapshot/snapshot_assembler.h"

#include <utility>

#include "fs/folder.h"
#include "store/format/left_out.h"
#include "store/snapshot/large_file_reader.h"
#include "store/source/attributes.h"

namespace holt::store {
namespace {

using What = FileItem::What;

// Zeros that are hashed at once: enough for all threads, and short enough to be cancelled between.
constexpr std::uint64_t kZerosAtOnce = 1u << 30;

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
    to.relocation = from.relocation;
    to.xattrs = from.xattrs;
    to.attributes_left_out = from.attributes_left_out;
    to.holes = from.holes;
}

}  // namespace

Status SnapshotAssembler::process(ReadUnit unit, std::vector<RawBlock>& full) {
    std::vector<FolderState*> entered;
    for (auto& state : unit.entered()) {
        entered.push_back(state.get());
        open_folders_.emplace(state.get(), std::move(state));
    }
    candidates_.clear();
    const std::size_t count = unit.items().size();
    for (std::size_t i = 0; i < count; ++i) {
        const FileItem& item = unit.items()[i];
        if (!has_bytes(item)) continue;
        const ByteView bytes =
            item.zeros ? zero_chunk() : unit.data().subspan(item.offset, item.length);
        candidates_.push_back({unit.digests(i).bytes, ChunkKind::data, bytes});
    }
    HOLT_TRY(intake_.take(candidates_, full));

    for (std::size_t i = 0; i < count; ++i) HOLT_TRY(take(i, unit));
    for (Slice& slice : unit.slices()) add_slice(slice);
    for (FolderState* state : entered)
        if (const auto open = open_folders_.find(state); open != open_folders_.end())
            complete_if_done(state);
    HOLT_TRY(store_trees(full));
    reporter_.progress(
        {.stage = "store", .files_done = counts_.files_read, .bytes_done = counts_.bytes_read});
    return {};
}

Status SnapshotAssembler::take(std::size_t number, ReadUnit& unit) {
    FileItem& item = unit.items()[number];
    const ItemDigests& digests = unit.digests(number);
    switch (item.what) {
        case What::chunk:
            large_.add(item, digests, unit.data());
            counts_.bytes_read += item.length;
            return {};
        case What::restart:
            large_ = {};
            return {};
        case What::last_chunk:
            large_.add(item, digests, unit.data());
            return take_end(item, digests, unit.slices()[item.slice]);
        default:
            return take_end(item, digests, unit.slices()[item.slice]);
    }
}

// The digest of the whole file takes long runs of zeros by all threads.
void SnapshotAssembler::LargeFile::add(const FileItem& item, const ItemDigests& digests,
                                       ByteView data) {
    if (item.length > 0) chunks.push_back({digests.bytes, static_cast<std::uint32_t>(item.length)});
    if (item.zeros) {
        zeros_ += item.length;
        if (zeros_ >= kZerosAtOnce) hash_zeros();
        return;
    }
    hash_zeros();
    whole_.append(digests.part, data.subspan(item.original.offset, item.original.length));
}

Digest SnapshotAssembler::LargeFile::digest() {
    hash_zeros();
    return whole_.digest();
}

void SnapshotAssembler::LargeFile::hash_zeros() {
    if (zeros_ > 0) whole_.update_zeros(std::exchange(zeros_, 0));
}

// What completes the entry of a file.
Status SnapshotAssembler::take_end(FileItem& item, const ItemDigests& digests, Slice& slice) {
    const std::string& folder = slice.folder->path;
    TreeEntry& entry = slice.entries[item.index];
    switch (item.what) {
        case What::last_chunk:
            entry.content = large_.digest();
            entry.chunks = std::exchange(large_, {}).chunks;
            [[fallthrough]];
        case What::read:
            take_content(item, digests, entry);
            if (item.source_size) slice.source_sizes.emplace(item.index, *item.source_size);
            slice.stats[item.index] = item.record;
            slice.hold = Holds::this_life;
            if (!item.lost.empty())
                tell_lost(reporter_, item.lost, entry, fs::join_path(folder, entry.name));
            break;
        case What::again:
            if (const auto first = linked_.find(*item.linked); first != linked_.end()) {
                copy_content(first->second, entry);
            } else {
                const Error error =
                    fail(ErrorKind::partial, "read file", fs::join_path(folder, entry.name),
                         "its other name '" + entry.hard_link_to + "' could not be read")
                        .error();
                reporter_.note(Severity::left_out, error);
                make_left_out(entry, why_left_out(error));
            }
            return {};
        case What::failed:
            HOLT_TRY(reporter_.leave_out(*item.error));
            make_left_out(entry, why_left_out(*item.error));
            large_ = {};
            return {};
        case What::known:
        case What::chunk:
        case What::restart:
            break;
    }
    if (item.linked) linked_.emplace(*item.linked, entry);
    return {};
}

void SnapshotAssembler::take_content(FileItem& item, const ItemDigests& digests, TreeEntry& entry) {
    if (item.what == What::read) {
        if (item.length > 0)
            entry.chunks.push_back({digests.bytes, static_cast<std::uint32_t>(item.length)});
        entry.content = item.relocation.empty() ? digests.bytes : digests.whole;
    }
    entry.mode = item.mode.value_or(item.stat.mode);
    entry.uid = item.stat.uid;
    entry.gid = item.stat.gid;
    entry.mtime = item.stat.mtime;
    entry.size = item.stat.size;
    entry.relocation = std::move(item.relocation);
    entry.xattrs = std::move(item.xattrs);
    entry.holes = std::move(item.holes);
    ++counts_.files_read;
    counts_.bytes_read += item.length;
}

// All files in it are complete.
void SnapshotAssembler::add_slice(Slice& slice) {
    FolderState& folder = *slice.folder;
    if (scan_ != nullptr) scan_->add_source_places(slice);
    for (TreeEntry& entry : slice.entries) add_entry(folder, entry);
    folder.stats.insert(folder.stats.end(), slice.stats.begin(), slice.stats.end());
    if (slice.hold == Holds::this_life) folder.stats_hold = Holds::this_life;
    while (auto chunk = folder.tree.take_chunk()) add_chunk(*std::move(chunk));
    folder.listed = slice.ends;
    complete_if_done(&folder);
}

void SnapshotAssembler::add_entry(FolderState& folder, TreeEntry& entry) {
    if (entry.kind == fs::Kind::folder) {  // to be completed
        folder.tree.add_later();
        ++folder.waits_for;
        return;
    }
    folder.tree.add(entry);
    folder.self.incomplete |= is_incomplete(entry);
    folder.unsynced_files += entry.kind == fs::Kind::file;
    folder.unsynced_bytes += entry.kind == fs::Kind::file ? entry.size : 0;
    if (entry.left_out != LeftOut::no) return;
    counts_.files += entry.kind == fs::Kind::file;
    counts_.symlinks += entry.kind == fs::Kind::symlink;
    counts_.others += entry.kind == fs::Kind::fifo;
    counts_.hard_links += !entry.hard_link_to.empty();
    if (entry.kind == fs::Kind::file && entry.hard_link_to.empty()) counts_.bytes += entry.size;
}

// Completes a folder that waits for nothing any more, and then each parent that waited for nothing
// else.
void SnapshotAssembler::complete_if_done(FolderState* folder) {
    while (folder != nullptr) {
        const bool done = folder->failed || (folder->listed && folder->waits_for == 0);
        if (!done) return;
        if (!folder->failed) add_tree(*folder);
        FolderState* const parent = folder->parent;
        if (parent == nullptr) {
            root_ = std::move(folder->self);
        } else {
            if (folder->failed) make_left_out(folder->self, why_left_out(*folder->failed));
            parent->self.incomplete |= is_incomplete(folder->self);
            parent->tree.complete(folder->place, folder->self);
            --parent->waits_for;
        }
        open_folders_.erase(folder);
        folder = parent;
    }
}

// The rest of a complete folder's tree. Its chunks wait for those of the unit's other trees, so
// that the catalog is asked once for all.
void SnapshotAssembler::add_tree(FolderState& folder) {
    ++counts_.folders;
    if (!folder.stats.empty()) add_stats(folder);
    std::vector<TreeEncoder::Chunk> last = folder.tree.finish(folder.self);
    // A tree of the base snapshot needs no look-up: that snapshot's packs are kept.
    const bool is_of_base = folder.base_tree == folder.self.content;
    counts_.trees_of_base += is_of_base;
    if (is_of_base) return;
    for (TreeEncoder::Chunk& chunk : last) add_chunk(std::move(chunk));
}

void SnapshotAssembler::add_chunk(TreeEncoder::Chunk chunk) {
    tree_chunks_.push_back({chunk.digest, ChunkKind::tree, chunk.bytes});
    trees_.push_back(std::move(chunk.bytes));  // the bytes stay where they are
}

void SnapshotAssembler::add_stats(FolderState& folder) {
    FolderStats stats{.folder = folder.path, .entries = std::move(folder.stats)};
    if (folder.stats_hold == Holds::this_life) {
        stats.life = folder.device->life;
        counts_.unsynced_files += folder.unsynced_files;
        counts_.unsynced_bytes += folder.unsynced_bytes;
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
