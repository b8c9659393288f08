// What --timings prints. Thread rule: pure functions.
#pragma once

#include <holt/timings.hpp>

#include <string>
#include <vector>

#include "cli/output/json.h"

namespace holt::cli {

/// A small table: each stage with its share of the busy time, then the counts.
std::vector<std::string> timings_lines(const Timings& timings);

/// One line of type "timings"; times in seconds.
Json timings_json(const Timings& timings);

}  // namespace holt::cli
