// Parameters that a user chooses instead of the level. Thread rule: pure.
#pragma once

#include "codec/zstd/format/params.h"

namespace holt::zstd {

/// 0: as the level has it. What is out of the encoder's range is taken as the nearest within.
struct Tuning {
    unsigned strategy = 0;  ///< 1 + Strategy
    unsigned window_log = 0;
    unsigned hash_log = 0;
    unsigned search_log = 0;
    unsigned target_length = 0;
};

/// The parameters of `level` and `size` with the user's in place of them. A strategy comes with the
/// tables of the nearest level that has it.
MatchParams tuned_params(int level, std::size_t size, const Tuning& tuning) noexcept;
/// The same for parameters that were chosen otherwise; the strategy stays what it is.
MatchParams tuned(MatchParams params, const Tuning& tuning) noexcept;

/// Cuts the tables of `params` to what its window can fill.
void fit_tables(MatchParams& params) noexcept;

}  // namespace holt::zstd
