#include "codec/zstd/match/match_recode.h"

namespace holt::zstd {
namespace {

/// The distance that an offset value stands for, and the distances after it (RFC 8878 3.1.1.5).
std::uint32_t use(RecentOffsets& recent, std::uint32_t value, bool no_literals) noexcept {
    std::uint32_t* const d = recent.distance;
    const std::uint32_t which = value > 3 ? 3 : value - 1 + (no_literals ? 1 : 0);
    const std::uint32_t distance = value > 3 ? value - 3 : which == 3 ? d[0] - 1 : d[which];
    if (which == 0) return distance;
    if (which != 1) d[2] = d[1];
    d[1] = d[0];
    d[0] = distance;
    return distance;
}

}  // namespace

bool recode_offsets(Sequence* sequences, std::size_t count, RecentOffsets finder,
                    RecentOffsets& known) noexcept {
    for (std::size_t i = 0; i < count; ++i) {
        const Sequence s = sequences[i];
        const bool no_literals = literal_length(s) == 0;
        const std::uint32_t distance = use(finder, offset_value(s), no_literals);
        std::uint32_t value = distance + 3;
        for (std::uint32_t which = no_literals ? 1 : 0; which < 3; ++which) {
            if (known.distance[which] != distance) continue;
            value = which + (no_literals ? 0 : 1);
            break;
        }
        use(known, value, no_literals);
        sequences[i] = make_sequence(literal_length(s), match_length(s), value);
    }
    return known.distance[0] != 0 && known.distance[1] != 0 && known.distance[2] != 0;
}

}  // namespace holt::zstd
