// Opening what is no file, to write into it: a FIFO, a terminal, a device. Thread rule: pure.
#pragma once

#include <string>

#include "base/error.h"
#include "base/unique_fd.h"
#include "fs/follow_path.h"

namespace holt::fs {

/// What a path was followed to. Makes nothing, and no terminal becomes the controlling one. Waits
/// for a FIFO's reader.
Result<UniqueFd> open_special(const PathEnd& place, const std::string& shown);

}  // namespace holt::fs
