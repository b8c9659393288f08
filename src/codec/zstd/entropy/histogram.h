// How often each byte value occurs. Counts go to four tables in turn, because adding twice to one
// counter in a row stalls on the store before it. Thread rule: pure.
#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.h"

namespace holt::zstd {

using ByteCounts = std::array<std::uint32_t, 256>;

struct HistogramSummary {
    unsigned max_symbol = 0;      ///< highest byte value that occurs
    std::uint32_t max_count = 0;  ///< occurrences of the most frequent value
};

/// Counts the bytes of `data` (below 4 GiB) into `counts`, overwriting it.
HistogramSummary count_bytes(ByteView data, ByteCounts& counts) noexcept;

}  // namespace holt::zstd
