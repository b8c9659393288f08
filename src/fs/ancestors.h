// The folders above an open folder, by "..": what it is in, and what it is called there, without
// believing any path. Works without /proc. Thread rule: pure functions.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/unique_fd.h"
#include "fs/stat.h"

namespace holt::fs {

/// The folder above (O_PATH), or nothing when `fd` is the root folder. not_found when `fd` was
/// removed.
Result<std::optional<UniqueFd>> open_above(int fd, const FileStat& self, std::string_view shown);
/// What the folder `fd` is called in `parent`. not_found when it has no name there.
Result<std::string> name_in(int parent, int fd, const FileStat& self, std::string_view shown);

/// Calls `visit` for the folder itself and each one above it, with its descriptor (O_PATH), until
/// it returns false or the root folder was visited.
Status visit_upwards(int fd, std::string_view shown,
                     const std::function<Result<bool>(int fd, const FileStat& stat)>& visit);

/// The absolute path of a folder, found by going up. not_found when it was removed.
Result<std::string> climb(int fd, std::string_view shown);

}  // namespace holt::fs
