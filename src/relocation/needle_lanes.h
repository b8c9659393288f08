// The search of needles.h over a vector type: kWidth, load, equal, either, both, mask.
// Included by one file for each instruction set, in a namespace of its own.
#pragma once

#include "relocation/needles.h"

namespace holt::relocation {

template <class V>
inline std::size_t next_candidate_in_lanes(const std::uint8_t* data, std::size_t at,
                                           std::size_t size, const Needles& needles) noexcept {
    const auto slash = V::broadcast('/');
    const auto last0 = V::broadcast(needles.last[0]), last1 = V::broadcast(needles.last[1]);
    const std::size_t end0 = needles.length[0] - 1, end1 = needles.length[1] - 1;
    // The last byte that a step reads is data[at + longest - 1 + kWidth - 1].
    const std::size_t reach = (end0 > end1 ? end0 : end1) + V::kWidth;
    for (; at + reach <= size; at += V::kWidth) {
        const auto begins = V::equal(V::load(data + at), slash);
        const auto ends = V::either(V::equal(V::load(data + at + end0), last0),
                                    V::equal(V::load(data + at + end1), last1));
        if (const std::uint32_t mask = V::mask(V::both(begins, ends)))
            return at + static_cast<std::size_t>(__builtin_ctz(mask));
    }
    return next_candidate_plain(data, at, size, needles);
}

}  // namespace holt::relocation
