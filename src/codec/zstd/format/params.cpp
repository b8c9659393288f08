#include "codec/zstd/format/params.h"

#include <algorithm>
#include <bit>

#include "codec/zstd/format/levels.h"
#include "codec/zstd/format/tuning.h"

namespace holt::zstd {
namespace {

constexpr unsigned kMinWindowLog = 10;     // RFC 8878 3.1.1.1.2
constexpr std::uint8_t kMaxSearchLog = 9;  // room for what a search finds: kMaxFound

// The rows of the tables: strategy, window_log, hash_log, chain_log, search_log, min_match,
// target_length. Smaller inputs fill smaller tables, and shorter matches pay at shorter distances.
using Row = MatchParams;
constexpr int kRows = kMaxOrdinaryLevel;

struct SizeClass {
    std::size_t most;  ///< bytes of input
    Row negative;      ///< target_length is the level's absolute value
    Row rows[kRows];
};

constexpr SizeClass kClasses[] = {
    {16u << 10,
     {Strategy::fast, 14, 13, 0, 0, 5, 0},
     {
         {Strategy::fast, 14, 14, 0, 0, 5, 0},
         {Strategy::fast, 14, 15, 0, 0, 4, 0},
         {Strategy::double_fast, 14, 14, 14, 0, 4, 0},
         {Strategy::greedy, 14, 14, 14, 4, 4, 0},
         {Strategy::lazy, 14, 14, 14, 3, 4, 0},
         {Strategy::lazy2, 14, 14, 14, 4, 4, 0},
         {Strategy::lazy2, 14, 14, 14, 6, 4, 0},
         {Strategy::lazy2, 14, 14, 14, 6, 4, 0},
         {Strategy::lazy2, 14, 14, 14, 6, 4, 0},
         {Strategy::row_optimal, 14, 14, 0, 4, 4, 16},
         {Strategy::row_optimal, 14, 14, 0, 5, 4, 24},
         {Strategy::row_optimal, 14, 14, 0, 6, 4, 32},
         {Strategy::optimal_thorough, 14, 14, 15, 4, 3, 32},
         {Strategy::optimal, 14, 14, 15, 4, 3, 32},
         {Strategy::optimal, 14, 14, 15, 6, 3, 128},
         {Strategy::optimal_thorough, 14, 14, 15, 6, 3, 128},
         {Strategy::optimal_thorough, 14, 14, 15, 8, 3, 256},
         {Strategy::optimal_twice, 14, 14, 15, 7, 3, 256},
         {Strategy::optimal_twice, 14, 14, 15, 8, 3, 256},
     }},
    {128u << 10,
     {Strategy::fast, 17, 12, 0, 0, 5, 0},
     {
         {Strategy::fast, 17, 13, 0, 0, 6, 0},
         {Strategy::fast, 17, 15, 0, 0, 5, 0},
         {Strategy::double_fast, 17, 16, 15, 0, 5, 0},
         {Strategy::double_fast, 17, 17, 17, 0, 4, 0},
         {Strategy::greedy, 17, 16, 17, 3, 4, 0},
         {Strategy::lazy, 17, 17, 0, 3, 4, 0},
         {Strategy::lazy2, 17, 17, 0, 3, 4, 0},
         {Strategy::lazy2, 17, 17, 0, 4, 4, 0},
         {Strategy::lazy2, 17, 17, 0, 5, 4, 0},
         {Strategy::lazy2, 17, 17, 0, 6, 4, 0},
         {Strategy::row_optimal, 17, 17, 0, 4, 4, 24},
         {Strategy::row_optimal, 17, 17, 0, 5, 4, 32},
         {Strategy::row_optimal, 17, 18, 0, 6, 4, 32},
         {Strategy::optimal, 17, 17, 18, 4, 3, 32},
         {Strategy::optimal, 17, 17, 18, 6, 3, 128},
         {Strategy::optimal_thorough, 17, 17, 18, 6, 3, 128},
         {Strategy::optimal_thorough, 17, 17, 18, 8, 3, 256},
         {Strategy::optimal_thorough, 17, 17, 18, 9, 3, 384},
         {Strategy::optimal_twice, 17, 17, 18, 8, 3, 256},
     }},
    {256u << 10,
     {Strategy::fast, 18, 13, 0, 0, 5, 0},
     {
         {Strategy::fast, 18, 14, 0, 0, 6, 0},
         {Strategy::double_fast, 18, 14, 14, 0, 5, 0},
         {Strategy::double_fast, 18, 16, 16, 0, 4, 0},
         {Strategy::greedy, 18, 17, 0, 3, 5, 0},
         {Strategy::greedy, 18, 18, 0, 5, 5, 0},
         {Strategy::lazy, 18, 19, 0, 3, 5, 0},
         {Strategy::lazy, 18, 19, 0, 4, 4, 0},
         {Strategy::lazy2, 18, 19, 0, 4, 4, 0},
         {Strategy::lazy2, 18, 19, 0, 5, 4, 0},
         {Strategy::lazy2, 18, 19, 0, 6, 4, 0},
         {Strategy::row_optimal, 18, 19, 0, 4, 4, 24},
         {Strategy::row_optimal, 18, 19, 0, 5, 4, 32},
         {Strategy::row_optimal, 18, 19, 0, 6, 4, 32},
         {Strategy::optimal, 18, 19, 19, 4, 3, 32},
         {Strategy::optimal, 18, 19, 19, 6, 3, 128},
         {Strategy::optimal_thorough, 18, 19, 19, 6, 3, 128},
         {Strategy::optimal_thorough, 18, 19, 19, 8, 3, 256},
         {Strategy::optimal_twice, 18, 19, 19, 7, 3, 256},
         {Strategy::optimal_twice, 18, 19, 19, 8, 3, 256},
     }},
    {kUnknownSize,
     {Strategy::fast, 19, 13, 0, 0, 6, 0},
     {
         {Strategy::fast, 19, 14, 0, 0, 7, 0},
         {Strategy::fast, 20, 16, 0, 0, 6, 0},
         {Strategy::double_fast, 21, 17, 16, 0, 5, 0},
         {Strategy::double_fast, 21, 18, 18, 0, 5, 0},
         {Strategy::greedy, 21, 19, 0, 3, 5, 0},
         {Strategy::lazy, 21, 19, 0, 3, 5, 0},
         {Strategy::lazy, 21, 20, 0, 4, 5, 0},
         {Strategy::lazy2, 21, 20, 0, 4, 5, 0},
         {Strategy::lazy2, 22, 21, 0, 4, 5, 0},
         {Strategy::lazy2, 22, 22, 0, 5, 5, 0},
         {Strategy::lazy2, 22, 22, 0, 6, 5, 0},
         {Strategy::lazy2, 22, 23, 0, 6, 5, 0},
         {Strategy::row_optimal, 22, 22, 0, 5, 4, 48},
         {Strategy::row_optimal, 22, 22, 0, 6, 4, 48},
         {Strategy::row_optimal, 22, 23, 0, 6, 4, 64},
         {Strategy::optimal, 22, 22, 22, 5, 4, 48},
         {Strategy::optimal, 23, 22, 23, 5, 4, 64},
         {Strategy::optimal_thorough, 23, 22, 23, 6, 3, 64},
         {Strategy::optimal_twice, 23, 22, 24, 7, 3, 256},
     }},
};

/// Levels 20 to 22: the thorough parser over ever larger windows. A node of the tree is two
/// entries, so that these trees reach back over half of the window.
constexpr Row kUltra[kMaxLevel - kMaxOrdinaryLevel] = {
    {Strategy::optimal_twice, 25, 23, 25, 7, 3, 256},
    {Strategy::optimal_twice, 26, 24, 26, 7, 3, 512},
    {Strategy::optimal_twice, 27, 25, 27, 9, 3, 999},
};

/// Where the input fits into the window of level 19, a larger one has nothing to offer: there, more
/// candidates are compared instead.
Row ultra_params(int level, const SizeClass& sizes) noexcept {
    if (sizes.most == kUnknownSize) return kUltra[level - kMaxOrdinaryLevel - 1];
    Row row = sizes.rows[kRows - 1];
    row.search_log = kMaxSearchLog;
    row.target_length = kUltra[level - kMaxOrdinaryLevel - 1].target_length;
    return row;
}

MatchParams level_params(int level, std::size_t size) noexcept {
    const SizeClass* sizes = kClasses;
    while (size > sizes->most) ++sizes;
    if (level > kMaxOrdinaryLevel) return ultra_params(level, *sizes);
    if (level <= 0) {
        Row row = sizes->negative;
        row.target_length = static_cast<std::uint16_t>(std::max(1, -level));
        return row;
    }
    return sizes->rows[level - 1];
}

}  // namespace

MatchParams choose_params(int level, std::size_t size) noexcept {
    MatchParams p = level_params(std::clamp(level, kMinLevel, kMaxLevel), size);
    if (size != kUnknownSize) {
        const unsigned size_log =
            std::max(kMinWindowLog, static_cast<unsigned>(std::bit_width(size > 0 ? size - 1 : 0)));
        if (size_log < p.window_log) p.window_log = static_cast<std::uint8_t>(size_log);
    }
    fit_tables(p);
    return p;
}

}  // namespace holt::zstd
