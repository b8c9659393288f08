// Who holds locks on ranges of a file. They belong to open files, so the kernel's table of locks
// has no process for them; but what it says of each process' open files has their locks.
// Thread rule: pure functions.
#pragma once

#include <string>
#include <vector>

namespace holt::fs {

/// "pid 4711 (holt verify)" of each process that holds such a lock on this open file, as far as
/// /proc tells: nothing without it, and nothing of other users' processes for an ordinary user.
std::vector<std::string> range_lock_holders(int fd);

}  // namespace holt::fs
