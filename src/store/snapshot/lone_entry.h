// `snapshot FILE`: one file, symlink or FIFO as a tree. A snapshot's root is a folder, so one is
// made up with just this in it, under its own name: mode 0755, owner and time of the entry, so that
// the folder that it happens to lie in says nothing. Thread rule: a pure function.
#pragma once

#include <optional>
#include <string>

#include "base/error.h"
#include "fs/walk/walk.h"

namespace holt::store {

struct LoneEntry {
    std::string path;     ///< absolute
    fs::WalkFolder root;  ///< as a walk gives it
};

/// Nothing when `path` is a folder, or there is nothing. A symlink is itself. What no snapshot can
/// have is refused (usage), and so is a file that cannot be read: there would be nothing to keep.
Result<std::optional<LoneEntry>> find_lone_entry(const std::string& path);

}  // namespace holt::store
