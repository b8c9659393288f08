// Opening what is no file, to write into it: a FIFO, a terminal, a device. Thread rule: pure.
#pragma once

#include <string>

#include "base/error.h"
#include "base/unique_fd.h"

namespace holt::fs {

/// Follows symlinks; makes nothing, and no terminal becomes the controlling one. Waits for a FIFO's
/// reader.
Result<UniqueFd> open_special(const std::string& path);

}  // namespace holt::fs
