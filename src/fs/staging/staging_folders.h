// Making, finding, waiting for and removing the folders that restores work in: what the parts of
// Staging share (staging.h).
//
// A lock (flock) on such a folder says that its process lives. Whoever finds one unlocked may
// remove it, but only under its lock and while it still has its name: a folder that was just made
// may be taken for a dead one before its maker has the lock, and the maker notices.
// Thread rule: pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/unique_fd.h"
#include "fs/lock.h"
#include "fs/staging/staging.h"
#include "fs/staging/staging_name.h"

namespace holt::fs {

/// A folder whose name and lock are ours.
struct LockedStaging {
    std::string name;
    FileLock lock;
};

/// Makes and locks one in `home`, with a name that no other has.
Result<LockedStaging> make_staging(int home, const Destination& destination,
                                   std::string_view mark = kPartialMark);
/// The same with first_staging_name(). Where another process has that, waits; then, or when the
/// time is over: `busy`.
Result<LockedStaging> make_first_staging(int home, const Destination& destination,
                                         const LockWait& wait);
/// Waits while another process restores to this destination by a staging folder in `home`. Then
/// what stands there is not what it was: `busy`, as when the time is over.
Status wait_for_others(int home, const Destination& destination, const LockWait& wait);
/// The error that says so.
std::unexpected<Error> changed_meanwhile(const Destination& destination);

/// A staging folder of this user, opened; nothing when it is gone, no folder, or somebody else's.
std::optional<UniqueFd> open_own(int home, const std::string& name, const std::string& shown);
/// Removes a staging folder through its own descriptor: whatever its name means by then, it is what
/// was locked that is emptied.
Status remove_locked(int home, const std::string& name, int fd, const std::string& shown);
/// Removes what processes that are dead left in `home`. What cannot be removed is added to `left`.
void sweep(int home, const Destination& destination, const std::string& shown,
           std::vector<Error>& left);
/// The same in a destination that is empty otherwise: what is mounted in what was left there keeps
/// it from being replaced, and is an error.
Status sweep_replaced(int folder, const Destination& destination, std::vector<Error>& left);
/// What is said about a folder that is no longer needed and cannot be removed.
Error cannot_remove(const std::string& shown, const Error& why);

}  // namespace holt::fs
