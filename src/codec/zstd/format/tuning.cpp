#include "codec/zstd/format/tuning.h"

#include <algorithm>
#include <cstdlib>
#include <optional>

#include "codec/zstd/format/levels.h"

namespace holt::zstd {
namespace {

// A block is no larger than the window, and blocks are of 128 KiB.
constexpr unsigned kLeastWindowLog = 17, kMostWindowLog = 27;
constexpr unsigned kRowRoom = 2;
constexpr unsigned kMinHashLog = 8;  // a row of 64 slots and more than one row
constexpr unsigned kMaxHashLog = 26;
constexpr unsigned kMaxSearchLog = 9;     // room for what a search finds: kMaxFound
constexpr unsigned kMaxRowSearchLog = 6;  // all slots of a row
constexpr unsigned kMinTarget = 4, kMaxTarget = 999;
constexpr int kMostAcceleration = 999;

std::uint8_t within(unsigned wanted, unsigned least, unsigned most) noexcept {
    return static_cast<std::uint8_t>(std::clamp(wanted, least, most));
}

std::optional<MatchParams> nearest_with(Strategy strategy, int level, std::size_t size) noexcept {
    std::optional<MatchParams> found;
    int nearest = 0;
    for (int each = 1; each <= kMaxOrdinaryLevel; ++each) {
        const MatchParams params = choose_params(each, size);
        if (params.strategy != strategy) continue;
        if (found && std::abs(each - level) >= std::abs(nearest - level)) continue;
        found = params;
        nearest = each;
    }
    return found;
}

}  // namespace

void fit_tables(MatchParams& p) noexcept {
    // More buckets than positions in the window serve nothing.
    // Rows want more room: in a row that was just written, the next search waits for the stores.
    const unsigned room = needs_tags(p) ? kRowRoom : 1u;
    const unsigned most = std::max(kMinHashLog, p.window_log + room);
    if (p.hash_log > most) p.hash_log = static_cast<std::uint8_t>(most);
    if (p.chain_log > most) p.chain_log = static_cast<std::uint8_t>(most);  // trees: 2 a node
    if (has_chains(p)) p.chain_log = p.window_log;  // an entry for each position referred to
}

MatchParams tuned(MatchParams p, const Tuning& tuning) noexcept {
    if (tuning.window_log > 0)
        p.window_log = within(tuning.window_log, kLeastWindowLog, kMostWindowLog);
    if (tuning.hash_log > 0) p.hash_log = within(tuning.hash_log, kMinHashLog, kMaxHashLog);
    if (tuning.search_log > 0 && p.search_log > 0)
        p.search_log =
            within(tuning.search_log, 1, needs_tags(p) ? kMaxRowSearchLog : kMaxSearchLog);
    if (tuning.target_length > 0 && is_optimal(p.strategy))
        p.target_length =
            static_cast<std::uint16_t>(std::clamp(tuning.target_length, kMinTarget, kMaxTarget));
    if (tuning.target_length > 0 && p.strategy == Strategy::fast)
        p.target_length =
            static_cast<std::uint16_t>(std::min<unsigned>(tuning.target_length, kMostAcceleration));
    fit_tables(p);
    return p;
}

MatchParams tuned_params(int level, std::size_t size, const Tuning& tuning) noexcept {
    MatchParams params = choose_params(level, size);
    if (tuning.strategy > 0) {
        constexpr unsigned kStrategies = static_cast<unsigned>(Strategy::optimal_twice) + 1;
        const auto wanted = static_cast<Strategy>(std::min(tuning.strategy, kStrategies) - 1);
        params = nearest_with(wanted, level, size).value_or(params);
    }
    return tuned(params, tuning);
}

}  // namespace holt::zstd
