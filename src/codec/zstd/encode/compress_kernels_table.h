// The table of kernels of one instruction set: included once by each compress_kernels_*.cpp, which
// defines HOLT_ZSTD_ISA first.
#pragma once

#include "codec/zstd/encode/compress_kernels.h"
#include "codec/zstd/entropy/huffman_encode_kernel.h"
#include "codec/zstd/entropy/sequences_encode_kernel.h"
#include "codec/zstd/match/match_double_fast.h"
#include "codec/zstd/match/match_fast.h"
#include "codec/zstd/match/match_lazy.h"
#include "codec/zstd/match/match_optimal.h"

namespace holt::zstd::HOLT_ZSTD_ISA {

static FindMatches finder(const MatchParams& params) noexcept {
    switch (params.strategy) {
        case Strategy::fast:
            return fast_finder(params);
        case Strategy::double_fast:
            return double_fast_finder(params);
        case Strategy::greedy:
            return lazy_finder<0>(params);
        case Strategy::lazy:
            return lazy_finder<1>(params);
        case Strategy::lazy2:
            return lazy_finder<2>(params);
        case Strategy::row_optimal:
            return row_optimal_finder(params);
        case Strategy::optimal:
            return optimal_finder<Effort::quick>(params);
        case Strategy::optimal_thorough:
            return optimal_finder<Effort::thorough>(params);
        case Strategy::optimal_twice:
            return optimal_finder<Effort::twice>(params);
    }
    return nullptr;
}

static IndexHistory indexer(const MatchParams& params) noexcept {
    switch (params.strategy) {
        case Strategy::fast:
            return fast_indexer(params.min_match);
        case Strategy::double_fast:
            return double_fast_indexer(params.min_match);
        case Strategy::greedy:
        case Strategy::lazy:
        case Strategy::lazy2:
        case Strategy::row_optimal:
            return has_chains(params) ? index_chained<4> : row_indexer(params);
        case Strategy::optimal:
        case Strategy::optimal_thorough:
        case Strategy::optimal_twice:
            return tree_indexer(params.min_match);
    }
    return nullptr;
}

static RestoreIndex restorer(const MatchParams& params) noexcept {
    return params.strategy == Strategy::fast          ? fast_restorer(params.min_match)
           : params.strategy == Strategy::double_fast ? double_fast_restorer(params.min_match)
                                                      : nullptr;
}

static constexpr EncodeKernels kKernels = {finder,         indexer,        restorer,
                                           huffman_stream, sequence_codes, sequence_stream};

}  // namespace holt::zstd::HOLT_ZSTD_ISA
