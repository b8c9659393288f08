// File systems whose locks may not hold between those who use them: on another machine's disk, or
// served by a program. Thread rule: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/unique_fd.h"

namespace holt::fs {

/// "NFS", "FUSE", ... when `fd` lies on such a file system; nothing on any other.
Result<std::optional<std::string_view>> network_file_system(int fd, std::string_view shown);
/// The same by the type that statfs(2) gives.
std::optional<std::string_view> network_file_system(std::uint32_t type) noexcept;

/// The mount point of an overlay that has the open folder `fd`, or a folder above it, or one that
/// lies in it, as a lower layer. Nothing when there is none that this process can see.
Result<std::optional<std::string>> overlay_above(int fd, std::string_view shown);

/// The lower layers in an overlay's mount options, as they stand in /proc/self/mountinfo.
std::vector<std::string> lower_layers(std::string_view options);

}  // namespace holt::fs
