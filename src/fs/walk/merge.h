// Moves a finished tree over a folder that exists: `restore --force`.
//
// Every file of the new tree is an inode of its own that is renamed over the old name; no existing
// inode is written or truncated, since it may be a hard link into somewhere else. A folder that
// stands on both sides is merged; whatever else stands in the way of a new name is removed. Then,
// if asked, what the new tree does not have is removed, and last the merged folders get the new
// tree's modes, owners and times. No step crosses a mount (boundary.h); folders that their user may
// not enter are opened up. An interrupted merge is finished by doing it again. Thread rule:
// one thread; nobody else may change either tree meanwhile.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"

namespace holt::fs {

enum class Extras : std::uint8_t {
    keep,   ///< what the new tree does not have stays
    remove  ///< it is removed, last of all
};

/// Moves everything in the folder `from` into the folder `to`, on the same file system. `from` is
/// empty afterwards. `except` is a name in `to` that is left alone (the staging folder itself).
Status merge_tree(int from, int to, Extras extras, const std::string& except,
                  std::string_view shown);

}  // namespace holt::fs
