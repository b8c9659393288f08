#include <holt/zstd/tools.hpp>

#include "codec/zstd/encode/compress.h"
#include "codec/zstd/format/tuning.h"

namespace holt {

ZstdParameters zstd_parameters(int level, std::optional<std::uint64_t> size,
                               const ZstdTuning& tuning) noexcept {
    const auto chosen =
        zstd::tuned_params(level == 0 ? zstd::kDefaultLevel : level,
                           size ? static_cast<std::size_t>(*size) : zstd::kUnknownSize,
                           {.strategy = tuning.strategy,
                            .window_log = tuning.window_log,
                            .hash_log = tuning.hash_log,
                            .search_log = tuning.search_log,
                            .target_length = tuning.target_length});
    return {.window_log = chosen.window_log,
            .chain_log = chosen.chain_log,
            .hash_log = chosen.hash_log,
            .search_log = chosen.search_log,
            .min_match = chosen.min_match,
            .target_length = chosen.target_length,
            .strategy = static_cast<unsigned>(chosen.strategy) + 1};
}

}  // namespace holt
