#include "store/snapshot/snapshot_source.h"

#include <algorithm>
#include <utility>

#include "fs/folder.h"
#include "fs/metadata/metadata.h"
#include "store/format/left_out.h"
#include "store/source/attributes.h"

namespace holt::store {
namespace {

// A unit is worth its trip through the pipeline, and small enough that a few of them in flight stay
// within the memory that DESIGN allows for each thread.
constexpr std::size_t kBatchBytes = 1u << 20;
constexpr std::size_t kBatchItems = 512;
constexpr std::size_t kBatchEntries = 2048;
constexpr std::size_t kBatchFolders = 64;

TreeEntry entry_of(const std::string& name, const fs::FileStat& stat) {
    TreeEntry entry{.name = name,
                    .kind = stat.kind,
                    .mode = stat.mode,
                    .uid = stat.uid,
                    .gid = stat.gid,
                    .mtime = stat.mtime};
    if (stat.kind == fs::Kind::symlink) entry.mode = 0777;
    return entry;
}

bool is_unchanged(const BaseFolder::Found& base, const fs::FileStat& now) {
    return base.entry != nullptr && base.entry->kind == fs::Kind::file &&
           !is_incomplete(*base.entry) && base.stat.ino != 0 && base.stat.ino == now.ino &&
           base.stat.dev == now.dev && base.stat.ctime == wrapped_ns(now.ctime) &&
           base.entry->mtime == now.mtime && base.entry->size == now.size;
}

bool is_kept(fs::Kind kind) noexcept {
    return kind <= fs::Kind::fifo;
}

// How many entries the folder's tree will have.
std::size_t count_entries(const fs::WalkFolder& folder) {
    const auto has_name = [](const fs::EntryError& bad) { return fs::is_component(bad.name); };
    auto count = static_cast<std::size_t>(std::ranges::count_if(folder.errors, has_name));
    if (!folder.many) {
        const auto kept = [](const fs::DirEntry& entry) { return is_kept(entry.stat.kind); };
        return count + static_cast<std::size_t>(std::ranges::count_if(folder.entries, kept));
    }
    for (const fs::Kind kind :
         {fs::Kind::file, fs::Kind::folder, fs::Kind::symlink, fs::Kind::fifo})
        count += folder.many->count(kind);
    return count;
}

Error skipped_special(const std::string& path, fs::Kind kind) {
    const bool socket = kind == fs::Kind::socket;
    return fail(ErrorKind::partial, "skip", path,
                socket ? "a socket has no content to keep" : "device files are not kept")
        .error();
}

}  // namespace

bool SnapshotSource::Current::next(fs::DirEntry& entry) {
    if (!listed.many) {
        if (at_ == listed.entries.size()) return false;
        entry = std::move(listed.entries[at_++]);
        return true;
    }
    return long_.next(entry);
}

bool SnapshotSource::is_full(const ListedUnit& unit) const noexcept {
    return batch_bytes_ >= kBatchBytes || unit.items.size() >= kBatchItems ||
           batch_entries_ >= kBatchEntries || unit.entered.size() >= kBatchFolders;
}

Result<std::unique_ptr<ListedUnit>> SnapshotSource::next() {
    auto unit = std::make_unique<ListedUnit>();
    batch_bytes_ = batch_entries_ = 0;
    for (;;) {
        if (large_) {
            deliver_large_chunk(*unit);
            return unit;
        }
        if (current_) HOLT_TRY(deliver_entries(*unit));
        const bool empty = unit->slices.empty() && unit->entered.empty();
        if (is_full(*unit) || (large_ && !empty)) return unit;
        if (large_) continue;
        HOLT_TRY_LET(entered, enter_next_folder(*unit));
        if (!entered) return empty ? nullptr : std::move(unit);
    }
}

// Moves entries of the current folder into the unit, until the unit is full or a large file comes.
Status SnapshotSource::deliver_entries(ListedUnit& unit) {
    Slice& slice = unit.slices.emplace_back(Slice{.folder = current_->state});
    const std::size_t expected =
        current_->listed.many ? kBatchEntries : current_->listed.entries.size();
    slice.entries.reserve(std::min(kBatchEntries, expected));
    slice.stats.reserve(std::min(kBatchEntries, expected));
    while (!large_) {
        if (is_full(unit)) return {};
        if (!listed_) {
            fs::DirEntry next;
            if (current_->next(next)) listed_ = std::move(next);
        }
        // Both are sorted.
        if (!unseen_.empty() && (!listed_ || unseen_.back().name < listed_->name)) {
            HOLT_TRY(list_unseen(unseen_.back(), slice));
            unseen_.pop_back();
        } else if (listed_) {
            HOLT_TRY(list_entry(*std::exchange(listed_, std::nullopt), unit));
        } else {
            slice.ends = true;
            current_.reset();
            return {};
        }
    }
    return {};
}

void SnapshotSource::deliver_large_chunk(ListedUnit& unit) {
    std::optional<FileItem> item = large_->reader.next(unit.data);
    if (!item) {
        large_.reset();
        return;
    }
    item->linked = large_->linked;
    item->mode = large_->mode;
    const bool ended =
        item->what == FileItem::What::last_chunk || item->what == FileItem::What::failed;
    if (ended) {
        Slice& slice = unit.slices.emplace_back(Slice{.folder = large_->folder});
        slice.entries.push_back(std::move(large_->entry));
        slice.stats.emplace_back();
    }
    unit.folder_fds.push_back(nullptr);
    unit.items.push_back(*std::move(item));
    if (ended) large_.reset();
}

Result<bool> SnapshotSource::enter_next_folder(ListedUnit& unit) {
    std::optional<fs::WalkFolder> folder = next_folder_();
    // What is below a folder that could not be read was left out with it.
    while (folder && folder->depth > above_.size()) folder = next_folder_();
    if (!folder) return false;

    auto state = std::make_unique<FolderState>(count_entries(*folder));
    state->path = folder->path;
    state->self = entry_of(folder->path.substr(folder->path.rfind('/') + 1), folder->stat);
    if (folder->depth == 0 && folder->error) return std::unexpected(*std::move(folder->error));
    HOLT_TRY_LET(base_entry, take_expected(*state, folder->depth));
    if (folder->error) {
        HOLT_TRY(reporter_.leave_out(*folder->error));
        state->failed = std::move(folder->error);
        unit.entered.push_back(std::move(state));
        return true;
    }
    above_.push_back({.state = state.get()});

    fs::XattrLosses lost;
    auto xattrs =
        folder->made_up ? fs::Xattrs{} : fs::read_xattrs(folder->fd->get(), folder->path, &lost);
    if (xattrs) {
        state->self.xattrs = *std::move(xattrs);
    } else {
        HOLT_TRY(reporter_.leave_out(xattrs.error()));
        state->self.attributes_left_out = true;
    }
    tell_lost(reporter_, lost, state->self, folder->path);
    HOLT_TRY_LET(device, devices_.of(folder->fd->get(), folder->stat.dev, folder->path));
    state->device = device;
    BaseFolder base = base_of(base_entry, *state);
    if (!base.empty()) state->base_tree = base_entry->content;
    unseen_ = std::move(folder->errors);
    std::ranges::reverse(unseen_);
    current_.emplace(*std::move(folder), state.get(), std::move(base));
    unit.entered.push_back(std::move(state));
    return true;
}

// Gives the folder its place in the one above; what the base has of it. Folders come in the order
// in which the listings above them have them.
Result<std::optional<TreeEntry>> SnapshotSource::take_expected(FolderState& state,
                                                               std::size_t depth) {
    above_.resize(depth);
    if (depth == 0) return base_ != nullptr ? std::optional(base_->root()) : std::nullopt;
    Above& parent = above_.back();
    state.parent = parent.state;
    state.place = parent.entered++;
    HOLT_TRY_LET(known, parent.base.first());
    if (known == nullptr || known->name != state.self.name) return std::nullopt;
    parent.base.drop_first();
    return std::move(*known);
}

// A name whose record could not be read: it is there, and that is all that is known.
Status SnapshotSource::list_unseen(const fs::EntryError& bad, Slice& slice) {
    HOLT_TRY(reporter_.leave_out(bad.error));
    if (!fs::is_component(bad.name)) return {};  // a name that no tree can have
    TreeEntry entry{.name = bad.name};
    make_left_out(entry, LeftOut::unseen);
    slice.entries.push_back(std::move(entry));
    slice.stats.emplace_back();
    ++batch_entries_;
    return {};
}

// What is known of a folder: of its files only while it holds.
BaseFolder SnapshotSource::base_of(const std::optional<TreeEntry>& entry,
                                   const FolderState& state) {
    if (!entry || entry->kind != fs::Kind::folder || entry->left_out != LeftOut::no) return {};
    BaseFolder base = base_->folder(*entry, state.path);
    const auto& life = base.life();
    if (life && (life->empty() || *life != state.device->life)) base.drop_records();
    return base;
}

Status SnapshotSource::list_entry(const fs::DirEntry& listed, ListedUnit& unit) {
    const auto path = [&] { return fs::join_path(current_->state->path, listed.name); };
    TreeEntry entry = entry_of(listed.name, listed.stat);
    switch (listed.stat.kind) {
        case fs::Kind::file:
            list_file(listed, std::move(entry), unit);
            return {};
        case fs::Kind::folder: {
            const BaseFolder::Found found = current_->base.find(listed.name);
            if (found.entry != nullptr) above_.back().base.add(std::move(*found.entry));
            break;
        }
        case fs::Kind::symlink:
        case fs::Kind::fifo:
            HOLT_TRY(list_special(listed, entry));
            break;
        case fs::Kind::socket:
        case fs::Kind::char_device:
        case fs::Kind::block_device:
            ++skipped_;
            reporter_.tally(Severity::info, skipped_special(path(), listed.stat.kind));
            return {};
    }
    unit.slices.back().entries.push_back(std::move(entry));
    unit.slices.back().stats.emplace_back();
    ++batch_entries_;
    return {};
}

// Symlinks and FIFOs. A further name of one says what the first said: they are one inode.
Status SnapshotSource::list_special(const fs::DirEntry& listed, TreeEntry& entry) {
    const std::string path = fs::join_path(current_->state->path, listed.name);
    const fs::Inode inode{listed.stat.dev, listed.stat.ino};
    if (listed.stat.nlink > 1) {
        const auto first = first_specials_.find(inode);
        if (first != first_specials_.end() && first->second.first.kind == entry.kind) {
            entry = first->second.first;
            entry.name = listed.name;
            entry.hard_link_to = first->second.second;
            return {};
        }
    }
    entry.symlink_target = listed.symlink_target;
    fs::XattrLosses lost;
    auto xattrs = fs::read_xattrs_at(current_->listed.fd->get(), listed.name, path, &lost);
    if (xattrs) {
        entry.xattrs = *std::move(xattrs);
    } else {
        HOLT_TRY(reporter_.leave_out(xattrs.error()));
        entry.attributes_left_out = true;
    }
    tell_lost(reporter_, lost, entry, path);
    if (listed.stat.nlink > 1) first_specials_.insert_or_assign(inode, std::pair(entry, path));
    return {};
}

void SnapshotSource::list_file(const fs::DirEntry& listed, TreeEntry entry, ListedUnit& unit) {
    const FolderState& state = *current_->state;
    Slice& slice = unit.slices.back();
    FileItem item{.folder = current_->state,
                  .slice = unit.slices.size() - 1,
                  .index = slice.entries.size(),
                  .stat = listed.stat};
    StatRecord record;
    const BaseFolder::Found found = current_->base.find(listed.name);
    // The pool knows a file that was moved by another content than its entry's.
    const bool is_moved = found.entry != nullptr && current_->base.moved() &&
                          !found.entry->relocation.empty() &&
                          found.entry->mtime == listed.stat.mtime;
    const bool is_pooled = found.entry != nullptr && PoolLinks::may_be_link(listed.stat) &&
                           (is_moved || pool_.has(*found.entry, listed.stat));
    // A link into the pool has no write bits, and shares its inode with each file that is the same.
    // Neither is the tree's: what the base says of both holds.
    if (is_pooled) {
        item.mode = found.entry->mode;
        entry.mode = found.entry->mode;
    }
    const bool may_be_further_name = !is_pooled || !found.entry->hard_link_to.empty();
    if (listed.stat.nlink > 1) {
        item.linked = fs::Inode{listed.stat.dev, listed.stat.ino};
        const auto [first, is_first] =
            first_names_.emplace(*item.linked, fs::join_path(state.path, listed.name));
        if (!is_first && may_be_further_name) {
            item.what = FileItem::What::again;
            entry.hard_link_to = first->second;
        }
    }
    // Of another file system (a file can be a mount) nothing is known.
    const bool same_device = listed.stat.dev == state.device->dev;
    if (item.what == FileItem::What::read && same_device && is_unchanged(found, listed.stat)) {
        item.what = FileItem::What::known;
        entry.size = found.entry->size;
        entry.content = found.entry->content;
        entry.chunks = std::move(found.entry->chunks);
        entry.relocation = std::move(found.entry->relocation);
        entry.xattrs = std::move(found.entry->xattrs);
        entry.holes = std::move(found.entry->holes);
        record = found.stat;
        if (current_->base.life()) slice.hold = Holds::this_life;
        ++unchanged_;
    }
    const bool reads = item.what == FileItem::What::read;
    if (reads && item.stat.size > kSmallChunk) {
        const std::string path = fs::join_path(state.path, listed.name);
        large_.emplace(Large{
            .reader = LargeFileReader(current_->listed.fd, item.folder, listed.name, path, scan_),
            .folder = item.folder,
            .entry = std::move(entry),
            .linked = item.linked,
            .mode = item.mode});
        return;
    }
    slice.entries.push_back(std::move(entry));
    slice.stats.push_back(record);
    ++batch_entries_;
    // What is known already and has one name only needs nobody's attention any more.
    if (item.what == FileItem::What::known && !item.linked) return;
    if (reads) batch_bytes_ += item.stat.size;
    unit.folder_fds.push_back(reads ? current_->listed.fd : nullptr);
    unit.items.push_back(std::move(item));
}

}  // namespace holt::store
