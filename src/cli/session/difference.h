// One difference between two trees, as diff and verify print it. Thread rule: the main thread.
#pragma once

#include <holt/store.hpp>

#include "cli/session/session.h"

namespace holt::cli {

/// The exit code when trees differ: as diff(1).
inline constexpr int kDiffers = 1;

/// "M path  (detail)", or a JSON line.
void print_difference(Session& session, const DiffEntry& entry);
/// "2 added, 1 removed, 3 changed", or `none`; for people.
void tell_differences(Session& session, const DiffReport& report, std::string_view none);
/// kDiffers, or that of `partial` when nothing differs and something could not be compared, which
/// is told; else 0.
int difference_code(Session& session, const DiffReport& report);
/// The counts, into the summary.
void put_differences(Json& summary, const DiffReport& report);

}  // namespace holt::cli
