#include "store/tree_view.h"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <utility>

#include "base/cancel.h"
#include "codec/blake3/blake3.h"
#include "fs/buffer_pool.h"
#include "fs/file.h"
#include "fs/folder.h"
#include "fs/metadata.h"
#include "store/left_out.h"

namespace holt::store {
namespace {

// Digest and attributes of one file.
Status read_file_facts(int folder_fd, TreeEntry& entry, const std::string& shown,
                       fs::BufferPool& buffers) {
    HOLT_TRY_LET(fd, fs::open_read(folder_fd, entry.name, shown));
    HOLT_TRY_LET(xattrs, fs::read_xattrs(fd.get(), shown));
    entry.xattrs = std::move(xattrs);
    const fs::BufferPool::Lease buffer = buffers.lease();
    blake3::Hasher hasher;
    std::uint64_t size = 0;
    for (;;) {
        HOLT_TRY_LET(got, fs::read_full(fd.get(), buffer.bytes(), shown));
        hasher.update(buffer.bytes().first(got));
        size += got;
        if (got < buffer.size()) break;
    }
    entry.size = size;
    entry.content = hasher.digest();
    return {};
}

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

Result<std::unique_ptr<FolderOnDisk>> FolderOnDisk::open(const std::string& path) {
    auto view = std::make_unique<FolderOnDisk>();
    HOLT_TRY_LET(fd, fs::open_folder(path));
    HOLT_TRY_LET(stat, fs::stat_fd(fd.get(), path));
    HOLT_TRY_LET(xattrs, fs::read_xattrs(fd.get(), path));
    view->fd_ = std::move(fd);
    view->shown_ = path;
    view->root_ = {.name = "",
                   .kind = fs::Kind::folder,
                   .mode = stat.mode,
                   .uid = stat.uid,
                   .gid = stat.gid,
                   .mtime = stat.mtime,
                   .xattrs = std::move(xattrs)};
    return view;
}

Result<Tree> FolderOnDisk::list(const TreeEntry&, const std::string& path) {
    const std::string shown = fs::join_path(shown_, path);
    HOLT_TRY_LET(fd, fs::open_beneath(fd_.get(), path, shown));
    HOLT_TRY_LET(listing, fs::list_folder(fd.get(), shown));
    Tree tree;
    for (const fs::DirEntry& listed : listing.entries) {
        if (listed.stat.kind > fs::Kind::fifo) continue;  // sockets and devices are in no snapshot
        tree.push_back(entry_on_disk(listed));
        if (listed.stat.kind == fs::Kind::file && listed.stat.nlink > 1) {
            const auto [first, is_first] = first_names_.emplace(
                Inode{listed.stat.dev, listed.stat.ino}, fs::join_path(path, listed.name));
            if (!is_first) tree.back().hard_link_to = first->second;
        }
    }
    for (const fs::EntryError& bad : listing.errors) {
        if (is_shortage(bad.error.sys_errno) || !fs::is_component(bad.name))
            return std::unexpected(bad.error);
        make_left_out(tree.emplace_back(TreeEntry{.name = bad.name}), LeftOut::unseen);
    }
    std::ranges::sort(tree, {}, &TreeEntry::name);
    FirstError first;
    fs::BufferPool buffers;
    const auto complete = [&](TreeEntry& entry) -> Status {
        const std::string entry_shown = fs::join_path(shown, entry.name);
        if (entry.kind == fs::Kind::file) {
            return read_file_facts(fd.get(), entry, entry_shown, buffers);
        }
        if (entry.kind == fs::Kind::folder) {
            HOLT_TRY_LET(sub, fs::open_subfolder(fd.get(), entry.name, entry_shown));
            HOLT_TRY_LET(xattrs, fs::read_xattrs(sub.get(), entry_shown));
            entry.xattrs = std::move(xattrs);
        }
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
