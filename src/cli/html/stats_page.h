// The page of `holt stats --html`: one file that needs nothing else, readable in light and dark.
// Thread rule: a pure function, but for the time of day on it.
#pragma once

#include <holt/cache.hpp>

#include <string>

namespace holt::cli {

std::string stats_page(const std::string& store, const Stats& stats, const CacheStats& cache,
                       const SharingReport& sharing);

/// "2026-11-30" of a day since 1970.
std::string day_text(std::int64_t day);

}  // namespace holt::cli
