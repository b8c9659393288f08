#include "codec/zstd/entropy/huffman_lengths.h"

#include <algorithm>
#include <cstring>

#include "codec/zstd/format/compress_primitives.h"

namespace holt::zstd {
namespace {

constexpr unsigned kMaxTreeDepth = 32;  // 2^17 literals cannot make a tree deeper than Fibonacci's

/// Symbols are sorted as count << 8 | symbol.
using Ranked = std::uint32_t;

/// Counts below this have a bucket each; above, there are kBucketsPerOctave for each doubling.
constexpr unsigned kExactLog = 6;
constexpr unsigned kExact = 1u << kExactLog;
constexpr unsigned kPerOctaveLog = 3;
constexpr unsigned kBuckets = kExact + ((24 - kExactLog) << kPerOctaveLog);

inline unsigned bucket_of(std::uint32_t count) noexcept {
    if (count < kExact) return count;
    const unsigned high = high_bit(count);
    return kExact + ((high - kExactLog) << kPerOctaveLog) +
           ((count >> (high - kPerOctaveLog)) & ((1u << kPerOctaveLog) - 1));
}

/// Sorts by ascending count: by buckets first, then by insertion where a bucket has several counts.
/// Neighbours often share a bucket, and counting it up twice in a row would wait for the store: the
/// two halves of the list take turns, each with counters of its own.
void sort(const Ranked* list, unsigned size, std::uint32_t max_count, Ranked* sorted) noexcept {
    const unsigned buckets = bucket_of(max_count) + 1;
    std::uint8_t starts[2][kBuckets];
    std::memset(starts[0], 0, buckets);
    std::memset(starts[1], 0, buckets);
    const unsigned half = size / 2;
    for (unsigned i = 0; i < half; ++i) {
        ++starts[0][bucket_of(list[i] >> 8)];
        ++starts[1][bucket_of(list[half + i] >> 8)];
    }
    if (size % 2 != 0) ++starts[1][bucket_of(list[size - 1] >> 8)];
    unsigned start = 0;
    for (unsigned b = 0; b < buckets; ++b) {
        const unsigned first = starts[0][b];
        const unsigned second = starts[1][b];
        starts[0][b] = static_cast<std::uint8_t>(start);
        starts[1][b] = static_cast<std::uint8_t>(start + first);
        start += first + second;
    }
    const unsigned exact = buckets > kExact ? starts[0][kExact] : size;
    for (unsigned i = 0; i < half; ++i) {
        sorted[starts[0][bucket_of(list[i] >> 8)]++] = list[i];
        sorted[starts[1][bucket_of(list[half + i] >> 8)]++] = list[half + i];
    }
    if (size % 2 != 0) sorted[starts[1][bucket_of(list[size - 1] >> 8)]++] = list[size - 1];
    for (unsigned i = exact + 1; i < size; ++i) {
        const Ranked value = sorted[i];
        unsigned hole = i;
        for (; hole > exact && sorted[hole - 1] > value; --hole) sorted[hole] = sorted[hole - 1];
        sorted[hole] = value;
    }
}

/// Counts how many codes of each length an optimal tree over the sorted counts has.
///
/// Leaves and inner nodes are two queues in ascending weight; the two lightest of all become the
/// children of the next inner node. Which queues they come from follows from two comparisons of
/// the queues' first two, without a branch, as it cannot be predicted. Inner nodes leave their
/// queue in the order of their making, so the inner nodes of one level lie side by side: the
/// number of nodes that had left when a level's first was made is where the next level begins.
void tree_lengths(const Ranked* sorted, unsigned used, unsigned* of_length) noexcept {
    constexpr std::uint32_t kNone = 1u << 30;  // heavier than all, and the sum of two fits
    std::uint32_t leaves[256 + 2];
    std::uint32_t inner[256 + 2];
    std::uint8_t left[256];
    for (unsigned i = 0; i < used; ++i) leaves[i] = sorted[i] >> 8;
    leaves[used] = leaves[used + 1] = kNone;
    inner[0] = inner[1] = kNone;
    const unsigned root = used - 2;
    unsigned leaf = 0;
    unsigned gone = 0;  // inner nodes that have left their queue
    for (unsigned made = 0; made <= root; ++made) {
        inner[made + 1] = kNone;
        const std::uint32_t leaf0 = leaves[leaf];
        const std::uint32_t leaf1 = leaves[leaf + 1];
        const std::uint32_t inner0 = inner[gone];
        const std::uint32_t inner1 = inner[gone + 1];
        left[made] = static_cast<std::uint8_t>(gone);
        const unsigned taken = (leaf1 <= inner0 ? 1u : 0u) + (leaf0 <= inner1 ? 1u : 0u);
        inner[made] = std::min(std::min(leaf0 + leaf1, leaf0 + inner0), inner0 + inner1);
        leaf += taken;
        gone += 2 - taken;
    }
    unsigned first = root;
    unsigned nodes = 1;  // inner nodes of the level
    for (unsigned depth = 1; nodes > 0; ++depth) {
        const unsigned below = first - left[first];
        of_length[depth] = 2 * nodes - below;
        first = left[first];
        nodes = below;
    }
}

/// Moves codes to other lengths until none is longer than `max_log` and the code is complete.
void limit_lengths(const Ranked* sorted, unsigned* of_length, unsigned max_log) noexcept {
    // In units of the longest code: what the codes that are cut claim too much.
    std::uint64_t claimed = 0;
    for (unsigned l = kMaxTreeDepth; l > max_log; --l) {
        of_length[max_log] += of_length[l];
        of_length[l] = 0;
    }
    for (unsigned l = 1; l <= max_log; ++l) claimed += std::uint64_t{of_length[l]} << (max_log - l);
    std::int64_t debt = static_cast<std::int64_t>(claimed) - (std::int64_t{1} << max_log);
    const auto count_at = [&](unsigned rank) { return sorted[rank] >> 8; };
    while (debt > 0) {
        // The rarest symbol of each length could take one bit more. Choose the cheapest per unit.
        unsigned rank = of_length[max_log];
        unsigned best = 0;
        std::uint64_t best_cost = ~std::uint64_t{0};
        for (unsigned l = max_log - 1; l > 0; --l) {
            if (of_length[l] > 0) {
                const std::int64_t gain = std::int64_t{1} << (max_log - l - 1);
                const std::uint64_t cost = (std::uint64_t{count_at(rank)} << 16) /
                                           static_cast<std::uint64_t>(std::min(gain, debt));
                if (cost < best_cost) best = l, best_cost = cost;
            }
            rank += of_length[l];
        }
        --of_length[best];
        ++of_length[best + 1];
        debt -= std::int64_t{1} << (max_log - best - 1);
    }
    while (debt < 0) {
        // Room left over: the most frequent symbol of a length may take one bit fewer.
        unsigned rank = 0;
        unsigned best = 0;
        std::uint64_t best_gain = 0;
        for (unsigned l = max_log; l > 1; --l) {
            rank += of_length[l];
            const std::int64_t price = std::int64_t{1} << (max_log - l);
            if (of_length[l] > 0 && price <= -debt) {
                const std::uint64_t gain =
                    (std::uint64_t{count_at(rank - 1)} << 16) / static_cast<std::uint64_t>(price);
                if (gain >= best_gain) best = l, best_gain = gain;
            }
        }
        --of_length[best];
        ++of_length[best - 1];
        debt += std::int64_t{1} << (max_log - best);
    }
}

}  // namespace

void huffman_lengths(HuffmanLengths& lengths, const ByteCounts& counts, unsigned symbol_count,
                     unsigned max_log) noexcept {
    Ranked list[256];
    Ranked sorted[256];
    unsigned used = 0;
    for (unsigned s = 0; s < symbol_count; ++s) {
        list[used] = counts[s] << 8 | s;
        used += counts[s] != 0 ? 1 : 0;
    }
    std::uint32_t max_count = 0;
    for (unsigned i = 0; i < used; ++i) {
        lengths.used[i] = static_cast<std::uint8_t>(list[i]);
        max_count = std::max(max_count, list[i]);
    }
    sort(list, used, max_count >> 8, sorted);
    unsigned of_length[kMaxTreeDepth + 1] = {};
    tree_lengths(sorted, used, of_length);
    unsigned longest = kMaxTreeDepth;
    while (of_length[longest] == 0) --longest;
    if (longest > max_log) {
        limit_lengths(sorted, of_length, max_log);
        longest = max_log;
        while (of_length[longest] == 0) --longest;
    }
    // The rarest symbols get the longest codes.
    std::memset(lengths.length_of, 0, sizeof lengths.length_of);
    unsigned rank = 0;
    std::uint64_t bits = 0;
    for (unsigned l = longest; l > 0; --l) {
        std::uint64_t occurrences = 0;
        for (const unsigned end = rank + of_length[l]; rank < end; ++rank) {
            lengths.length_of[sorted[rank] & 255] = static_cast<std::uint8_t>(l);
            occurrences += sorted[rank] >> 8;
        }
        bits += occurrences * l;
    }
    for (unsigned l = 0; l <= kMaxHuffmanBits; ++l) {
        lengths.of_length[l] = static_cast<std::uint16_t>(of_length[l]);
    }
    lengths.used_count = used;
    lengths.longest = longest;
    lengths.bits = bits;
}

}  // namespace holt::zstd
