// Waiting for input without becoming deaf to the caller's wish to stop: a read from a pipe or a
// terminal blocks for as long as nobody writes. Thread rule: pure functions.
#pragma once

#include <holt/cancel.hpp>

namespace holt::fs {

/// Returns when a read from `fd` would not block, or when `cancel` was requested (looked at five
/// times a second). Regular files never block.
void wait_readable(int fd, const Cancel* cancel) noexcept;

}  // namespace holt::fs
