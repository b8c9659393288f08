// Which snapshots stay: a pure function from snapshots and rules to decisions with their reasons.
//
//   snapshots, oldest first -> groups -> each from its newest to its oldest, through every rule
//
// Nothing is read and nothing is written here; the time and the local calendar are arguments.
// Thread rule: pure functions.
#pragma once

#include <holt/retention.hpp>

#include <functional>
#include <span>

#include "base/error.h"

namespace holt::store {

/// Seconds to add to UTC for local time, at a moment.
using UtcOffset = std::function<std::int64_t(Time)>;

struct RetentionInput {
    std::span<const SnapshotInfo> snapshots;  ///< in the order of their commits, oldest first
    const KeepRules& rules;
    std::span<const std::string> group_by;
    bool allow_empty = false;
    Time now{};
    UtcOffset offset{};  ///< nothing: UTC
};

/// By group, in the order of the groups' first snapshots, newest first. `usage` for a group that
/// nobody knows; `failed` when the clock stands before a snapshot and a rule asks for the time, and
/// when rules would forget all of a group that is not meant to be emptied.
Result<std::vector<Decision>> decide(const RetentionInput& input);

/// All of `wanted` are among the snapshot's tags.
bool has_tags(const SnapshotInfo& snapshot, std::span<const TagQuery> wanted);

/// `failed` when the clock stands before one of the snapshots: what age means is not known then.
Status check_clock(std::span<const SnapshotInfo> snapshots, Time now);

/// `time` less a span of the calendar: a day that a month does not have is its last one.
Time before(Time time, const CalendarSpan& span, const UtcOffset& offset);

}  // namespace holt::store
