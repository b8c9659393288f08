#include "store/trees/tree_view.h"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

#include "base/cancel.h"
#include "fs/buffer_pool.h"
#include "fs/file.h"
#include "fs/folder.h"
#include "fs/metadata/metadata.h"
#include "fs/walk/lost_found.h"
#include "store/content/tree_cursor.h"
#include "store/format/left_out.h"
#include "store/source/attributes.h"
#include "store/source/space_file.h"

namespace holt::store {
namespace {

TreeEntry entry_on_disk(const fs::DirEntry& listed) {
    return {.name = listed.name,
            .kind = listed.stat.kind,
            .mode = listed.stat.kind == fs::Kind::symlink ? std::uint16_t{0777} : listed.stat.mode,
            .uid = listed.stat.uid,
            .gid = listed.stat.gid,
            .mtime = listed.stat.mtime,
            .symlink_target = listed.symlink_target};
}

}  // namespace

namespace {

class StoredFolder final : public FolderView {
  public:
    StoredFolder(TreeCursor entries, const std::string& path, const LinkHeads* heads)
        : entries_(std::move(entries)), path_(path), heads_(heads) {}
    Result<Tree> next() override {
        HOLT_TRY_LET(slice, entries_.next());
        if (heads_ == nullptr) return slice;
        for (TreeEntry& entry : slice) {
            const auto head = heads_->find(entry.hard_link_to);
            if (head == heads_->end()) continue;
            const bool is_head = head->second == fs::join_path(path_, entry.name);
            entry.hard_link_to = is_head ? "" : head->second;
        }
        return slice;
    }

  private:
    TreeCursor entries_;
    const std::string path_;
    const LinkHeads* heads_;
};

}  // namespace

Result<std::unique_ptr<FolderView>> StoredTree::list(const TreeEntry& folder,
                                                     const std::string& path) {
    return std::make_unique<StoredFolder>(TreeCursor(reader_, folder, path), path,
                                          heads_ ? &*heads_ : nullptr);
}

Result<std::unique_ptr<FolderOnDisk>> FolderOnDisk::open(const std::string& path,
                                                         const StoreFolder& store,
                                                         const Selection& selection,
                                                         Reporter& reporter) {
    std::unique_ptr<FolderOnDisk> view(new FolderOnDisk(store, selection, reporter));
    HOLT_TRY_LET(fd, fs::open_folder(path));
    HOLT_TRY_LET(stat, fs::stat_fd(fd.get(), path));
    fs::XattrLosses lost;
    HOLT_TRY_LET(xattrs, fs::read_xattrs(fd.get(), path, &lost));
    view->fd_ = std::move(fd);
    view->shown_ = path;
    view->root_ = {.name = "",
                   .kind = fs::Kind::folder,
                   .mode = stat.mode,
                   .uid = stat.uid,
                   .gid = stat.gid,
                   .mtime = stat.mtime,
                   .xattrs = std::move(xattrs)};
    tell_lost(reporter, lost, view->root_, path);
    return view;
}

bool FolderOnDisk::belongs_to_file_system(const std::string& path) const {
    return fs::is_lost_and_found(fd_.get(), path);
}

// A link into the pool has no write bits, and shares its inode with each file that is the same.
void FolderOnDisk::put_back(const TreeEntry& other, TreeEntry& here,
                            const std::string& path) const {
    const bool is_other_inode =
        here.mode != other.mode || (other.hard_link_to.empty() && !here.hard_link_to.empty());
    if (here.kind != fs::Kind::file || other.kind != here.kind || !is_other_inode) return;
    if (here.content != other.content || (here.mode & 0222) != 0) return;
    const auto stat = fs::stat_at(fd_.get(), path, path);
    if (!stat || !PoolLinks::may_be_link(*stat) || !pool_.has(other, *stat)) return;
    here.mode = other.mode;
    if (other.hard_link_to.empty()) here.hard_link_to.clear();
}

// What was listed, and then, slice by slice, what is in it. The folder is opened anew for each
// slice but the first, as a walk that stands deep in a tree has many folders that it will come back
// to.
class FolderOnDisk::Slices final : public FolderView {
  public:
    Slices(FolderOnDisk& view, const std::string& path)
        : view_(view), path_(path), shown_(fs::join_path(view.shown_, path)) {}

    Status look();
    Result<Tree> next() override;

  private:
    static constexpr std::size_t kSlice = 2048;

    Status take(fs::Listing listing, const Selection::Folder& here);
    Result<UniqueFd> open_again();
    Status complete(int folder, TreeEntry& entry);

