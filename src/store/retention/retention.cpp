#include "store/retention/retention.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <limits>
#include <map>

#include "base/rfc3339.h"

namespace holt::store {
namespace {

constexpr const char* kForget = "forget snapshots";
constexpr std::int64_t kHour = 3600, kDay = 24 * kHour;

std::int64_t floor_divide(std::int64_t a, std::int64_t b) noexcept {
    return a / b - (a % b < 0 ? 1 : 0);
}

std::int64_t local_seconds(Time time, const UtcOffset& offset) {
    return time.seconds + (offset ? offset(time) : 0);
}

std::chrono::year_month_day local_date(std::int64_t local) {
    return std::chrono::sys_days(std::chrono::days(floor_divide(local, kDay)));
}

// The number of the hour, day, ... that a time lies in: equal for two times in the same one.
enum class Period : std::uint8_t { hour, day, week, month, year };
std::int64_t number_of(Period period, std::int64_t local) {
    constexpr std::int64_t kDaysToMonday = 3;  // 1970 began on a Thursday
    const std::int64_t day = floor_divide(local, kDay);
    const auto date = local_date(local);
    switch (period) {
        case Period::hour:
            return floor_divide(local, kHour);
        case Period::day:
            return day;
        case Period::week:
            return floor_divide(day + kDaysToMonday, 7);
        case Period::month:
            return static_cast<int>(date.year()) * 12 +
                   static_cast<std::int64_t>(static_cast<unsigned>(date.month()));
        case Period::year:
            return static_cast<int>(date.year());
    }
    return 0;
}

// One rule that keeps the newest of each period.
struct PeriodRule {
    Period period;
    const char* name;
    int left;  // how many more; kUnlimited: all
    std::int64_t seen = std::numeric_limits<std::int64_t>::min();

    // The reason to keep a snapshot, or nothing.
    std::string reason(std::int64_t local, bool is_oldest) {
        if (left == 0) return {};
        const std::int64_t number = number_of(period, local);
        const bool is_new = number != seen;
        if (!is_new && !is_oldest) return {};
        seen = number;
        if (left > 0) --left;
        return (is_new ? "" : "oldest, ") + std::string(name) + " snapshot";
    }
};

std::string tag_text(const TagQuery& tag) {
    return tag.value ? tag.key + "=" + *tag.value : tag.key;
}

std::string tags_text(std::span<const TagQuery> tags) {
    std::string text;
    for (const TagQuery& tag : tags) text += (text.empty() ? "" : ",") + tag_text(tag);
    return text;
}

// What a snapshot has of one grouping: "key=abc".
Result<std::string> group_part(const SnapshotInfo& snapshot, const std::string& by) {
    constexpr std::string_view kTag = "tag:";
    if (by == "source" || by == "path" || by == "paths") return "source=" + snapshot.source;
    if (by == "key") return "key=" + snapshot.key;
    if (by == "tags") {
        std::vector<std::string> all;
        for (const auto& [key, value] : snapshot.tags) all.push_back(key + "=" + value);
        std::ranges::sort(all);
        std::string text;
        for (const std::string& one : all) text += (text.empty() ? "tags=" : ",") + one;
        return text.empty() ? "tags=" : text;
    }
    if (by.starts_with(kTag)) {
        const std::string key = by.substr(kTag.size());
        const auto tag =
            std::ranges::find(snapshot.tags, key, &std::pair<std::string, std::string>::first);
        return key + "=" + (tag == snapshot.tags.end() ? "" : tag->second);
    }
    return fail(ErrorKind::usage, kForget, by, "snapshots cannot be grouped by this",
                "group by source, key, tags or tag:KEY");
}

Result<std::string> group_of(const SnapshotInfo& snapshot, std::span<const std::string> group_by) {
    std::string group;
    for (const std::string& by : group_by) {
        HOLT_TRY_LET(part, group_part(snapshot, by));
        group += (group.empty() ? "" : ", ") + part;
    }
    return group;
}

// Goes through one group, newest first.
class Group {
  public:
    Group(const RetentionInput& input, Time newest)
        : input_(input),
          last_(input.rules.last),
          periods_{{{Period::hour, "hourly", input.rules.hourly},
                    {Period::day, "daily", input.rules.daily},
                    {Period::week, "weekly", input.rules.weekly},
                    {Period::month, "monthly", input.rules.monthly},
                    {Period::year, "yearly", input.rules.yearly}}} {
        if (input.rules.within) within_ = before(newest, *input.rules.within, input.offset);
        if (input.rules.unused) used_since_ = before(input.now, *input.rules.unused, input.offset);
    }

