// Looking at a destination before anything is written: staging.h.
#include <algorithm>
#include <cerrno>
#include <utility>

#include "fs/boundary.h"
#include "fs/file.h"
#include "fs/folder.h"
#include "fs/paths.h"
#include "fs/staging.h"
#include "fs/staging_name.h"
#include "fs/sys.h"

namespace holt::fs {
namespace {

constexpr const char* kOperation = "use destination";

// A path as the folder above and the name in it.
struct Split {
    std::string parent, name;
};

Split split(std::string_view path) {
    while (path.size() > 1 && path.back() == '/') path.remove_suffix(1);
    const std::size_t slash = path.rfind('/');
    if (slash == std::string_view::npos) return {.parent = ".", .name = std::string(path)};
    return {.parent = std::string(path.substr(0, std::max<std::size_t>(slash, 1))),
            .name = std::string(path.substr(slash + 1))};
}

Result<UniqueFd> open_parent(const std::string& parent, const std::string& shown) {
    auto fd = open_folder(parent);
    if (fd) return fd;
    switch (fd.error().kind == ErrorKind::not_found ? ENOENT : fd.error().sys_errno) {
        case ENOENT:
            return fail(ErrorKind::not_found, kOperation, shown,
                        "the folder '" + printable(parent) + "' above it is not there",
                        "create it first, or correct the path");
        case 0:
            return fail(ErrorKind::failed, kOperation, shown,
                        "'" + printable(parent) + "' above it is not a folder",
                        "give a path in a folder");
        default:
            return std::unexpected(std::move(fd).error());
    }
}

bool is_same(const FileStat& a, const FileStat& b) {
    return a.dev == b.dev && a.ino == b.ino;
}

// A folder that must stay the inode it is: renaming over a mount point is refused by the kernel,
// and renaming over the working directory would leave the user's shell in a deleted one.
Result<bool> must_keep_inode(int fd, int parent, const std::string& shown) {
    HOLT_TRY_LET(self, stat_fd(fd, shown));
    const int mounted = sys::is_mount_root(fd);
    if (mounted > 0) return true;
    if (mounted < 0) {  // an old kernel: another device at least tells most mounts
        HOLT_TRY_LET(above, stat_fd(parent, shown));
        if (above.dev != self.dev) return true;
    }
    const auto working = stat_path(".");
    return working && is_same(*working, self);
}

// Fills in the state of a destination that is a folder, open as `fd`.
Status look_inside(Destination& destination, int fd) {
    HOLT_TRY_LET(keep, must_keep_inode(fd, destination.parent.get(), destination.shown));
    destination.keep_inode = keep;
    bool empty = true;
    HOLT_TRY_LET(staging, list_names_if(fd, destination.shown, [&](std::string_view name) {
                     const bool is_staging = is_staging_name(name, destination.name);
                     empty = empty && is_staging;
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

Result<Destination> look(const std::string& path, const std::string& shown, Closed closed,
                         bool resolved) {
    Split parts = split(path);
    const bool dots = parts.name == "." || parts.name == "..";
    if (parts.name.empty())  // "/"
        return fail(ErrorKind::usage, kOperation, shown, "the root folder cannot be replaced",
                    "give the path of a new or empty folder");
    const auto resolve = [&]() -> Result<Destination> {
        HOLT_TRY_LET(target, open_folder(path));
        HOLT_TRY_LET(real, path_of(target.get(), shown));
        return look(real, shown, closed, true);
    };
    if (dots && !resolved) return resolve();
    HOLT_TRY(check_component(parts.name, shown));
    HOLT_TRY_LET(parent, open_parent(parts.parent, shown));
    Destination destination{.parent = std::move(parent),
                            .name = parts.name,
                            .shown = shown,
                            .parent_shown = parts.parent};
    const auto stat = stat_at(destination.parent.get(), parts.name, shown);
    if (!stat && stat.error().sys_errno == ENOENT) return destination;
    if (!stat) return std::unexpected(stat.error());
    if (stat->kind == Kind::symlink && !resolved) {
        auto target = resolve();
        if (target || target.error().kind != ErrorKind::not_found) return target;
        return fail(ErrorKind::failed, kOperation, shown, "it is a symlink that leads nowhere",
                    "remove the symlink, or give another path");
    }
    if (stat->kind != Kind::folder)
        return fail(ErrorKind::failed, kOperation, shown, "it is there and is not a folder",
                    "give the path of a new or empty folder");
    auto fd = open_subfolder(destination.parent.get(), parts.name, shown);
    // One that may be opened but not searched is as closed.
    const bool own = !is_root() && stat->uid == caller().uid;
    const bool refused = fd ? own && (stat->mode & 0100) == 0 : fd.error().sys_errno == EACCES;
    if (refused && closed == Closed::open_up)
        if (auto opened = open_closed(destination)) fd = std::move(opened);
    if (!fd) return std::unexpected(std::move(fd).error());
    HOLT_TRY(look_inside(destination, fd->get()));
    return destination;
}

}  // namespace

Result<Destination> look_at_destination(const std::string& path, Closed closed) {
    if (path.empty())
        return fail(ErrorKind::usage, kOperation, path, "the path is empty",
                    "give the path of a new or empty folder");
    return look(path, path, closed, false);
}

Result<Destination> look_at_new_destination(const std::string& path) {
    HOLT_TRY_LET(destination, look_at_destination(path));
    if (destination.state == DestinationState::folder && !destination.half_published)
        return fail(ErrorKind::failed, kOperation, path, "the folder is not empty",
                    "give an empty or new folder, or use --force");
    return destination;
}

}  // namespace holt::fs
