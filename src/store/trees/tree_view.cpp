#include "store/trees/tree_view.h"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <utility>

#include "base/cancel.h"
#include "fs/buffer_pool.h"
#include "fs/file.h"
#include "fs/folder.h"
#include "fs/metadata/metadata.h"
#include "fs/walk/lost_found.h"
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

Result<Tree> StoredTree::list(const TreeEntry& folder, const std::string& path) {
    HOLT_TRY_LET(tree, reader_.read_tree(folder, path));
    if (!heads_) return tree;
    for (TreeEntry& entry : tree) {
        const auto head = heads_->find(entry.hard_link_to);
        if (head == heads_->end()) continue;
        entry.hard_link_to = head->second == fs::join_path(path, entry.name) ? "" : head->second;
    }
    return tree;
}

Result<std::unique_ptr<FolderOnDisk>> FolderOnDisk::open(const std::string& path,
                                                         const Selection& selection,
                                                         Reporter& reporter) {
    std::unique_ptr<FolderOnDisk> view(new FolderOnDisk(selection, reporter));
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

Result<Tree> FolderOnDisk::list(const TreeEntry&, const std::string& path) {
    const std::string shown = fs::join_path(shown_, path);
    HOLT_TRY_LET(fd, fs::open_beneath(fd_.get(), path, shown));
    HOLT_TRY_LET(stat, fs::stat_fd(fd.get(), shown));
    HOLT_TRY_LET(device, devices_.of(fd.get(), stat.dev, shown));
    HOLT_TRY_LET(listing, fs::list_folder(fd.get(), shown));
    const Selection::Folder here = selection_.folder(path);
    Tree tree;
    for (const fs::DirEntry& listed : listing.entries) {
        if (listed.stat.kind > fs::Kind::fifo) continue;  // sockets and devices are in no snapshot
        if (here.role(fs::join_path(path, listed.name), listed.stat.kind) == Role::none) continue;
        tree.push_back(entry_on_disk(listed));
        if (listed.stat.kind != fs::Kind::folder && listed.stat.nlink > 1) {
            const auto [first, is_first] = first_names_.emplace(
                fs::Inode{listed.stat.dev, listed.stat.ino}, fs::join_path(path, listed.name));
            if (!is_first) tree.back().hard_link_to = first->second;
        }
    }
    for (const fs::EntryError& bad : listing.errors) {
        // Whatever it is, as nobody could look.
        if (here.role(fs::join_path(path, bad.name), fs::Kind::folder) == Role::none) continue;
        if (is_shortage(bad.error.sys_errno) || !fs::is_component(bad.name))
            return std::unexpected(bad.error);
        make_left_out(tree.emplace_back(TreeEntry{.name = bad.name}), LeftOut::unseen);
    }
    std::ranges::sort(tree, {}, &TreeEntry::name);
    FirstError first;
    fs::BufferPool buffers;
    const auto complete = [&](TreeEntry& entry) -> Status {
        const std::string entry_shown = fs::join_path(shown, entry.name);
        fs::XattrLosses lost;
        if (entry.kind == fs::Kind::file) {
            HOLT_TRY_LET(facts, read_stable_file_facts(fd.get(), entry.name, device->clock,
                                                       entry_shown, buffers));
            entry.mode = facts.stat.mode;
            entry.uid = facts.stat.uid;
            entry.gid = facts.stat.gid;
            entry.mtime = facts.stat.mtime;
            entry.size = facts.stat.size;
            entry.content = facts.content;
            entry.xattrs = std::move(facts.xattrs);
            lost = std::move(facts.lost);
        } else if (entry.kind == fs::Kind::folder) {
            HOLT_TRY_LET(sub, fs::open_subfolder(fd.get(), entry.name, entry_shown));
            HOLT_TRY_LET(xattrs, fs::read_xattrs(sub.get(), entry_shown, &lost));
            entry.xattrs = std::move(xattrs);
        } else {
            HOLT_TRY_LET(xattrs, fs::read_xattrs_at(fd.get(), entry.name, entry_shown, &lost));
            entry.xattrs = std::move(xattrs);
        }
        tell_lost(reporter_, lost, entry, entry_shown);
        return {};
    };
    tbb::parallel_for(std::size_t{0}, tree.size(), [&](std::size_t i) {
        if (first.stopped() || tree[i].left_out != LeftOut::no) return;
        Status completed = complete(tree[i]);
        if (completed || is_shortage(completed.error().sys_errno)) {
            first.keep(std::move(completed));
        } else {
            make_left_out(tree[i], why_left_out(completed.error()));
        }
    });
    HOLT_TRY(first.take());
    return tree;
}

}  // namespace holt::store
