// The compression function of BLAKE3 over many jobs at a time: one job in each lane of a vector.
//
// This is the only statement of the algorithm; the vector type is its parameter. A vector type V
// has
//   Word      a vector of kLanes 32-bit words
//   kLanes    1, 4, 8 or 16
//   kSets     1, or 2 where there are registers for two states: each then fills the latency of the
//             other's operations
//   kWorth    the fewest jobs that one group of lanes runs faster than a single lane runs them
//   broadcast(x), load(p), add(a, b), exclusive_or(a, b), rotate_right<N>(a)
//   load_blocks(blocks, offset, words)    word i of the 64-byte block of lane l to words[i][l]
//   store_values(words, outs)             the reverse, for the eight words of chaining values
//   pin(word)                             nothing, or what keeps the compiler from moving the
//                                         operation that made `word` out of its place
// Everything here is a template over V, and each V lives in the anonymous namespace of its kernel
// file: no instantiation can be merged with that of another instruction set.
// Thread rule: pure functions.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

#include "codec/blake3/kernel.h"

#define HOLT_BLAKE3_INLINE [[gnu::always_inline]] inline

// The rounds touch local state only, and a thousand unrolled operations with a check each take a
// compiler minutes: the sanitizers leave them out. All that reads input or writes output is
// checked.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define HOLT_BLAKE3_ROUNDS [[gnu::noinline, gnu::no_sanitize("address", "thread", "undefined")]]
#else
#define HOLT_BLAKE3_ROUNDS HOLT_BLAKE3_INLINE
#endif

