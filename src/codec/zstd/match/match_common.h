// What all match finders share: hashes, match lengths, storing a sequence. Compiled once for each
// instruction set inside the namespace HOLT_ZSTD_ISA; see compress_kernels.h.
#pragma once

#include <type_traits>

#include "codec/zstd/match/match_state.h"

namespace holt::zstd::HOLT_ZSTD_ISA {

/// Hashing reads 8 bytes: no search begins closer to the end of a block than this.
static constexpr std::size_t kHashRead = 8;

/// Literals are copied so many at a time: few runs are longer, and none costs a branch that is.
static constexpr std::size_t kLiteralCopy = 2 * kWideCopy;

/// Up to such windows, finders compute which candidate to take instead of guessing it by branches:
/// see match_fast_near.h.
static constexpr unsigned kNearWindowLogFast = 18;
static constexpr unsigned kNearWindowLogDoubleFast = 20;

/// Calls `make` with the constant that `min_match` is, from 4 to 7: what is indexed by so many
/// bytes is compiled for each number.
template <class Make>
static auto for_min_match(unsigned min_match, Make make) noexcept {
    switch (min_match) {
        case 4:
            return make(std::integral_constant<unsigned, 4>());
        case 5:
            return make(std::integral_constant<unsigned, 5>());
        case 6:
            return make(std::integral_constant<unsigned, 6>());
        default:
            return make(std::integral_constant<unsigned, 7>());
    }
}

struct FoundMatch {
    std::size_t length;
    std::uint32_t distance;
};

/// Hash of the first kBytes (3 to 8) bytes of `word`, `log` bits wide. Multiplying by a large odd
/// number moves information upwards, hence the shift that drops the other bytes first.
template <unsigned kBytes>
HOLT_ZSTD_INLINE std::uint32_t hash_of(std::uint64_t word, unsigned log) noexcept {
    static_assert(kBytes >= 3 && kBytes <= 8);
    if constexpr (kBytes <= 4) {
        const std::uint32_t low = static_cast<std::uint32_t>(word) << (32 - 8 * kBytes);
        return (low * 0x9E3779B9u) >> (32 - log);
    } else {
        return static_cast<std::uint32_t>(((word << (64 - 8 * kBytes)) * 0x9E3779B97F4A7C15u) >>
                                          (64 - log));
    }
}

/// How many bytes are equal at `a` and `b`; `a` ends at `end`, `b` lies before it.
HOLT_ZSTD_INLINE std::size_t count_equal(const std::uint8_t* a, const std::uint8_t* b,
                                         const std::uint8_t* end) noexcept {
    const std::uint8_t* const begin = a;
    while (end - a >= 8) {
        const std::uint64_t difference = load64(a) ^ load64(b);
        if (difference != 0) {
            return static_cast<std::size_t>(a - begin) +
                   (static_cast<unsigned>(__builtin_ctzll(difference)) >> 3);
        }
        a += 8;
        b += 8;
    }
    while (a < end && *a == *b) {
        ++a;
        ++b;
    }
    return static_cast<std::size_t>(a - begin);
}

/// Appends `size` literals. Copies kLiteralCopy bytes at a time: `limit` is where the input ends,
/// up to where reading is allowed.
HOLT_ZSTD_INLINE void add_literals(SequenceStore& store, const std::uint8_t* from, std::size_t size,
                                   const std::uint8_t* limit) noexcept {
    std::uint8_t* to = store.literals + store.literal_count;
    store.literal_count += size;
    if (static_cast<std::size_t>(limit - from) >= size + kLiteralCopy) {
        std::size_t done = 0;
        do {
            copy16(to + done, from + done);
            copy16(to + done + kWideCopy, from + done + kWideCopy);
            done += kLiteralCopy;
        } while (done < size);
    } else {
        __builtin_memcpy(to, from, size);
    }
}

/// Appends what follows the last match of [block, end), which begins at `anchor`.
HOLT_ZSTD_INLINE void add_last_literals(SequenceStore& store, const std::uint8_t* block,
                                        const std::uint8_t* anchor,
                                        const std::uint8_t* end) noexcept {
    const std::size_t size = static_cast<std::size_t>(end - anchor);
    if (anchor == block && store.may_borrow) {
        store.borrowed = block;
        store.literal_count = size;
        return;
    }
    add_literals(store, anchor, size, end);
}

HOLT_ZSTD_INLINE void add_sequence(SequenceStore& store, const std::uint8_t* literals_from,
                                   std::size_t literals, std::size_t match, std::uint32_t offset,
                                   const std::uint8_t* limit) noexcept {
    add_literals(store, literals_from, literals, limit);
    store.sequences[store.count++] = make_sequence(literals, match, offset);
}

}  // namespace holt::zstd::HOLT_ZSTD_ISA
