// How hard each level tries: window, table sizes, search depths, chosen by level and input size.
// Thread rule: pure.
#pragma once

#include <cstddef>
#include <cstdint>

namespace holt::zstd {

enum class Strategy : std::uint8_t {
    fast,
    double_fast,
    greedy,
    lazy,
    lazy2,
    row_optimal,       ///< optimal parsing over the candidates of rows
    optimal,           ///< and over those of a tree
    optimal_thorough,  ///< searching at every position
    optimal_twice,     ///< and parsing the first block two times
};

constexpr bool is_optimal(Strategy s) noexcept {
    return s >= Strategy::row_optimal;
}

struct MatchParams {
    Strategy strategy = Strategy::fast;
    std::uint8_t window_log = 19;
    std::uint8_t hash_log = 14;
    std::uint8_t chain_log = 0;       ///< entries of the second table; 0: none
    std::uint8_t search_log = 0;      ///< 2^this candidates are tried at a position
    std::uint8_t min_match = 6;       ///< bytes hashed
    std::uint16_t target_length = 0;  ///< a match as long is taken at once; fast: extra step

    bool operator==(const MatchParams&) const = default;
};

/// The greedy and lazy parsers take candidates from hash chains, where there is room for them, and
/// hash 4 bytes then.
constexpr bool has_chains(const MatchParams& p) noexcept {
    return p.chain_log > 0 && p.strategy >= Strategy::greedy && p.strategy <= Strategy::lazy2;
}

/// Row-based finders keep a byte of the hash beside each entry.
constexpr bool needs_tags(const MatchParams& p) noexcept {
    return p.strategy >= Strategy::greedy && p.strategy <= Strategy::row_optimal && !has_chains(p);
}

inline constexpr std::size_t kUnknownSize = ~std::size_t{0};

/// Parameters for a level within [kMinLevel, kMaxLevel] and an input of `size` bytes.
MatchParams choose_params(int level, std::size_t size) noexcept;

}  // namespace holt::zstd
