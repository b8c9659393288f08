// openat2 for callers that have another way where it cannot be had. Thread rule: pure functions.
#pragma once

#include <cstdint>

namespace holt::fs {

/// The flags with which every folder of a tree is opened: no symlink in the last place.
extern const int kFolderFlags;

/// A descriptor, or -errno as openat2(2) gives it; `resolve` takes RESOLVE_*. -ENOSYS where the
/// kernel does not know the call, or a filter refuses it, or renames race with it for too long.
int open_resolved(int dir, const char* path, int flags, std::uint64_t resolve);

}  // namespace holt::fs
