// Replacing a folder that exists by a whole new tree: `restore --atomic`.
//
// The new tree lies beside the old one, complete and synced. One exchange of the two names puts it
// in place; then what has the staging name is the old tree, and goes. Where names cannot be
// exchanged there are two renames, and the journal of them is the new tree's own name,
// ".NAME.holt-ready-XXXXXXXX": whoever finds it while nothing is called NAME finishes the second.
#include <cerrno>
#include <utility>

#include "fs/boundary.h"
#include "fs/file.h"
#include "fs/folder.h"
#include "fs/mount/mounts.h"
#include "fs/paths.h"
#include "fs/random_name.h"
#include "fs/staging/staging.h"
#include "fs/staging/staging_folders.h"
#include "fs/staging/staging_name.h"
#include "fs/staging/tree_writer.h"
#include "fs/walk/remove_tree.h"

namespace holt::fs {
namespace {

bool cannot_exchange(int err) noexcept {
    return err == EINVAL || err == ENOSYS || err == EOPNOTSUPP;
}

}  // namespace

Result<bool> finish_replacement(const Destination& destination) {
    if (destination.state != DestinationState::absent) return false;
    const int parent = destination.parent.get();
    HOLT_TRY_LET(names, list_names_if(parent, destination.parent_shown, [&](std::string_view name) {
                     return is_staging_name(name, destination.name, kReadyMark);
                 }));
    for (const std::string& name : names) {
        // One that is being published right now is its process's own business.
        auto fd = open_subfolder(parent, name, name);
        if (!fd) continue;
        HOLT_TRY_LET(lock, FileLock::try_acquire_open(*std::move(fd), name, LockMode::exclusive));
        if (!lock) continue;
        HOLT_TRY(rename_no_replace(parent, name, parent, destination.name, destination.shown));
        HOLT_TRY(sync_folder(parent, destination.parent_shown));
        return true;
    }
    return false;
}

Result<Staging> Staging::begin_beside(Destination destination) {
    if (destination.keep_inode)
        return fail(ErrorKind::failed, "replace folder", destination.shown,
                    "it is a mount point, a subvolume or the working folder",
                    Advice::without_atomic);
    const int parent = destination.parent.get();
    std::vector<Error> left = sweep_beside(destination);
    HOLT_TRY_LET(made, make_staging(parent, destination));
    HOLT_TRY_LET(staging, make(std::move(destination), UniqueFd(), std::move(made.name),
                               std::move(made.lock)));
    staging.left_behind_ = std::move(left);
    HOLT_TRY(staging.check_replaceable());
    return staging;
}

// Whether the old folder can be renamed at all is tried before the new one is built: to the name of
// a folder that is not empty, so that it must fail, but for the right reason. An overlay refuses to
// move a folder of its lower layer (EXDEV), by an exchange as by two renames.
Status Staging::check_replaceable() {
    constexpr const char* kProbe = "probe";
    const int parent = destination_.parent.get();
    const std::string& shown = destination_.shown;
    HOLT_TRY(make_folder(fd(), kProbe, shown));
    const Status moved = rename_replace(parent, destination_.name, parent, name_, shown);
    HOLT_TRY(remove_folder(fd(), kProbe, shown));
    const int err = moved ? 0 : moved.error().sys_errno;
    if (err == ENOTEMPTY || err == EEXIST) return {};
    if (err != EXDEV || is_crossing(moved.error())) return moved;
    return fail(ErrorKind::failed, "replace folder", shown,
                "this file system cannot rename it: a folder of a lower layer of an overlay",
                Advice::without_atomic_or_new);
}

Status Staging::publish_replacing() {
    const int parent = destination_.parent.get();
    const std::string& shown = destination_.shown;
    // What is mounted in the old tree would go with it.
    HOLT_TRY_LET(old, open_subfolder(parent, destination_.name, shown));
    HOLT_TRY(refuse_mounts_below(old.get(), shown));
    HOLT_TRY(sync());
    const Status swapped = rename_exchange(parent, name_, parent, destination_.name, shown);
    if (!swapped && !cannot_exchange(swapped.error().sys_errno)) return swapped;
    if (!swapped) HOLT_TRY(replace_by_two_renames());
    lock_.release();
    HOLT_TRY(sync_folder(parent, destination_.parent_shown));
    // The new tree is in place whatever becomes of the old one.
    const Status removed = remove_tree(parent, name_, join_path(destination_.parent_shown, name_));
    if (!removed) leave_behind(name_, removed.error());
    return {};
}

// Afterwards `name_` is the old tree's, as after an exchange.
Status Staging::replace_by_two_renames() {
    const int parent = destination_.parent.get();
    const std::string& shown = destination_.shown;
    const std::string digits = name_.substr(name_.size() - kStagingDigits);
    const std::string ready = staging_prefix(destination_.name, kReadyMark) + digits;
    const std::string partial = name_;
    HOLT_TRY(rename_no_replace(parent, name_, parent, ready, shown));
    name_ = ready;
    HOLT_TRY(sync_folder(parent, destination_.parent_shown));
    HOLT_TRY(rename_no_replace(parent, destination_.name, parent, partial, shown));
    const Status placed = rename_no_replace(parent, ready, parent, destination_.name, shown);
    if (!placed) {
        // Back to where it was; else the next run goes on from here.
        if (!rename_no_replace(parent, partial, parent, destination_.name, shown)) lock_.release();
        return placed;
    }
    name_ = partial;
    return {};
}

}  // namespace holt::fs