namespace holt::blake3 {

inline constexpr std::size_t kStateWords = 16;
inline constexpr std::size_t kValueWords = 8;
inline constexpr std::size_t kHalves = 28;  // 7 rounds of two half-steps on columns and diagonals

// Section 2.2, table 1: the words that SHA-256 starts from.
inline constexpr std::uint32_t kInitial[kValueWords] = {
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

// Which message words the four columns or diagonals take in each half: every round applies the
// permutation of table 2 once more.
struct Schedule {
    std::uint8_t word[kHalves][4];
};
inline constexpr Schedule kSchedule = [] {
    constexpr std::uint8_t permutation[kStateWords] = {2, 6,  3,  10, 7, 0,  4,  13,
                                                       1, 11, 12, 5,  9, 14, 15, 8};
    std::uint8_t order[kStateWords] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    Schedule schedule{};
    for (std::size_t half = 0; half < kHalves; ++half) {
        for (std::size_t i = 0; i < 4; ++i) {
            schedule.word[half][i] = order[half / 2 % 2 * 8 + 2 * i + half % 2];
        }
        if (half % 4 != 3) continue;
        std::uint8_t next[kStateWords] = {};
        for (std::size_t i = 0; i < kStateWords; ++i) next[i] = order[permutation[i]];
        for (std::size_t i = 0; i < kStateWords; ++i) order[i] = next[i];
    }
    return schedule;
}();

// The lanes of a group as the kernel holds them.
template <class V, std::size_t Sets>
struct Lanes {
    static constexpr std::size_t kCount = V::kLanes * Sets;

    const std::uint8_t* block[kCount];
    const std::uint8_t* next[kCount];  // data of the group after this one
    std::uint8_t* out[kCount];
    std::uint32_t blocks[kCount];  // how many each job has
    alignas(64) std::uint32_t counter_low[kCount];
    alignas(64) std::uint32_t counter_high[kCount];
    alignas(64) std::uint32_t length[kCount];
    alignas(64) std::uint32_t flags[kCount];
};

template <class V>
using State = typename V::Word[kStateWords];

// Adds the message words of `Half` to the first row. No operation of the half before needs that
// row any more once its own addition is done, so this fits into the wait for a rotation.
template <class V, std::size_t Half>
HOLT_BLAKE3_INLINE void add_message(State<V>& v, const State<V>& message) noexcept {
    if constexpr (Half < kHalves) {
        constexpr const auto& words = kSchedule.word[Half];
#pragma GCC unroll 4
        for (std::size_t i = 0; i < 4; ++i) {
            v[i] = V::add(v[i], message[words[i]]);
            V::pin(v[i]);
        }
    }
}

// One of the kSteps steps of a half: one operation on each of four columns or diagonals.
inline constexpr std::size_t kSteps = 7;

template <class V, std::size_t Step>
HOLT_BLAKE3_INLINE void mix(State<V>& v, const State<V>& message) noexcept {
    constexpr std::size_t half = Step / kSteps;
    constexpr std::size_t operation = Step % kSteps;
    constexpr std::size_t shift = half / 2 % 2;  // 0 for columns, 1 for diagonals
    if constexpr (Step == 0) add_message<V, 0>(v, message);
    if constexpr (operation == 3) add_message<V, half + 1>(v, message);
#pragma GCC unroll 4
    for (std::size_t i = 0; i < 4; ++i) {
        auto& a = v[i];
        auto& b = v[4 + (i + shift) % 4];
        auto& c = v[8 + (i + 2 * shift) % 4];
        auto& d = v[12 + (i + 3 * shift) % 4];
        if constexpr (operation == 0) V::pin(a = V::add(a, b));
        if constexpr (operation == 1) V::pin(d = V::exclusive_or(d, a));
        if constexpr (operation == 2)
            V::pin(d = V::template rotate_right < half % 2 ? 8 : 16 > (d));
        if constexpr (operation == 4) V::pin(c = V::add(c, d));
        if constexpr (operation == 5) V::pin(b = V::exclusive_or(b, c));
        if constexpr (operation == 6)
            V::pin(b = V::template rotate_right < half % 2 ? 7 : 12 > (b));
    }
}

// The second set runs this many steps behind the first, so that its additions meet the rotations of
// the first, which only half of the execution units can do.
inline constexpr std::size_t kBehind = 2;

template <class V, std::size_t Sets, std::size_t... Step>
HOLT_BLAKE3_ROUNDS void mix_all(State<V> (&state)[Sets], const State<V> (&message)[Sets],
                                std::index_sequence<Step...>) noexcept {
    constexpr std::size_t end = kHalves * kSteps;
    const auto both = [&]<std::size_t At>() __attribute__((always_inline)) {
        if constexpr (At < end) mix<V, At>(state[0], message[0]);
        if constexpr (Sets == 2 && At >= kBehind) mix<V, At - kBehind>(state[1], message[1]);
    };
    (both.template operator()<Step>(), ...);
}

// Section 2.2: chains the block at `offset` from the pointer of every lane into `value`.
template <class V, std::size_t Sets>
HOLT_BLAKE3_INLINE void compress(typename V::Word (&value)[Sets][kValueWords],
                                 const Lanes<V, Sets>& lanes, std::size_t offset,
                                 std::size_t next_offset) noexcept {
    State<V> message[Sets];
    State<V> state[Sets];
#pragma GCC unroll 2
    for (std::size_t set = 0; set < Sets; ++set) {
        const std::size_t lane = set * V::kLanes;
        V::load_blocks(lanes.block + lane, offset, message[set]);
#pragma GCC unroll 8
        for (std::size_t i = 0; i < kValueWords; ++i) state[set][i] = value[set][i];
#pragma GCC unroll 4
        for (std::size_t i = 0; i < 4; ++i) state[set][8 + i] = V::broadcast(kInitial[i]);
        state[set][12] = V::load(lanes.counter_low + lane);
        state[set][13] = V::load(lanes.counter_high + lane);
        state[set][14] = V::load(lanes.length + lane);
        state[set][15] = V::load(lanes.flags + lane);
    }
    // From here on the message is read from memory, word by word: the registers are for the state.
    asm volatile("" : : "r"(message) : "memory");
    // Meanwhile fetch the same block of the next group. The hardware does not see that coming: each
    // lane is a stream of its own of at most 1 KiB. (64 MiB: 5.5 GB/s without this, 9.2 with; in
    // the cache it costs 5%.)
    if constexpr (V::kLanes > 1) {
#pragma GCC unroll 32
        for (std::size_t i = 0; i < Lanes<V, Sets>::kCount; ++i) {
            __builtin_prefetch(lanes.next[i] + next_offset);
        }
    }
    mix_all<V, Sets>(state, message, std::make_index_sequence<kHalves * kSteps + kBehind>());
#pragma GCC unroll 2
    for (std::size_t set = 0; set < Sets; ++set) {
#pragma GCC unroll 8
        for (std::size_t i = 0; i < kValueWords; ++i) {
            value[set][i] = V::exclusive_or(state[set][i], state[set][i + 8]);
        }
    }
}

// Runs the first `count` of the `left` jobs that remain, up to V::kLanes * Sets. Lanes without a
// job repeat the last one, which writes the same value to the same place; lanes whose job ended
// before the longest go on over a stale block, and what they compute is stored nowhere.
template <class V, std::size_t Sets>
void run_group(const Job* jobs, std::size_t count, std::size_t left) noexcept {
    using Group = Lanes<V, Sets>;
    Group lanes;
    alignas(64) std::uint8_t padded[Group::kCount][kBlock];
    std::uint8_t nowhere[kValue];

    std::uint32_t fewest = kChunk / kBlock;
    std::uint32_t most = 1;
    for (std::size_t i = 0; i < Group::kCount; ++i) {
        const Job& job = jobs[i < count ? i : count - 1];
        lanes.block[i] = job.data;
        lanes.next[i] = count + i < left ? jobs[count + i].data : job.data;
        lanes.counter_low[i] = static_cast<std::uint32_t>(job.counter);
        lanes.counter_high[i] = static_cast<std::uint32_t>(job.counter >> 32);
        lanes.length[i] = kBlock;
        lanes.flags[i] = job.first_flags;
        lanes.blocks[i] = job.blocks();
        fewest = lanes.blocks[i] < fewest ? lanes.blocks[i] : fewest;
        most = lanes.blocks[i] > most ? lanes.blocks[i] : most;
    }
    typename V::Word value[Sets][kValueWords];
    for (std::size_t set = 0; set < Sets; ++set) {
        for (std::size_t i = 0; i < kValueWords; ++i) value[set][i] = V::broadcast(kInitial[i]);
    }

    std::size_t offset = 0;  // of the block of this step from lanes.block
    for (std::uint32_t step = 1;; ++step, offset += kBlock) {
        const bool some_end = step >= fewest;
        if (some_end) {
            for (std::size_t i = 0; i < Group::kCount; ++i) {
                lanes.out[i] = nowhere;
                if (lanes.blocks[i] >= step) lanes.block[i] += offset;
                if (lanes.blocks[i] != step) continue;
                const Job& job = jobs[i < count ? i : count - 1];
                lanes.out[i] = job.out;
                lanes.flags[i] |= job.last_flags;
                const std::size_t tail = job.size - (step - 1) * kBlock;
                if (tail == kBlock) continue;
                lanes.length[i] = static_cast<std::uint32_t>(tail);
                std::memset(padded[i], 0, kBlock);
                if (tail != 0) std::memcpy(padded[i], lanes.block[i], tail);
                lanes.block[i] = padded[i];
            }
            offset = 0;
        }
        compress<V, Sets>(value, lanes, offset, (step - 1) * kBlock);
        if (some_end) {
            for (std::size_t set = 0; set < Sets; ++set) {
                V::store_values(value[set], lanes.out + set * V::kLanes);
            }
            if (step == most) return;
        }
        if (step == 1) std::memset(lanes.flags, 0, sizeof lanes.flags);
    }
}

// The vector type of one lane: plain integers. The latency of a vector operation is longer than
// theirs on some processors, so no arrangement of one state in vectors beats them.
template <class V>
struct Single {
    using Word = std::uint32_t;
    static constexpr std::size_t kLanes = 1;

    HOLT_BLAKE3_INLINE static Word broadcast(std::uint32_t x) noexcept { return x; }
    HOLT_BLAKE3_INLINE static Word load(const std::uint32_t* p) noexcept { return *p; }
    HOLT_BLAKE3_INLINE static Word add(Word a, Word b) noexcept { return a + b; }
    HOLT_BLAKE3_INLINE static Word exclusive_or(Word a, Word b) noexcept { return a ^ b; }
    template <int N>
    HOLT_BLAKE3_INLINE static Word rotate_right(Word a) noexcept {
        return a >> N | a << (32 - N);
    }
    HOLT_BLAKE3_INLINE static void pin(Word&) noexcept {}
    HOLT_BLAKE3_INLINE static Word swap_if_big(Word a) noexcept {
        if constexpr (std::endian::native == std::endian::big) a = __builtin_bswap32(a);
        return a;
    }
    HOLT_BLAKE3_INLINE static void load_blocks(const std::uint8_t* const* blocks,
                                               std::size_t offset,
                                               Word (&words)[kStateWords]) noexcept {
        std::memcpy(words, blocks[0] + offset, kBlock);
        for (Word& word : words) word = swap_if_big(word);
    }
    HOLT_BLAKE3_INLINE static void store_values(const Word (&words)[kValueWords],
                                                std::uint8_t* const* outs) noexcept {
        for (std::size_t i = 0; i < kValueWords; ++i) {
            const Word word = swap_if_big(words[i]);
            std::memcpy(outs[0] + 4 * i, &word, sizeof word);
        }
    }
};

// Runs all jobs, each time in the widest group that they fill.
template <class V>
void run_all(const Job* jobs, std::size_t left) noexcept {
    while (left != 0) {
        std::size_t taken = 1;
        if (V::kSets == 2 && left > V::kLanes) {
            taken = left < 2 * V::kLanes ? left : 2 * V::kLanes;
            run_group<V, V::kSets>(jobs, taken, left);
        } else if (left >= V::kWorth) {
            taken = left < V::kLanes ? left : V::kLanes;
            run_group<V, 1>(jobs, taken, left);
        } else {
            run_group<Single<V>, 1>(jobs, 1, left);
        }
        jobs += taken;
        left -= taken;
    }
}

}  // namespace holt::blake3
