#include "fs/staging.h"

#include <unistd.h>

#include <cerrno>
#include <optional>
#include <utility>

#include "fs/boundary.h"
#include "fs/file.h"
#include "fs/folder.h"
#include "fs/paths.h"
#include "fs/random_name.h"
#include "fs/remove_tree.h"
#include "fs/staging_name.h"
#include "fs/sys.h"
#include "fs/tree_writer.h"

namespace holt::fs {
namespace {

// A folder whose name and lock are ours.
struct Locked {
    std::string name;
    FileLock lock;
};

// Opens and locks a folder that was just made. Nothing when another process has it: one that
// removes stale ones may take the lock first, believing it dead.
Result<std::optional<FileLock>> open_and_lock(int home, const std::string& name,
                                              const std::string& shown) {
    auto fd = open_subfolder(home, name, shown);
    if (!fd && fd.error().sys_errno == ENOENT) return std::optional<FileLock>();
    if (!fd) return std::unexpected(std::move(fd).error());
    HOLT_TRY_LET(ours, stat_fd(fd->get(), shown));
    HOLT_TRY_LET(lock, FileLock::try_acquire_open(*std::move(fd), shown, LockMode::exclusive));
    const auto named = stat_at(home, name, shown);
    if (!lock || !named || named->dev != ours.dev || named->ino != ours.ino)
        return std::optional<FileLock>();
    return lock;
}

// Makes and locks a staging folder in `home`.
Result<Locked> make_locked_folder(int home, const Destination& destination) {
    for (int attempt = 1; attempt <= kNameAttempts; ++attempt) {
        const std::string_view mark = destination.half_published ? kMovingMark : kPartialMark;
        std::string name = staging_prefix(destination.name, mark) + random_hex(kStagingDigits);
        const std::string shown = join_path(destination.parent_shown, name);
        const Status made = make_folder(home, name, shown);
        if (!made && made.error().sys_errno == EEXIST) continue;
        HOLT_TRY(made);
        auto lock = open_and_lock(home, name, shown);
        if (lock && *lock) return Locked{std::move(name), **std::move(lock)};
        (void)sys::rmdirat(home, name.c_str());
        if (!lock) return std::unexpected(std::move(lock).error());
    }
    return fail(ErrorKind::busy, "create staging folder", destination.shown,
                "other processes keep removing it", "run it again");
}

// A default ACL of the parent would mark everything made in the tree.
void drop_inherited_acls(int fd) {
    (void)sys::fremovexattr(fd, "system.posix_acl_default");
    (void)sys::fremovexattr(fd, "system.posix_acl_access");
    (void)sys::fchmod(fd, 0700);
}

bool may_not_write(int err) noexcept {
    return err == EACCES || err == EPERM || err == EROFS;
}

Status move_child(int from, int to, const std::string& name, const std::string& shown) {
    return move_entry(from, name, to, name, IfThere::fail, shown);
}

// Removes a staging folder through its own descriptor: whatever its name means by then, it is what
// was locked that goes.
Status remove_locked(int parent, const std::string& name, int fd, const std::string& shown) {
    HOLT_TRY(remove_contents(fd, shown));
    HOLT_TRY(remove_folder(parent, name, shown));
    return {};
}

Result<bool> is_in_use(int parent, const std::string& name, const std::string& shown) {
    auto fd = open_subfolder(parent, name, shown);
    if (!fd) return false;  // gone, or of another user
    HOLT_TRY_LET(lock, FileLock::try_acquire_open(*std::move(fd), shown, LockMode::shared));
    return !lock;
}

Result<std::vector<std::string>> list_staging_names(int folder, const std::string& destination,
                                                    std::string_view shown) {
    return list_names_if(folder, shown,
                         [&](std::string_view name) { return is_staging_name(name, destination); });
}

// False when it is in use, or no staging folder of this user.
Result<bool> remove_if_stale(int parent, const std::string& name, const std::string& shown) {
    HOLT_TRY_LET(boundary, Boundary::around(parent, shown));
    auto opened = open_or_open_up(parent, name, boundary, shown);
    if (!opened && is_crossing(opened.error())) return std::unexpected(std::move(opened).error());
    if (!opened) return false;
    UniqueFd fd = std::move(opened->fd);
    HOLT_TRY_LET(stat, stat_fd(fd.get(), shown));
    // Another user may have made a folder of such a name. Root's may have been given away already.
    if (!is_root() && stat.uid != ::geteuid()) return false;
    HOLT_TRY_LET(lock, FileLock::try_acquire_open(std::move(fd), shown, LockMode::exclusive));
    if (!lock) return false;
    HOLT_TRY(remove_locked(parent, name, lock->fd(), shown));
    return true;
}

// Sweeps a destination that is empty otherwise. A mount in what was left there keeps it from being
// replaced.
Status sweep_inside(int folder, const Destination& destination) {
    const auto swept = remove_stale_staging(folder, destination.name, destination.shown);
    if (!swept && is_crossing(swept.error())) return std::unexpected(swept.error());
    return {};
}

}  // namespace

Result<std::size_t> remove_stale_staging(int parent, const std::string& name,
                                         std::string_view shown) {
    HOLT_TRY_LET(names, list_staging_names(parent, name, shown));
    std::size_t removed = 0;
    std::optional<Error> first;
    for (const std::string& candidate : names) {
        auto gone = remove_if_stale(parent, candidate, join_path(shown, candidate));
        if (gone) {
            removed += *gone ? 1 : 0;
        } else if (!first) {
            first = std::move(gone).error();
        }
    }
    if (first) return std::unexpected(*std::move(first));
    return removed;
}

Result<Staging> Staging::begin(Destination destination) {
    if (destination.state == DestinationState::folder)
        return fail(ErrorKind::failed, "use destination", destination.shown,
                    "the folder is not empty", "give an empty or new folder, or use --force");
    const int parent = destination.parent.get();
    Result<std::size_t> swept;
    UniqueFd inside;
    const auto go_inside = [&]() -> Status {
        HOLT_TRY_LET(fd, open_subfolder(parent, destination.name, destination.shown));
        inside = std::move(fd);
        // Two restores into one folder would mix: the other's staging folder is locked.
        HOLT_TRY(sweep_inside(inside.get(), destination));
        HOLT_TRY_LET(empty, is_empty_folder(inside.get(), destination.shown));
        if (empty) return {};
        return fail(ErrorKind::busy, "use destination", destination.shown,
                    "another process is restoring into it", "wait until it is done");
    };
    if (destination.keep_inode) {
        HOLT_TRY(go_inside());
    } else {
        // What cannot be removed is no reason not to go on: it is garbage, and somebody else's.
        swept = remove_stale_staging(parent, destination.name, destination.parent_shown);
        // One that was begun when the folder had to keep its inode lies inside.
        if (destination.state == DestinationState::empty_folder)
            if (const auto fd = open_subfolder(parent, destination.name, destination.shown))
                HOLT_TRY(sweep_inside(fd->get(), destination));
    }
    auto made = make_locked_folder(inside ? inside.get() : parent, destination);
    if (!made && !inside && destination.state == DestinationState::empty_folder &&
        may_not_write(made.error().sys_errno)) {
        HOLT_TRY(go_inside());
        made = make_locked_folder(inside.get(), destination);
    }
    if (!made) return std::unexpected(std::move(made).error());
    auto staging = make(std::move(destination), std::move(inside), std::move(made->name),
                        std::move(made->lock));
    if (staging && !swept) staging->not_swept_ = std::move(swept).error();
    return staging;
}

Result<Staging> Staging::begin_over(Destination destination) {
    HOLT_TRY_LET(inside,
                 open_subfolder(destination.parent.get(), destination.name, destination.shown));
    // First the new one, then the stale ones: the destination is marked all the while.
    auto made = make_locked_folder(inside.get(), destination);
    if (!made && made.error().sys_errno == EACCES) {
        // A folder that its own user may not write, as a restore may have left it.
        HOLT_TRY_LET(stat, stat_fd(inside.get(), destination.shown));
        if ((stat.mode & 0300) == 0300) return std::unexpected(std::move(made).error());
        const auto writable = static_cast<std::uint16_t>(stat.mode | 0700);
        if (!set_mode(inside.get(), writable, destination.shown))
            return std::unexpected(std::move(made).error());
        HOLT_TRY_LET(again, duplicate(inside.get(), destination.shown));
        destination.opened = OpenedUp(std::move(again), stat.mode);
        made = make_locked_folder(inside.get(), destination);
    }
    if (!made) return std::unexpected(std::move(made).error());
    HOLT_TRY_LET(staging, make(std::move(destination), std::move(inside), std::move(made->name),
                               std::move(made->lock)));
    const Destination& around = staging.destination();
    (void)remove_stale_staging(staging.home(), around.name, around.shown);
    // Two restores into one folder would mix.
    HOLT_TRY_LET(names, list_staging_names(staging.home(), around.name, around.shown));
    for (const std::string& name : names) {
        if (name == staging.name()) continue;
        HOLT_TRY_LET(in_use, is_in_use(staging.home(), name, around.shown));
        if (in_use)
            return fail(ErrorKind::busy, "use destination", around.shown,
                        "another process is restoring into it", "wait until it is done");
    }
    return staging;
}

Result<Staging> Staging::begin_in(int home, Destination destination) {
    HOLT_TRY_LET(made, make_locked_folder(home, destination));
    return make(std::move(destination), UniqueFd(), std::move(made.name), std::move(made.lock));
}

Result<Staging> Staging::make(Destination destination, UniqueFd inside, std::string name,
                              FileLock lock) {
    Staging staging(std::move(destination), std::move(inside), std::move(name),
                    std::move(lock));  // from here on its destructor cleans up
    drop_inherited_acls(staging.fd());
    HOLT_TRY_LET(owner, fs::new_owner(staging.fd(), staging.destination().shown));
    staging.owner_ = owner;
    return staging;
}

Staging::Staging(Destination destination, UniqueFd inside, std::string name, FileLock lock)
    : destination_(std::move(destination)),
      inside_(std::move(inside)),
      name_(std::move(name)),
      lock_(std::move(lock)),
      owner_pid_(::getpid()) {}

Staging::~Staging() {
    // Held: neither published nor moved from. In a forked child it is the parent's.
    if (owner_pid_ != ::getpid()) destination_.opened.keep();
    if (!lock_.held() || owner_pid_ != ::getpid()) return;
    if (stays_as_mark_) {
        (void)remove_contents(fd(), destination_.shown);
        return;
    }
    (void)remove_locked(home(), name_, fd(), join_path(destination_.parent_shown, name_));
}

void Staging::mark_incomplete() noexcept {
    stays_as_mark_ = true;
    destination_.opened.keep();
}

// The whole tree appears under its name in one system call.
Status Staging::replace_destination() {
    const int parent = destination_.parent.get();
    const std::string& to = destination_.name;
    if (destination_.state == DestinationState::empty_folder) {
        Status renamed = rename_replace(parent, name_, parent, to, destination_.shown);
        if (renamed ||
            (renamed.error().sys_errno != ENOTEMPTY && renamed.error().sys_errno != EEXIST))
            return renamed;
        return fail(ErrorKind::failed, "publish", destination_.shown,
                    "the folder was empty and is not any more",
                    "give an empty or new folder, and run it again");
    }
    const int r = sys::renameat2(parent, name_.c_str(), parent, to.c_str(), RENAME_NOREPLACE);
    if (r == 0) return {};
    if (r == -EEXIST)
        return fail(ErrorKind::failed, "publish", destination_.shown,
                    "something of that name appeared meanwhile",
                    "remove it, or give another path, and run it again");
    // A file system without RENAME_NOREPLACE: a plain rename of a folder replaces an empty folder
    // at most.
    if (r != -EINVAL && r != -ENOSYS) return fail_errno(-r, "publish", destination_.shown);
    return rename_replace(parent, name_, parent, to, destination_.shown);
}

// The staging folder that marks the destination goes, last of all. That changes the root's time,
// and needs the root to be writable: both are as they were afterwards.
Status Staging::remove_mark() {
    const std::string& shown = destination_.shown;
    HOLT_TRY_LET(root, stat_fd(home(), shown));
    int r = sys::rmdirat(home(), name_.c_str());
    if (r == -EACCES && (root.mode & 0300) != 0300) {
        HOLT_TRY(set_mode(home(), static_cast<std::uint16_t>(root.mode | 0700), shown));
        r = sys::rmdirat(home(), name_.c_str());
        HOLT_TRY(set_mode(home(), root.mode, shown));
    }
    if (r < 0) return fail_errno(-r, "remove staging folder", join_path(shown, name_));
    lock_.release();
    Status timed = set_mtime(home(), root.mtime, shown);
    if (!timed && timed.error().sys_errno == EPERM) return {};  // a folder that others own
    return timed;
}

// For a destination that keeps its inode: the content moves, then what the root shall be.
Status Staging::move_content_up() {
    const std::string& shown = destination_.shown;
    HOLT_TRY_LET(root, stat_fd(fd(), shown));
    HOLT_TRY_LET(xattrs, read_xattrs(fd(), shown));
    HOLT_TRY(set_mode(fd(), 0700, shown));
    std::string moving =
        staging_prefix(destination_.name, kMovingMark) + random_hex(kStagingDigits);
    HOLT_TRY(rename_no_replace(home(), name_, home(), moving, shown));
    name_ = std::move(moving);
    HOLT_TRY_LET(names, list_names(fd(), shown));
    for (std::size_t i = 0; i < names.size(); ++i) {
        Status moved = move_child(fd(), home(), names[i], join_path(shown, names[i]));
        if (moved) continue;
        while (i-- > 0)  // all or nothing, as far as it can be had
            if (!move_child(home(), fd(), names[i], join_path(shown, names[i])))
                stays_as_mark_ = true;
        return moved;
    }
    const Metadata metadata{.mode = root.mode,
                            .uid = root.uid,
                            .gid = root.gid,
                            .mtime = root.mtime,
                            .xattrs = std::move(xattrs)};
    mark_incomplete();
    auto applied = apply_metadata(home(), metadata, {.exact_xattrs = true}, shown);
    // A folder that others own, in which we may write: it stays as it is.
    if (!applied && applied.error().sys_errno != EPERM)
        return std::unexpected(std::move(applied).error());
    return remove_mark();
}

Status Staging::publish_over(Extras extras, Durability durability) {
    const bool durable = durability == Durability::synced;
    const std::string& shown = destination_.shown;
    if (durable) HOLT_TRY(sync());
    mark_incomplete();
    HOLT_TRY(merge_tree(fd(), home(), extras, name_, shown));
    HOLT_TRY(remove_mark());
    return durable ? sync_file_system(home(), shown) : Status{};
}

Status Staging::sync() {
    if (synced_) return {};
    HOLT_TRY(sync_file_system(fd(), destination_.shown));
    synced_ = true;
    return {};
}

Status Staging::finish_in_place(Durability durability) {
    const bool durable = durability == Durability::synced;
    const std::string& shown = destination_.shown;
    if (durable) HOLT_TRY(sync());
    HOLT_TRY(remove_contents(fd(), shown));
    HOLT_TRY(remove_mark());
    return durable ? sync_file_system(home(), shown) : Status{};
}

Status Staging::publish(Durability durability) {
    const bool durable = durability == Durability::synced;
    if (durable) HOLT_TRY(sync());
    HOLT_TRY(inside_ ? move_content_up() : replace_destination());
    lock_.release();
    if (durable) HOLT_TRY(sync_folder(home(), destination_.parent_shown));
    return {};
}

}  // namespace holt::fs
