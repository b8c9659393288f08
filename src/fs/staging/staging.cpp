#include "fs/staging/staging.h"

#include <unistd.h>

#include <cerrno>
#include <optional>
#include <utility>

#include "fs/boundary.h"
#include "fs/file.h"
#include "fs/folder.h"
#include "fs/paths.h"
#include "fs/random_name.h"
#include "fs/staging/staging_folders.h"
#include "fs/staging/staging_name.h"
#include "fs/staging/tree_writer.h"
#include "fs/sys.h"
#include "fs/walk/lost_found.h"
#include "fs/walk/remove_tree.h"

namespace holt::fs {
namespace {

// A default ACL of the parent would mark everything made in the tree.
void drop_inherited_acls(int fd) {
    (void)sys::fremovexattr(fd, "system.posix_acl_default");
    (void)sys::fremovexattr(fd, "system.posix_acl_access");
    (void)sys::fchmod(fd, 0700);
}

constexpr const char* kAppeared = "something of that name appeared meanwhile";

bool is_taken(const Error& error) noexcept {
    return error.sys_errno == EEXIST || error.sys_errno == ENOTEMPTY;
}

bool may_not_write(int err) noexcept {
    return err == EACCES || err == EPERM || err == EROFS;
}

// True when there is nothing in a folder but what does not count.
Result<bool> is_vacant(int folder, const Destination& destination) {
    bool vacant = true;
    HOLT_TRY(list_names_if(folder, destination.shown, [&](std::string_view name) {
        vacant =
            vacant && (is_staging_name(name, destination.name) || is_lost_and_found(folder, name));
        return false;
    }));
    return vacant;
}

Status move_child(int from, int to, const std::string& name, const std::string& shown) {
    return move_entry(from, name, to, name, IfThere::fail, shown);
}

}  // namespace

std::vector<Error> sweep_beside(const Destination& destination) {
    std::vector<Error> left;
    sweep(destination.parent.get(), destination, destination.parent_shown, left);
    return left;
}

Result<Staging> Staging::begin(Destination destination, const LockWait& wait) {
    if (destination.state == DestinationState::folder)
        return fail(ErrorKind::failed, "use destination", destination.shown,
                    "the folder is not empty", Advice::allow_overwrite);
    const int parent = destination.parent.get();
    std::vector<Error> left = sweep_beside(destination);
    HOLT_TRY(wait_for_others(parent, destination, wait));
    UniqueFd inside;
    std::optional<FileStat> before;
    if (destination.state == DestinationState::empty_folder) {
        HOLT_TRY_LET(fd, open_subfolder(parent, destination.name, destination.shown));
        HOLT_TRY_LET(stat, stat_fd(fd.get(), destination.shown));
        HOLT_TRY(sweep_replaced(fd.get(), destination, left));
        HOLT_TRY(wait_for_others(fd.get(), destination, wait));
        inside = std::move(fd);
        before = stat;
    }
    int home = destination.keep_inode ? inside.get() : parent;
    auto made = make_first_staging(home, destination, wait);
    if (!made && home == parent && inside && may_not_write(made.error().sys_errno)) {
        home = inside.get();
        made = make_first_staging(home, destination, wait);
    }
    if (!made) return std::unexpected(std::move(made).error());
    UniqueFd kept = home == parent ? UniqueFd() : std::move(inside);
    HOLT_TRY_LET(staging, make(std::move(destination), std::move(kept), std::move(made->name),
                               std::move(made->lock)));
    HOLT_TRY(staging.check_free(inside ? inside.get() : staging.inside_.get()));
    if (staging.inside_) staging.remember_root(*before);
    staging.left_behind_ = std::move(left);
    return staging;
}

Result<Staging> Staging::begin_over(Destination destination) {
    const std::string shown = destination.shown;
    HOLT_TRY_LET(inside, open_subfolder(destination.parent.get(), destination.name, shown));
    HOLT_TRY_LET(before, stat_fd(inside.get(), shown));
    HOLT_TRY_LET(marks, list_names_if(inside.get(), shown, [&](std::string_view name) {
                     return is_tree_name(name, destination.name);
                 }));
    const std::string_view mark = destination.half_published ? kMovingMark : kPartialMark;
    // First the new one, then the stale ones: the destination is marked all the while.
    auto made = make_staging(inside.get(), destination, mark);
    if (!made && made.error().sys_errno == EACCES) {
        // A folder that its own user may not write, as a restore may have left it.
        if ((before.mode & 0300) == 0300) return std::unexpected(std::move(made).error());
        const auto writable = static_cast<std::uint16_t>(before.mode | 0700);
        if (!set_mode(inside.get(), writable, shown))
            return std::unexpected(std::move(made).error());
        HOLT_TRY_LET(again, duplicate(inside.get(), shown));
        destination.opened = OpenedUp(std::move(again), before.mode);
        made = make_staging(inside.get(), destination, mark);
    }
    if (!made) return std::unexpected(std::move(made).error());
    HOLT_TRY_LET(staging, make(std::move(destination), std::move(inside), std::move(made->name),
                               std::move(made->lock)));
    // What an earlier run left half done stays marked, whatever becomes of this one.
    staging.stays_as_mark_ = !marks.empty();
    sweep(staging.home(), staging.destination(), shown, staging.left_behind_);
    staging.remember_root(before);
    if (Status alone = staging.check_alone(); !alone) {
        staging.stays_as_mark_ = false;  // the other's is the mark
        return std::unexpected(std::move(alone).error());
    }
    return staging;
}

// Between the look at the destination and our lock another restore may have come to its end.
Status Staging::check_free(int empty_folder) const {
    const auto named = stat_at(destination_.parent.get(), destination_.name, destination_.shown);
    if (!named && named.error().sys_errno != ENOENT) return std::unexpected(named.error());
    if (destination_.state == DestinationState::absent)
        return named && !destination_.replaces_entry ? changed_meanwhile(destination_) : Status{};
    HOLT_TRY_LET(ours, stat_fd(empty_folder, destination_.shown));
    HOLT_TRY_LET(vacant, is_vacant(empty_folder, destination_));
    const bool same = named && named->dev == ours.dev && named->ino == ours.ino;
    return same && vacant ? Status{} : changed_meanwhile(destination_);
}

// Two restores into one folder would mix.
Status Staging::check_alone() const {
    HOLT_TRY_LET(names, list_names_if(home(), destination_.shown, [&](std::string_view name) {
                     return is_tree_name(name, destination_.name) && name != name_;
                 }));
    for (const std::string& name : names) {
        auto other = open_own(home(), name, destination_.shown);
        if (!other) continue;
        HOLT_TRY_LET(lock, FileLock::try_acquire_open(*std::move(other), destination_.shown,
                                                      LockMode::shared));
        if (!lock) return changed_meanwhile(destination_);
    }
    return {};
}

Result<Staging> Staging::begin_private(Destination destination) {
    (void)sweep_beside(destination);  // the restore itself will tell
    const std::string shown = destination.shown;
    const int parent = destination.parent.get();
    UniqueFd inside;
    std::optional<FileStat> before;
    Result<LockedStaging> made = fail_errno(EACCES, "create staging folder", shown);
    if (!destination.keep_inode) made = make_staging(parent, destination, kSourceMark);
    const bool is_there = destination.state != DestinationState::absent;
    if (!made && is_there && may_not_write(made.error().sys_errno)) {
        HOLT_TRY_LET(fd, open_subfolder(parent, destination.name, shown));
        HOLT_TRY_LET(stat, stat_fd(fd.get(), shown));
        made = make_staging(fd.get(), destination, kSourceMark);
        inside = std::move(fd);
        before = stat;
    }
    if (!made) return std::unexpected(std::move(made).error());
    HOLT_TRY_LET(staging, make(std::move(destination), std::move(inside), std::move(made->name),
                               std::move(made->lock)));
    if (before) staging.remember_root(*before);
    return staging;
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
    const auto now = stat_fd(home(), destination_.shown);
    (void)remove_locked(home(), name_, fd(), join_path(destination_.parent_shown, name_));
    if (root_before_ && now) forget_visit(*now);
}

void Staging::mark_incomplete() noexcept {
    stays_as_mark_ = true;
    destination_.opened.keep();
}

void Staging::remember_root(const FileStat& before) {
    const auto made = stat_fd(home(), destination_.shown);
    if (!made) return;
    root_before_ = before;
    root_made_ = *made;
}

// The folder around the staging folder looks as if that had never been there. What others set
// meanwhile stays.
void Staging::forget_visit(const FileStat& now) {
    const std::string& shown = destination_.shown;
    if (now.mode != root_made_.mode) destination_.opened.keep();
    (void)set_mtime(home(), now.mtime == root_made_.mtime ? root_before_->mtime : now.mtime, shown);
}

void Staging::leave_behind(const std::string& name, const Error& why) {
    const std::string& folder = inside_ ? destination_.shown : destination_.parent_shown;
    left_behind_.push_back(cannot_remove(join_path(folder, name), why));
}

// Another restore, most likely: one of another user, whose staging folder this one may not open to
// wait for its lock.
std::unexpected<Error> Staging::somebody_was_faster(const char* cause) const {
    return fail(ErrorKind::busy, "publish", destination_.shown, cause,
                "run it again; if it is nothing that a restore has made, remove it first, or give "
                "another path");
}

// The whole tree appears under its name in one system call.
Status Staging::replace_destination() {
    const int parent = destination_.parent.get();
    const std::string& to = destination_.name;
    const auto over_empty = [&](const char* cause) -> Status {
        Status renamed = rename_replace(parent, name_, parent, to, destination_.shown);
        if (renamed || !is_taken(renamed.error())) return renamed;
        return somebody_was_faster(cause);
    };
    if (destination_.state == DestinationState::empty_folder)
        return over_empty("the folder was empty and is not any more");
    const int r = sys::renameat2(parent, name_.c_str(), parent, to.c_str(), RENAME_NOREPLACE);
    if (r == 0) return {};
    if (r == -EEXIST) return somebody_was_faster(kAppeared);
    // A file system without RENAME_NOREPLACE: a plain rename of a folder replaces an empty folder
    // at most.
    if (r != -EINVAL && r != -ENOSYS) return fail_errno(-r, "publish", destination_.shown);
    return over_empty(kAppeared);
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
    // What the file system keeps at its root takes the content of a folder of that name.
    const bool merges = std::erase_if(names, [&](const std::string& name) {
                            return is_lost_and_found(home(), name);
                        }) > 0;
    for (std::size_t i = 0; i < names.size(); ++i) {
        Status moved = move_child(fd(), home(), names[i], join_path(shown, names[i]));
        if (moved) continue;
        if (is_taken(moved.error())) moved = somebody_was_faster(kAppeared);
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
    if (merges) HOLT_TRY(merge_tree(fd(), home(), Extras::keep, name_, shown));
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
    if (const Status emptied = remove_contents(fd(), shown); emptied) {
        HOLT_TRY(remove_mark());
    } else {
        leave_behind(name_, emptied.error());
    }
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