    FolderOnDisk& view_;
    const std::string path_, shown_;
    UniqueFd fd_;  // until the first slice
    fs::FileStat stat_{};
    SourceDevice* device_ = nullptr;
    // Sorted both: files of which nothing is known but that they are there, and the others.
    std::vector<std::string> files_;
    Tree others_;
    std::size_t file_at_ = 0, other_at_ = 0;
    fs::BufferPool buffers_;
};

Status FolderOnDisk::Slices::look() {
    HOLT_TRY_LET(fd, fs::open_beneath(view_.fd_.get(), path_, shown_));
    HOLT_TRY_LET(stat, fs::stat_fd(fd.get(), shown_));
    stat_ = stat;
    HOLT_TRY_LET(device, view_.devices_.of(fd.get(), stat.dev, shown_));
    device_ = device;
    HOLT_TRY_LET(names, fs::list_names(fd.get(), shown_));
    const Selection::Folder here = view_.selection_.folder(path_);
    for (std::span<std::string> rest = names; !rest.empty();) {
        const auto some = rest.first(std::min(kSlice, rest.size()));
        HOLT_TRY(take(fs::look_at_names(fd.get(), some, shown_), here));
        rest = rest.subspan(some.size());
    }
    std::ranges::sort(others_, {}, &TreeEntry::name);  // what could not be looked at came late
    fd_ = std::move(fd);
    return {};
}

Result<UniqueFd> FolderOnDisk::Slices::open_again() {
    HOLT_TRY_LET(fd, fs::open_beneath(view_.fd_.get(), path_, shown_));
    HOLT_TRY_LET(stat, fs::stat_fd(fd.get(), shown_));
    if (stat.dev == stat_.dev && stat.ino == stat_.ino) return fd;
    return fail(ErrorKind::failed, "read folder", shown_,
                "it was replaced by another folder meanwhile", "run it again");
}

Status FolderOnDisk::Slices::take(fs::Listing listing, const Selection::Folder& here) {
    for (fs::DirEntry& listed : listing.entries) {
        if (listed.stat.kind > fs::Kind::fifo) continue;  // sockets and devices are in no snapshot
        std::string path = fs::join_path(path_, listed.name);
        if (here.role(path, listed.stat.kind) == Role::none) continue;
        const bool is_file = listed.stat.kind == fs::Kind::file;
        if (listed.stat.kind != fs::Kind::folder && listed.stat.nlink > 1) {
            const auto [first, is_first] = view_.first_names_.emplace(
                fs::Inode{listed.stat.dev, listed.stat.ino}, std::move(path));
            if (!is_first) {
                others_.push_back(entry_on_disk(listed));
                others_.back().hard_link_to = first->second;
                continue;
            }
        }
        if (is_file) {
            files_.push_back(std::move(listed.name));
        } else {
            others_.push_back(entry_on_disk(listed));
        }
    }
    for (const fs::EntryError& bad : listing.errors) {
        // Whatever it is, as nobody could look.
        if (here.role(fs::join_path(path_, bad.name), fs::Kind::folder) == Role::none) continue;
        if (is_shortage(bad.error.sys_errno) || !fs::is_component(bad.name))
            return std::unexpected(bad.error);
        make_left_out(others_.emplace_back(TreeEntry{.name = bad.name}), LeftOut::unseen);
    }
    return {};
}

Status FolderOnDisk::Slices::complete(int folder, TreeEntry& entry) {
    const std::string shown = fs::join_path(shown_, entry.name);
    fs::XattrLosses lost;
    if (entry.kind == fs::Kind::file) {
        HOLT_TRY_LET(facts,
                     read_stable_file_facts(folder, entry.name, device_->clock, shown, buffers_));
        entry.mode = facts.stat.mode;
        entry.uid = facts.stat.uid;
        entry.gid = facts.stat.gid;
        entry.mtime = facts.stat.mtime;
        entry.size = facts.stat.size;
        entry.content = facts.content;
        entry.xattrs = std::move(facts.xattrs);
        lost = std::move(facts.lost);
    } else if (entry.kind == fs::Kind::folder) {
        HOLT_TRY_LET(sub, fs::open_subfolder(folder, entry.name, shown));
        HOLT_TRY_LET(xattrs, fs::read_xattrs(sub.get(), shown, &lost));
        entry.xattrs = std::move(xattrs);
    } else {
        HOLT_TRY_LET(xattrs, fs::read_xattrs_at(folder, entry.name, shown, &lost));
        entry.xattrs = std::move(xattrs);
    }
    tell_lost(view_.reporter_, lost, entry, shown);
    return {};
}

Result<Tree> FolderOnDisk::Slices::next() {
    Tree slice;
    while (slice.size() < kSlice) {
        const bool has_file = file_at_ < files_.size(), has_other = other_at_ < others_.size();
        if (has_other && (!has_file || others_[other_at_].name < files_[file_at_])) {
            slice.push_back(std::move(others_[other_at_++]));
        } else if (has_file) {
            slice.push_back({.name = std::move(files_[file_at_++])});
        } else {
            break;
        }
    }
    const UniqueFd kept = std::move(fd_);
    if (slice.empty()) return slice;
    UniqueFd opened;
    if (!kept) {
        HOLT_TRY_LET(again, open_again());
        opened = std::move(again);
    }
    const int fd = kept ? kept.get() : opened.get();
    FirstError first;
    tbb::parallel_for(std::size_t{0}, slice.size(), [&](std::size_t i) {
        if (first.stopped() || slice[i].left_out != LeftOut::no) return;
        Status completed = complete(fd, slice[i]);
        if (completed || is_shortage(completed.error().sys_errno)) {
            first.keep(std::move(completed));
        } else {
            make_left_out(slice[i], why_left_out(completed.error()));
        }
    });
    HOLT_TRY(first.take());
    return slice;
}

Result<std::unique_ptr<FolderView>> FolderOnDisk::list(const TreeEntry&, const std::string& path) {
    auto slices = std::make_unique<Slices>(*this, path);
    HOLT_TRY(slices->look());
    return slices;
}

}  // namespace holt::store
