// The folder "lost+found" that a file system of the ext family keeps at its root for its repair
// program. It is no part of what a user put there: a new file system counts as empty with it, and
// it is not removed or reported as extra. Thread rule: pure.
#pragma once

#include <string_view>

namespace holt::fs {

/// True when `name` in the open folder `folder` is that folder: of this name, at the root of a
/// mount, root's, and closed to others.
bool is_lost_and_found(int folder, std::string_view name);

}  // namespace holt::fs
