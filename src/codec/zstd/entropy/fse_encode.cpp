#include "codec/zstd/entropy/fse_encode.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>

namespace holt::zstd {
namespace {

/// 256 * log2(2^kFseMaxLog / p) for each probability p of 2^kFseMaxLog: what a symbol costs.
const std::array<std::uint16_t, (1u << kFseMaxLog) + 1>& cost_table() noexcept {
    static const auto table = [] {
        std::array<std::uint16_t, (1u << kFseMaxLog) + 1> costs{};
        for (std::size_t p = 1; p < costs.size(); ++p) {
            costs[p] = static_cast<std::uint16_t>(
                std::lround(256.0 * (kFseMaxLog - std::log2(static_cast<double>(p)))));
        }
        return costs;
    }();
    return table;
}

/// Where a share of so many slots is rounded up, as a fraction of 2^32: see fse_normalize().
constexpr auto kRoundUp = [] {
    std::array<std::uint32_t, 32> least{};
    for (std::uint32_t slots = 1; slots < least.size(); ++slots) {
        least[slots] = 0x80000000u - 0x15000000u / slots;
    }
    return least;
}();

/// With more symbols than this, looking for the best place of each slot takes as long as the rest.
constexpr std::size_t kFewSymbols = kMaxHuffmanBits + 1;

/// What one more slot would gain `count` occurrences of a symbol that has `slots`, to scale.
std::uint32_t slot_value(std::uint32_t count, int slots) noexcept {
    return (count << 10) / static_cast<std::uint32_t>(2 * slots + 1);
}

}  // namespace

unsigned fse_choose_log(unsigned max_log, std::size_t total, unsigned symbol_count) noexcept {
    // More states than a quarter of the occurrences cost more to describe than they save; but
    // every symbol needs a state of its own.
    const unsigned by_total = total > 8 ? high_bit(static_cast<std::uint32_t>(total - 1)) - 2 : 1;
    const unsigned by_symbols =
        std::min(high_bit(symbol_count) + 2, high_bit(static_cast<std::uint32_t>(total)) + 1);
    return std::clamp(std::max(std::min(by_total, max_log), std::min(by_symbols, max_log)),
                      kMinAccuracy, max_log);
}

void fse_normalize(std::span<const std::uint32_t> counts, std::size_t total, unsigned log,
                   std::int16_t* normalized) noexcept {
    const std::uint32_t size = 1u << log;
    const std::uint64_t scale = (std::uint64_t{size} << 32) / total;
    std::int32_t rest = static_cast<std::int32_t>(size);
    std::size_t largest = 0;
    std::uint32_t largest_slots = 0;
    for (std::size_t s = 0; s < counts.size(); ++s) {
        const std::uint64_t exact = counts[s] * scale;  // 32 fractional bits
        std::uint32_t slots = static_cast<std::uint32_t>(exact >> 32);
        const std::uint32_t fraction = static_cast<std::uint32_t>(exact);
        if (slots == 0) {
            const std::int32_t rare = counts[s] != 0 ? 1 : 0;
            normalized[s] = static_cast<std::int16_t>(-rare);
            rest -= rare;
            continue;
        }
        // Rounding at the geometric mean of two counts costs the fewest bits: p + 1/2 - 1/(8p).
        slots +=
            fraction > kRoundUp[slots < kRoundUp.size() ? slots : kRoundUp.size() - 1] ? 1u : 0u;
        normalized[s] = static_cast<std::int16_t>(slots);
        rest -= static_cast<std::int32_t>(slots);
        largest = slots > largest_slots ? s : largest;
        largest_slots = std::max(slots, largest_slots);
    }
    // Rounding leaves a few slots over or short. The largest share hardly notices so few (0.03% of
    // size on 4 KiB); where it would, each is settled where it matters most or least.
    if (counts.size() > kFewSymbols &&
        std::abs(rest) * 2 <= static_cast<std::int32_t>(largest_slots)) {
        normalized[largest] = static_cast<std::int16_t>(normalized[largest] + rest);
        return;
    }
    for (; rest > 0; --rest) {
        std::size_t best = 0;
        std::uint32_t best_value = 0;
        for (std::size_t s = 0; s < counts.size(); ++s) {
            if (normalized[s] <= 0) continue;
            const std::uint32_t value = slot_value(counts[s], normalized[s]);
            if (value > best_value) best = s, best_value = value;
        }
        ++normalized[best];
    }
    for (; rest < 0; ++rest) {
        std::size_t best = 0;
        std::uint32_t best_value = ~0u;
        for (std::size_t s = 0; s < counts.size(); ++s) {
            if (normalized[s] <= 1) continue;
            const std::uint32_t value = slot_value(counts[s], normalized[s] - 1);
            if (value < best_value) best = s, best_value = value;
        }
        --normalized[best];
    }
}

std::size_t fse_write_description(std::span<const std::int16_t> normalized, unsigned log,
                                  std::uint8_t* out) noexcept {
    BitWriter bits(out);
    bits.add(log - kMinAccuracy, 4);
    // `left` is what the remaining values may sum to, plus one: each value (probability + 1) lies
    // in [0, left], which takes `width` bits, or one fewer for the values that need no last bit.
    std::int32_t left = (1 << log) + 1;
    unsigned width = log + 1;
    std::size_t s = 0;
    while (s < normalized.size() && left > 1) {
        const std::int32_t probability = normalized[s++];
        const std::int32_t value = probability + 1;
        const std::int32_t half = 1 << (width - 1);
        const std::int32_t short_codes = 2 * half - 1 - left;
        if (value < short_codes) {
            bits.add(static_cast<std::uint32_t>(value), width - 1);
        } else {
            bits.add(static_cast<std::uint32_t>(value >= half ? value + short_codes : value),
                     width);
        }
        bits.flush();
        left -= probability < 0 ? 1 : probability;
        while (width > 1 && left < (1 << (width - 1))) --width;
        if (probability == 0) {
            // Two-bit counts of the zeros that follow; 3 means more to come.
            std::size_t zeros = 0;
            while (s + zeros < normalized.size() && normalized[s + zeros] == 0) ++zeros;
            s += zeros;
            for (; zeros >= 3; zeros -= 3) {
                bits.add(3, 2);
                bits.flush();
            }
            bits.add(zeros, 2);
            bits.flush();
        }
    }
    return static_cast<std::size_t>(bits.pad() - out);
}

void fse_build(FseTable& table, std::span<const std::int16_t> normalized, unsigned log) noexcept {
    const unsigned size = 1u << log;
    const unsigned mask = size - 1;
    table.log = log;
    table.symbol_count = static_cast<unsigned>(normalized.size());
    std::uint8_t spread[1u << kFseMaxLog];
    std::uint16_t next[kFseMaxSymbols];
    unsigned high = size;
    std::uint32_t total = 0;
    for (unsigned s = 0; s < normalized.size(); ++s) {
        const int p = normalized[s];
        const unsigned rare = p < 0 ? 1 : 0;
        const unsigned slots = rare != 0 ? 1u : static_cast<unsigned>(p);
        table.normalized[s] = static_cast<std::int16_t>(p);
        next[s] = static_cast<std::uint16_t>(total);
        spread[high - 1] = static_cast<std::uint8_t>(s);  // overwritten unless rare
        high -= rare;
        const unsigned bits = log - high_bit(slots > 2 ? slots - 1 : 1);
        table.symbols[s] = {(bits << 16) - (slots << bits),
                            static_cast<std::int32_t>(total) - static_cast<std::int32_t>(slots)};
        total += slots;
    }
    // Lay the symbols out side by side, eight at a time, then step over the states in the order of
    // RFC 8878 4.1.1 without a branch: a state of a rare symbol, at the end, is passed by.
    std::uint8_t laid[(1u << kFseMaxLog) + 8];
    unsigned end = 0;
    for (unsigned s = 0; s < normalized.size(); ++s) {
        const std::uint64_t eight = 0x0101010101010101u * s;
        for (int i = 0; i < normalized[s]; i += 8) store64(laid + end + i, eight);
        end += normalized[s] > 0 ? static_cast<unsigned>(normalized[s]) : 0u;
    }
    const unsigned step = (size >> 1) + (size >> 3) + 3;
    unsigned at = 0;
    if (high == size) {
        for (unsigned i = 0; i < size; ++i) {
            spread[at] = laid[i];
            at = (at + step) & mask;
        }
    } else {
        unsigned taken = 0;
        for (unsigned i = 0; i < size; ++i) {
            const bool rare = at >= high;
            spread[at] = rare ? spread[at] : laid[taken];
            taken += rare ? 0u : 1u;
            at = (at + step) & mask;
        }
    }
    for (unsigned i = 0; i < size; ++i) {
        table.states[next[spread[i]]++] = static_cast<std::uint16_t>(size + i);
    }
}

void fse_build_rle(FseTable& table, unsigned symbol) noexcept {
    table.log = 0;
    table.symbol_count = symbol + 1;
    table.states[0] = 0;
    table.symbols[symbol] = {0, 0};
}

std::uint64_t fse_cost(std::span<const std::uint32_t> counts,
                       std::span<const std::int16_t> normalized, unsigned log) noexcept {
    const auto& costs = cost_table();
    const unsigned shift = kFseMaxLog - log;
    std::uint64_t cost = 0;
    for (std::size_t s = 0; s < counts.size(); ++s) {
        if (counts[s] == 0) continue;
        if (s >= normalized.size() || normalized[s] == 0) return kFseImpossible;
        const unsigned p = normalized[s] < 0 ? 1u : static_cast<unsigned>(normalized[s]);
        cost += std::uint64_t{counts[s]} * costs[p << shift];
    }
    return cost;
}

}  // namespace holt::zstd
