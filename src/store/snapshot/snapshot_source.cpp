#include "store/snapshot/snapshot_source.h"

#include <algorithm>

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

Error skipped_special(const std::string& path, fs::Kind kind) {
    const bool socket = kind == fs::Kind::socket;
    return fail(ErrorKind::partial, "skip", path,
                socket ? "a socket has no content to keep" : "device files are not kept")
        .error();
}

}  // namespace

Result<std::unique_ptr<Unit>> SnapshotSource::next() {
    auto unit = std::make_unique<Unit>();
    batch_bytes_ = 0;
    for (;;) {
        if (large_) {
            deliver_large_chunk(*unit);
            return unit;
        }
        deliver_files(*unit);
        const bool full = batch_bytes_ >= kBatchBytes || unit->items.size() >= kBatchItems ||
                          unit->entered.size() >= kBatchFolders;
        if (full || (large_ && !(unit->items.empty() && unit->entered.empty()))) return unit;
        if (large_) continue;
        HOLT_TRY_LET(entered, enter_next_folder(*unit));
        if (!entered) break;
    }
    const bool nothing = unit->items.empty() && unit->entered.empty();
    return nothing ? nullptr : std::move(unit);
}

// Moves the current folder's items into the unit, until the unit is full or a large file comes.
void SnapshotSource::deliver_files(Unit& unit) {
    for (; current_.at < current_.items.size(); ++current_.at) {
        FileItem& item = current_.items[current_.at];
        const bool reads = item.what == FileItem::What::read;
        if (batch_bytes_ >= kBatchBytes || unit.items.size() >= kBatchItems) return;
        if (reads && item.stat.size > kSmallChunk) {
            large_.emplace(current_.fd, item.folder, item.index,
                           fs::join_path(item.folder->path, item.folder->entries[item.index].name));
            large_inode_ = item.linked;
            ++current_.at;
            return;
        }
        if (reads) batch_bytes_ += item.stat.size;
        unit.folder_fds.push_back(reads ? current_.fd : nullptr);
        unit.items.push_back(std::move(item));
    }
    current_ = {};
}

void SnapshotSource::deliver_large_chunk(Unit& unit) {
    std::optional<FileItem> item = large_->next(unit.data);
    if (!item) {
        large_.reset();
        return;
    }
    item->linked = large_inode_;
    const bool ended =
        item->what == FileItem::What::last_chunk || item->what == FileItem::What::failed;
    unit.folder_fds.push_back(nullptr);
    unit.items.push_back(*std::move(item));
    if (ended) large_.reset();
}

Result<bool> SnapshotSource::enter_next_folder(Unit& unit) {
    std::optional<fs::WalkFolder> folder = next_folder_();
    if (!folder) return false;

    auto state = std::make_unique<FolderState>();
    state->path = folder->path;
    std::optional<TreeEntry> base_entry;
    if (folder->path.empty()) {
        if (folder->error) return std::unexpected(*std::move(folder->error));
        if (base_ != nullptr) base_entry = base_->root();
    } else {
        auto expected = expected_.extract(folder->path).mapped();
        state->parent = expected.parent;
        state->index_in_parent = expected.index;
        base_entry = std::move(expected.base);
    }
    if (folder->error) {
        HOLT_TRY(reporter_.leave_out(*folder->error));
        state->failed = std::move(folder->error);
        unit.entered.push_back(std::move(state));
        return true;
    }

    state->self = entry_of(folder->path.substr(folder->path.rfind('/') + 1), folder->stat);
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
    if (!base.entries.empty()) state->base_tree = base_entry->content;
    const std::size_t names = folder->entries.size() + folder->errors.size();
    current_ = {.fd = folder->fd, .items = {}, .at = 0};
    state->entries.reserve(names);
    state->stats.reserve(names);
    auto unseen = folder->errors.begin();  // sorted, as the entries are
    for (const fs::DirEntry& listed : folder->entries) {
        for (; unseen != folder->errors.end() && unseen->name < listed.name; ++unseen)
            HOLT_TRY(list_unseen(*unseen, *state));
        HOLT_TRY(list_entry(*folder, listed, base, *state));
    }
    for (; unseen != folder->errors.end(); ++unseen) HOLT_TRY(list_unseen(*unseen, *state));
    state->pending += current_.items.size();
    unit.entered.push_back(std::move(state));
    return true;
}

