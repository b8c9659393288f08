// Looking at a destination before anything is written: staging.h.
#include <algorithm>
#include <cerrno>
#include <utility>

#include "fs/boundary.h"
#include "fs/file.h"
#include "fs/folder.h"
#include "fs/follow_path.h"
#include "fs/mount/mount_root.h"
#include "fs/staging/staging.h"
#include "fs/staging/staging_name.h"
#include "fs/walk/lost_found.h"

namespace holt::fs {
namespace {

constexpr const char* kOperation = "use destination";

// A folder that must stay the inode it is: renaming over a mount point is refused by the kernel,
// over a btrfs subvolume it would make a plain folder of it, and over the working directory it
// would leave the user's shell in a deleted one.
Result<bool> must_keep_inode(int fd, const std::string& shown) {
    HOLT_TRY_LET(begins, is_mount_or_subvolume(fd, shown));
    if (begins) return true;
    HOLT_TRY_LET(self, stat_fd(fd, shown));
    const auto working = stat_path(".");
    return working && working->dev == self.dev && working->ino == self.ino;
}

// Fills in the state of a destination that is a folder, open as `fd`.
Status look_inside(Destination& destination, int fd) {
    HOLT_TRY_LET(keep, must_keep_inode(fd, destination.shown));
    destination.keep_inode = keep;
    bool empty = true;
    HOLT_TRY_LET(staging, list_names_if(fd, destination.shown, [&](std::string_view name) {
                     const bool is_staging = is_staging_name(name, destination.name);
                     empty = empty && (is_staging || is_lost_and_found(fd, name));
                     return is_staging;
                 }));
    destination.state = empty ? DestinationState::empty_folder : DestinationState::folder;
    destination.half_published =
        !empty && std::ranges::any_of(staging, [&](const std::string& name) {
            return is_staging_name(name, destination.name, kMovingMark);
        });
    return {};
}

Result<UniqueFd> open_closed(Destination& destination) {
    HOLT_TRY_LET(parent, Boundary::around(destination.parent.get(), destination.shown));
    HOLT_TRY_LET(up,
                 open_up(destination.parent.get(), destination.name, parent, destination.shown));
    HOLT_TRY_LET(again, duplicate(up.fd.get(), destination.shown));
    destination.opened = OpenedUp(std::move(again), up.place.mode);
    return std::move(up.fd);
}

// Opens a destination that is a folder.
Result<UniqueFd> open_there(Destination& destination, const FileStat& stat, Closed closed) {
    auto fd = open_subfolder(destination.parent.get(), destination.name, destination.shown);
    // One that may be opened but not searched is as closed.
    const bool own = !is_root() && stat.uid == caller().uid;
    const bool refused = fd ? own && (stat.mode & 0100) == 0 : fd.error().sys_errno == EACCES;
    if (refused && closed == Closed::open_up)
        if (auto opened = open_closed(destination)) return opened;
    return fd;
}

// A folder that was removed takes no new names; those who are in it do not see that.
Status refuse_removed(int parent, const std::string& shown) {
    HOLT_TRY_LET(stat, stat_fd(parent, shown));
    if (stat.nlink > 0) return {};
    return fail_missing(kOperation, shown, "the folder above it was removed",
                        "change to a folder that is there, or give another path");
}

Result<PathEnd> find_end(const std::string& path) {
    auto end = follow_path(path, FollowLinks::trusted);
    if (!end) end.error().operation = kOperation;
    return end;
}

}  // namespace

Result<Destination> look_at_destination(const std::string& path, Closed closed) {
    if (path.empty())
        return fail(ErrorKind::usage, kOperation, path, "the path is empty",
                    "give the path of a new or empty folder");
    HOLT_TRY_LET(end, find_end(path));
    if (end.name.empty())
        return fail(ErrorKind::usage, kOperation, path, "the root folder cannot be replaced",
                    "give the path of a new or empty folder");
    HOLT_TRY(check_component(end.name, path));
    Destination destination{.parent = std::move(end.folder),
                            .name = std::move(end.name),
                            .shown = path,
                            .parent_shown = std::move(end.folder_shown)};
    const int parent = destination.parent.get();
    if (!end.stat && end.through_link)
        return fail(ErrorKind::failed, kOperation, path, "it is a symlink that leads nowhere",
                    "remove the symlink, or give another path");
    if (!end.stat) {
        HOLT_TRY(refuse_removed(parent, path));
        return destination;
    }
    if (end.stat->kind != Kind::folder)
        return fail(ErrorKind::failed, kOperation, path, "it is there and is not a folder",
                    "give the path of a new or empty folder");
    HOLT_TRY_LET(fd, open_there(destination, *end.stat, closed));
    HOLT_TRY(look_inside(destination, fd.get()));
    return destination;
}

Result<Destination> look_at_new_destination(const std::string& path) {
    HOLT_TRY_LET(destination, look_at_destination(path));
    if (destination.state == DestinationState::folder && !destination.half_published)
        return fail(ErrorKind::failed, kOperation, path, "the folder is not empty",
                    Advice::allow_overwrite);
    return destination;
}

}  // namespace holt::fs