    Decision decide(const SnapshotInfo& snapshot, bool is_oldest) {
        Decision decision{.snapshot = snapshot};
        std::vector<std::string>& reasons = decision.reasons;
        if (snapshot.hold) reasons.emplace_back("on hold");
        if (last_ != 0) {
            reasons.emplace_back("last snapshot");
            if (last_ > 0) --last_;
        }
        const std::int64_t local = local_seconds(snapshot.created, input_.offset);
        for (PeriodRule& rule : periods_)
            if (std::string reason = rule.reason(local, is_oldest); !reason.empty())
                reasons.push_back(std::move(reason));
        if (within_ && snapshot.created >= *within_)
            reasons.push_back("within " + text_of(*input_.rules.within));
        if (used_since_ &&
            std::max(snapshot.created, snapshot.last_used.value_or(Time{})) >= *used_since_)
            reasons.push_back("used within " + text_of(*input_.rules.unused));
        for (const std::vector<TagQuery>& tags : input_.rules.tags)
            if (has_tags(snapshot, tags)) reasons.push_back("tag " + tags_text(tags));
        decision.keep = !reasons.empty();
        if (!decision.keep)
            reasons.push_back(used_since_ ? "not used for " + text_of(*input_.rules.unused)
                                          : "no rule keeps it");
        return decision;
    }

  private:
    const RetentionInput& input_;
    int last_;
    std::array<PeriodRule, 5> periods_;
    std::optional<Time> within_{}, used_since_{};
};

Status refuse_to_empty(const RetentionInput& input, std::span<const Decision> group) {
    if (input.allow_empty || input.rules.unused) return {};
    if (std::ranges::any_of(group, &Decision::keep)) return {};
    return fail(ErrorKind::failed, kForget, group.front().group,
                "the rules keep none of its " + std::to_string(group.size()) + " snapshots",
                Advice::allow_empty);
}

}  // namespace

bool has_tags(const SnapshotInfo& snapshot, std::span<const TagQuery> wanted) {
    return std::ranges::all_of(wanted, [&](const TagQuery& tag) {
        return std::ranges::any_of(snapshot.tags, [&](const auto& has) {
            return has.first == tag.key && (!tag.value || has.second == *tag.value);
        });
    });
}

Status check_clock(std::span<const SnapshotInfo> snapshots, Time now) {
    for (const SnapshotInfo& snapshot : snapshots) {
        if (snapshot.created <= now) continue;
        return fail(ErrorKind::failed, kForget,
                    snapshot.name.empty() ? snapshot.id.short_hex() : snapshot.name,
                    "it was taken at " + rfc3339(snapshot.created) +
                        ", and this machine's clock stands at " + rfc3339(now) +
                        ": rules by age would forget the wrong ones",
                    "set the clock; if it was wrong when that snapshot was taken, forget it by its "
                    "id first");
    }
    return {};
}

Time before(Time time, const CalendarSpan& span, const UtcOffset& offset) {
    const std::int64_t local = local_seconds(time, offset);
    const std::chrono::year_month_day date = local_date(local);
    const auto month = date.year() / date.month() - std::chrono::years(span.years) -
                       std::chrono::months(span.months);
    const auto last = (month / std::chrono::last).day();
    const std::chrono::sys_days day = month / std::min(date.day(), last);
    const std::int64_t of_day = local - floor_divide(local, kDay) * kDay;
    const std::int64_t then =
        day.time_since_epoch().count() * kDay + of_day - span.days * kDay - span.hours * kHour;
    return {.seconds = time.seconds - (local - then), .nanoseconds = time.nanoseconds};
}

Result<std::vector<Decision>> decide(const RetentionInput& input) {
    if (input.rules.by_age()) HOLT_TRY(check_clock(input.snapshots, input.now));
    std::map<std::string, std::size_t> numbers;
    std::vector<std::pair<std::string, std::vector<const SnapshotInfo*>>> groups;
    for (const SnapshotInfo& snapshot : input.snapshots) {
        HOLT_TRY_LET(name, group_of(snapshot, input.group_by));
        const auto [known, is_new] = numbers.emplace(name, groups.size());
        if (is_new) groups.push_back({name, {}});
        groups[known->second].second.push_back(&snapshot);
    }
    std::vector<Decision> decisions;
    for (const auto& [name, members] : groups) {
        const std::size_t begin = decisions.size();
        const auto newest = std::ranges::max_element(
            members, {}, [](const SnapshotInfo* one) { return one->created; });
        Group group(input, (*newest)->created);
        for (std::size_t i = members.size(); i-- > 0;) {
            decisions.push_back(group.decide(*members[i], i == 0));
            decisions.back().group = name;
        }
        HOLT_TRY(refuse_to_empty(input, std::span(decisions).subspan(begin)));
    }
    return decisions;
}

}  // namespace holt::store
