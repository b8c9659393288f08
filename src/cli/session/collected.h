// What a garbage collection did, in words and as JSON: for `gc` and `forget --gc`. Thread rule: the
// main thread.
#pragma once

#include <chrono>
#include <holt/gc.hpp>

#include "cli/session/session.h"

namespace holt::cli {

void tell_collected(Session& session, const GcReport& report, std::chrono::nanoseconds time);
Json gc_summary(Session& session, const GcReport& report, std::chrono::nanoseconds time,
                bool dry_run);

}  // namespace holt::cli
