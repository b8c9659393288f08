// What decides which snapshots stay: rules, decisions with their reasons, names, tags and holds.
// Thread rule: values.
#pragma once

#include <holt/export.h>
#include <holt/store.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace holt {

/// A span of the calendar: "2 years 5 months 7 days 3 hours". None is negative.
struct CalendarSpan {
    int years = 0, months = 0, days = 0, hours = 0;
    bool operator==(const CalendarSpan&) const = default;
};
/// "2y5m7d3h"
HOLT_API std::string text_of(const CalendarSpan& span);

/// A tag with this key, and with this value if there is one.
struct TagQuery {
    std::string key;
    std::optional<std::string> value{};
};

/// Rules that keep snapshots; what none of them keeps is forgotten. They look at each group by
/// itself, from its newest snapshot to its oldest, in the order of the commits.
struct KeepRules {
    static constexpr int kUnlimited = -1;
    int last = 0;  ///< the newest so many
    /// The newest of each hour, day, ISO week, month, year (local time) that has any, for so many
    /// of them; and, while the number is not used up, the oldest of all.
    int hourly = 0, daily = 0, weekly = 0, monthly = 0, yearly = 0;
    std::optional<CalendarSpan> within{};  ///< taken within this span before the group's newest
    std::optional<CalendarSpan> unused{};  ///< taken or restored within this span before now
    /// Those that have all tags of one of these lists.
    std::vector<std::vector<TagQuery>> tags{};

    HOLT_API bool any() const noexcept;
    /// Whether one of them asks for the time.
    HOLT_API bool by_age() const noexcept;
};

struct ForgetOptions {
    /// These, whatever their age; then no rules may be given. One on hold is an error.
    std::vector<std::string> snaps{};
    /// Which snapshots it is about, when none are named: all of these must hold.
    std::optional<std::string> key_prefix{};
    std::vector<TagQuery> with_tags{};
    /// Without any rule all that it is about are forgotten, unless it is about all there are.
    KeepRules keep{};
    /// "source", "key", "tags", "tag:KEY": snapshots that agree in these are a group. None: all are
    /// one.
    std::vector<std::string> group_by{"source"};
    /// Rules may forget all of a group. (With `unused` they always may.)
    bool allow_empty = false;
    bool dry_run = false;
};

struct Decision {
    SnapshotInfo snapshot{};
    bool keep = false;
    std::string group{};                 ///< "source=/srv/app", empty when all are one
    std::vector<std::string> reasons{};  ///< in words, one at least
};

struct ForgetReport {
    std::vector<Decision> decisions{};  ///< by group, newest first
    std::uint64_t kept = 0, forgotten = 0;
};

struct TagOptions {
    std::optional<std::string> name{};                       ///< the new name; empty: none
    std::vector<std::pair<std::string, std::string>> set{};  ///< each takes the place of its key's
    std::vector<std::string> remove{};                       ///< keys
    std::optional<bool> hold{};  ///< true: no rule, and nothing else, forgets it
};

/// What to look for in snapshots: all that is given must hold.
struct FindOptions {
    std::string glob{};    ///< as SnapshotOptions::exclude has them; empty: any path
    std::string digest{};  ///< of a file's content, or how it begins (8 hex digits or more)
    std::optional<std::uint64_t> min_size{}, max_size{};  ///< of files
    std::optional<Time> newer{}, older{};  ///< time of modification: at or after, at or before
    std::vector<std::string> snaps{};      ///< only in these
    bool all = false;  ///< each place in each snapshot; else where each was last
    const Cancel* cancel = nullptr;
    unsigned threads = 0;  ///< at most; 0: as OpenOptions::threads
};

/// Where something was found.
struct FoundEntry {
    const SnapshotInfo& snapshot;
    EntryInfo entry;
};
using FoundVisitor = Visitor<FoundEntry>;

struct FindReport {
    std::uint64_t found = 0, snapshots = 0;  ///< places told; snapshots looked into
    std::uint64_t damaged = 0;               ///< folders that could not be read, each noted
};

}  // namespace holt
