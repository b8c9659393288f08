#include "codec/zstd/entropy/histogram.h"

#include <algorithm>

#include "codec/zstd/format/compress_primitives.h"

namespace holt::zstd {
namespace {

/// Below this, clearing and adding up four tables costs more than the stalls it spares.
constexpr std::size_t kFourTablesFrom = 1024;

void count_in_four(ByteView data, ByteCounts& counts) noexcept {
    std::uint32_t tables[4][256] = {};
    const std::uint8_t* at = data.data();
    const std::uint8_t* const end = at + data.size();
    for (; end - at >= 16; at += 16) {
        const std::uint64_t low = load64(at);
        const std::uint64_t high = load64(at + 8);
        for (unsigned shift = 0; shift < 64; shift += 16) {
            ++tables[0][(low >> shift) & 255];
            ++tables[1][(low >> (shift + 8)) & 255];
            ++tables[2][(high >> shift) & 255];
            ++tables[3][(high >> (shift + 8)) & 255];
        }
    }
    for (; at != end; ++at) ++tables[0][*at];
    for (std::size_t s = 0; s < 256; ++s) {
        counts[s] = tables[0][s] + tables[1][s] + tables[2][s] + tables[3][s];
    }
}

}  // namespace

HistogramSummary count_bytes(ByteView data, ByteCounts& counts) noexcept {
    if (data.size() >= kFourTablesFrom) {
        count_in_four(data, counts);
    } else {
        counts.fill(0);
        for (const std::uint8_t byte : data) ++counts[byte];
    }
    // Text has nothing in the upper half: blocks of counters that are all zero are passed first.
    constexpr unsigned kBlock = 32;
    unsigned end = 256;
    for (; end > kBlock; end -= kBlock) {
        std::uint32_t any = 0;
        for (unsigned s = end - kBlock; s < end; ++s) any |= counts[s];
        if (any != 0) break;
    }
    HistogramSummary summary;
    for (unsigned s = 0; s < end; ++s) summary.max_count = std::max(summary.max_count, counts[s]);
    summary.max_symbol = end - 1;
    while (summary.max_symbol > 0 && counts[summary.max_symbol] == 0) --summary.max_symbol;
    return summary;
}

}  // namespace holt::zstd
