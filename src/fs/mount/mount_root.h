// Whether a folder is where a file system begins. Thread rule: pure.
#pragma once

#include <string_view>

#include "base/error.h"

namespace holt::fs {

/// True for the root of a mount, and for a btrfs subvolume, which has a device number of its own
/// but need not be mounted.
Result<bool> is_mount_or_subvolume(int folder, std::string_view shown);

}  // namespace holt::fs
