// How much of some bytes counts against the limits on growth: zeros do not, as holes do not. What
// compresses to nothing is then stored as nothing. Thread rule: a pure function.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/bytes.h"

namespace holt::store {

/// The bytes of those blocks of 4 KiB that are not all zeros.
inline std::uint64_t bytes_not_zero(ByteView bytes) noexcept {
    constexpr std::size_t kBlock = 4096;
    std::uint64_t count = 0;
    while (!bytes.empty()) {
        const ByteView block = bytes.first(std::min(kBlock, bytes.size()));
        const bool zero = block[0] == 0 && equal(block.first(block.size() - 1), block.subspan(1));
        count += zero ? 0 : block.size();
        bytes = bytes.subspan(block.size());
    }
    return count;
}

}  // namespace holt::store
