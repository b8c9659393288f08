// How many descriptors one part of the program may keep open. Thread rule: pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

namespace holt::fs {

/// `wanted`, or the given share of this process' limit (`ulimit -n`) where that is less; at least
/// 4. Parts that work at the same time must leave some over: the walk of a snapshot takes 1/3; a
/// restore's folders 1/4, its packs 1/8, the pool's folders 1/4 and its files 1/4.
std::size_t open_limit(std::size_t wanted, double share) noexcept;

/// The limits of this process on files; the largest number where there is none.
struct FileLimits {
    std::uint64_t open = std::numeric_limits<std::uint64_t>::max();
    std::uint64_t size = std::numeric_limits<std::uint64_t>::max();  ///< bytes of one file
};
FileLimits look_at_file_limits() noexcept;

}  // namespace holt::fs
