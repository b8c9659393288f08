// Removing what processes that died left behind in a folder of our own.
//
// Whether a file's process lives is asked of the kernel: a living one holds a lock (flock) on it,
// from before the file matters to after it does not (AtomicFile::create_locked, pins). Neither
// names, pids nor clocks decide. Thread rule: several threads and processes may sweep at once.
#pragma once

#include <cstddef>
#include <functional>
#include <string_view>

#include "base/error.h"

namespace holt::fs {

/// Unlinks the regular files in the folder that `is_ours` names and that nobody has locked; how
/// many. What may not be opened or removed is passed over: its own user's next sweep takes it.
Result<std::size_t> remove_unlocked_files(int folder, std::string_view shown,
                                          const std::function<bool(std::string_view)>& is_ours);

}  // namespace holt::fs