// A name whose record could not be read: it is there, and that is all that is known.
Status SnapshotSource::list_unseen(const fs::EntryError& bad, FolderState& state) {
    HOLT_TRY(reporter_.leave_out(bad.error));
    if (!fs::is_component(bad.name)) return {};  // a name that no tree can have
    TreeEntry entry{.name = bad.name};
    make_left_out(entry, LeftOut::unseen);
    state.entries.push_back(std::move(entry));
    state.stats.emplace_back();
    return {};
}

// What is known of a folder: of its files only while it holds.
BaseFolder SnapshotSource::base_of(const std::optional<TreeEntry>& entry,
                                   const FolderState& state) {
    if (!entry || entry->kind != fs::Kind::folder || entry->left_out != LeftOut::no) return {};
    BaseFolder base = base_->folder(*entry, state.path);
    if (base.life && (base.life->empty() || *base.life != state.device->life)) base.stats.clear();
    return base;
}

Status SnapshotSource::list_entry(const fs::WalkFolder& folder, const fs::DirEntry& listed,
                                  BaseFolder& base, FolderState& state) {
    const auto path = [&] { return fs::join_path(folder.path, listed.name); };
    TreeEntry entry = entry_of(listed.name, listed.stat);
    switch (listed.stat.kind) {
        case fs::Kind::file:
            list_file(folder, listed, base, state, std::move(entry));
            return {};
        case fs::Kind::folder: {
            const BaseFolder::Found found = base.find(listed.name);
            auto known = found.entry ? std::optional(std::move(*found.entry)) : std::nullopt;
            expected_.emplace(path(), Expected{&state, state.entries.size(), std::move(known)});
            ++state.pending;
            break;
        }
        case fs::Kind::symlink:
        case fs::Kind::fifo:
            HOLT_TRY(list_special(folder, listed, entry));
            break;
        case fs::Kind::socket:
        case fs::Kind::char_device:
        case fs::Kind::block_device:
            ++skipped_;
            reporter_.tally(Severity::info, skipped_special(path(), listed.stat.kind));
            return {};
    }
    state.entries.push_back(std::move(entry));
    state.stats.emplace_back();
    return {};
}

// Symlinks and FIFOs. A further name of one says what the first said: they are one inode.
Status SnapshotSource::list_special(const fs::WalkFolder& folder, const fs::DirEntry& listed,
                                    TreeEntry& entry) {
    const std::string path = fs::join_path(folder.path, listed.name);
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
    auto xattrs = fs::read_xattrs_at(folder.fd->get(), listed.name, path, &lost);
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

void SnapshotSource::list_file(const fs::WalkFolder& folder, const fs::DirEntry& listed,
                               BaseFolder& base, FolderState& state, TreeEntry entry) {
    FileItem item{.folder = &state, .index = state.entries.size(), .stat = listed.stat};
    StatRecord record;
    if (listed.stat.nlink > 1) {
        item.linked = fs::Inode{listed.stat.dev, listed.stat.ino};
        const auto [first, is_first] =
            first_names_.emplace(*item.linked, fs::join_path(folder.path, listed.name));
        if (!is_first) {
            item.what = FileItem::What::again;
            entry.hard_link_to = first->second;
        }
    }
    const BaseFolder::Found found = base.find(listed.name);
    // Of another file system (a file can be a mount) nothing is known.
    const bool same_device = listed.stat.dev == state.device->dev;
    if (item.what == FileItem::What::read && same_device && is_unchanged(found, listed.stat)) {
        item.what = FileItem::What::known;
        entry.size = found.entry->size;
        entry.content = found.entry->content;
        entry.chunks = std::move(found.entry->chunks);
        entry.xattrs = std::move(found.entry->xattrs);
        entry.holes = std::move(found.entry->holes);
        record = found.stat;
        if (base.life) state.stats_hold = Holds::this_life;
        ++unchanged_;
    }
    state.entries.push_back(std::move(entry));
    state.stats.push_back(record);
    // What is known already and has one name only needs nobody's attention any more.
    if (item.what != FileItem::What::known || item.linked) {
        current_.items.push_back(std::move(item));
    }
}

}  // namespace holt::store
