// What this process takes away from the modes of files that it makes. Thread rule: pure; a small
// file of /proc is read at each call, since umask(2) can tell it only by changing it for all
// threads.
#pragma once

#include <cstdint>

namespace holt::fs {

/// 022 where the kernel does not tell it.
std::uint16_t look_at_umask() noexcept;

}  // namespace holt::fs
