// Proves: each rule keeps what restic's rule of that name keeps, rules add up, groups are looked at
// apart, a hold is stronger than all, the order of commits and not a clock says what is newest, and
// rules by age refuse when the clock cannot be right.
#include "store/retention/retention.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace holt::store {
namespace {

constexpr std::int64_t kHour = 3600, kDay = 24 * kHour;
// Monday, 2024-01-01 12:00 UTC.
constexpr std::int64_t kNoon = 1'704'110'400;

// A snapshot called by its place, taken so many hours after that noon.
SnapshotInfo taken(std::string name, std::int64_t hours, std::string source = "/a") {
    SnapshotInfo info;
    info.name = std::move(name);
    info.source = std::move(source);
    info.created = {.seconds = kNoon + hours * kHour};
    return info;
}

// Every 6 hours for 40 days: s0 is the oldest.
std::vector<SnapshotInfo> often() {
    std::vector<SnapshotInfo> all;
    for (std::int64_t i = 0; i <= 160; ++i) all.push_back(taken("s" + std::to_string(i), 6 * i));
    return all;
}

Result<std::vector<Decision>> decisions(const std::vector<SnapshotInfo>& all,
                                        const KeepRules& rules,
                                        std::vector<std::string> group_by = {},
                                        UtcOffset offset = {}, bool allow_empty = false,
                                        std::int64_t now = kNoon + 1000 * kDay) {
    return decide({.snapshots = all,
                   .rules = rules,
                   .group_by = group_by,
                   .allow_empty = allow_empty,
                   .now = {.seconds = now},
                   .offset = std::move(offset)});
}

// The names of what is kept, newest first.
std::string kept(const std::vector<SnapshotInfo>& all, const KeepRules& rules,
                 std::vector<std::string> group_by = {}, UtcOffset offset = {}) {
    const auto made = decisions(all, rules, std::move(group_by), std::move(offset), true);
    EXPECT_TRUE(made) << made.error().message();
    std::string names;
    for (const Decision& one : *made) {
        EXPECT_FALSE(one.reasons.empty());
        if (one.keep) names += (names.empty() ? "" : " ") + one.snapshot.name;
    }
    return names;
}

TEST(Retention, EachRuleKeepsWhatItSays) {
    const auto all = often();  // s160 is of 2024-02-10 12:00, four a day: 00, 06, 12 and 18 o'clock
    struct Case {
        KeepRules rules;
        std::string kept;
    };
    const Case cases[] = {
        {{.last = 3}, "s160 s159 s158"},
        {{.hourly = 2}, "s160 s159"},
        {{.daily = 3}, "s160 s157 s153"},
        {{.weekly = 2}, "s160 s137"},
        {{.monthly = 2}, "s160 s121"},
        // Three months are asked for and two are there: the oldest makes up for the third.
        {{.monthly = 3}, "s160 s121 s0"},
        {{.yearly = 1}, "s160"},
        {{.yearly = 2}, "s160 s0"},
        {{.last = 1, .daily = 2, .monthly = 2}, "s160 s157 s121"},
        {{.within = CalendarSpan{.hours = 12}}, "s160 s159 s158"},
        {{.within = CalendarSpan{.days = 1, .hours = 1}}, "s160 s159 s158 s157 s156"},
        {{.last = 1000}, ""},
    };
    for (const Case& one : cases) {
        if (one.rules.last == 1000) {
            EXPECT_EQ(decisions(all, one.rules)->size(), 161u);
            continue;
        }
        EXPECT_EQ(kept(all, one.rules), one.kept);
    }
    const auto unlimited = decisions(all, {.daily = KeepRules::kUnlimited});
    EXPECT_EQ(std::ranges::count_if(*unlimited, &Decision::keep), 42);  // 41 days, and the oldest
}

TEST(Retention, ReasonsAreGiven) {
    const std::vector<SnapshotInfo> all = {taken("a", 0), taken("b", 1), taken("c", 30)};
    const auto made = decisions(all, {.last = 1, .daily = 5});
    ASSERT_TRUE(made);
    ASSERT_EQ(made->size(), 3u);
    EXPECT_EQ((*made)[0].reasons, (std::vector<std::string>{"last snapshot", "daily snapshot"}));
    EXPECT_EQ((*made)[1].reasons, (std::vector<std::string>{"daily snapshot"}));
    EXPECT_EQ((*made)[2].reasons, (std::vector<std::string>{"oldest, daily snapshot"}));
    const auto two = decisions(all, {.last = 1});
    EXPECT_EQ((*two)[2].reasons, (std::vector<std::string>{"no rule keeps it"}));
}

TEST(Retention, TagsKeepAndAHoldIsStrongerThanAll) {
    std::vector<SnapshotInfo> all = {taken("a", 0), taken("b", 1), taken("c", 2), taken("d", 3)};
    all[0].tags = {{"release", "1"}, {"signed", ""}};
    all[1].tags = {{"release", "2"}};
    all[2].hold = true;
    EXPECT_EQ(kept(all, {.tags = {{{"release", {}}}}}), "c b a");
    EXPECT_EQ(kept(all, {.tags = {{{"release", "1"}}}}), "c a");
    EXPECT_EQ(kept(all, {.tags = {{{"release", {}}, {"signed", {}}}}}), "c a");
    EXPECT_EQ(kept(all, {.last = 1, .tags = {{{"release", "2"}}, {{"signed", {}}}}}), "d c b a");
}

TEST(Retention, UseCountsAsMuchAsBeingNew) {
    const std::int64_t now = kNoon + 100 * kDay;
    std::vector<SnapshotInfo> all = {taken("old", 0), taken("restored", 0), taken("new", 95 * 24)};
    all[1].last_used = Time{.seconds = now - 29 * kDay};
    const KeepRules rules{.unused = CalendarSpan{.days = 30}};
    const auto made = decisions(all, rules, {}, {}, false, now);
    ASSERT_TRUE(made) << made.error().message();
    EXPECT_TRUE((*made)[0].keep);
    EXPECT_TRUE((*made)[1].keep);
    EXPECT_EQ((*made)[1].reasons, (std::vector<std::string>{"used within 30d"}));
    EXPECT_FALSE((*made)[2].keep);
    EXPECT_EQ((*made)[2].reasons, (std::vector<std::string>{"not used for 30d"}));
}

TEST(Retention, GroupsAreLookedAtApart) {
    std::vector<SnapshotInfo> all = {taken("a1", 0, "/a"), taken("b1", 1, "/b"),
                                     taken("a2", 2, "/a"), taken("b2", 3, "/b")};
    all[0].key = all[3].key = "k";
    all[1].tags = {{"branch", "x"}};
    EXPECT_EQ(kept(all, {.last = 1}, {"source"}), "a2 b2");
    EXPECT_EQ(kept(all, {.last = 1}, {"paths"}), "a2 b2");
    EXPECT_EQ(kept(all, {.last = 1}, {"key"}), "b2 a2");
    EXPECT_EQ(kept(all, {.last = 1}, {"tag:branch"}), "b2 b1");
    EXPECT_EQ(kept(all, {.last = 1}, {"tags"}), "b2 b1");
    EXPECT_EQ(kept(all, {.last = 1}, {"source", "key"}), "a1 b1 a2 b2");
    EXPECT_EQ(kept(all, {.last = 1}), "b2");
    const auto wrong = decisions(all, {.last = 1}, {"host"});
    ASSERT_FALSE(wrong);
    EXPECT_EQ(wrong.error().kind, ErrorKind::usage);
}

// A clock that was wrong when a snapshot was taken does not make it the newest.
TEST(Retention, NewestIsWhatWasCommittedLast) {
    const std::vector<SnapshotInfo> all = {taken("first", 50), taken("second", 0)};
    EXPECT_EQ(kept(all, {.last = 1}), "second");
}

TEST(Retention, RulesByAgeRefuseWhenTheClockStandsBeforeASnapshot) {
    const std::vector<SnapshotInfo> all = {taken("a", 0), taken("b", 24)};
    for (const KeepRules& rules :
         {KeepRules{.hourly = 1}, KeepRules{.daily = 1}, KeepRules{.weekly = 1},
          KeepRules{.monthly = 1}, KeepRules{.yearly = 1},
          KeepRules{.within = CalendarSpan{.days = 1}},
          KeepRules{.unused = CalendarSpan{.days = 1}}}) {
        const auto made = decisions(all, rules, {}, {}, true, kNoon + kHour);
        ASSERT_FALSE(made);
        EXPECT_EQ(made.error().kind, ErrorKind::failed);
        EXPECT_EQ(made.error().object, "b");
        EXPECT_NE(made.error().message().find("2024-01-01T13:00:00"), std::string::npos)
            << made.error().message();
    }
    EXPECT_TRUE(decisions(all, {.last = 1}, {}, {}, true, kNoon + kHour)) << "no clock is asked";
}

TEST(Retention, AGroupIsEmptiedOnlyWhenThatIsMeant) {
    const std::vector<SnapshotInfo> all = {taken("a", 0), taken("b", 1, "/b")};
    const KeepRules rules{.tags = {{{"nobody has this", {}}}}};
    const auto refused = decisions(all, rules, {"source"});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().object, "source=/a");
    const auto meant = decisions(all, rules, {"source"}, {}, true);
    ASSERT_TRUE(meant);
    EXPECT_TRUE(std::ranges::none_of(*meant, &Decision::keep));
}

TEST(Retention, DaysAndMonthsAreThoseOfTheLocalCalendar) {
    // 23:30 and 00:30 UTC: one day in New York, two in London.
    const std::vector<SnapshotInfo> all = {taken("before", -1), taken("late", 11),
                                           taken("early", 13)};
    EXPECT_EQ(kept(all, {.daily = 2}), "early late");
    const auto new_york = [](Time) { return std::int64_t{-5 * kHour}; };
    EXPECT_EQ(kept(all, {.daily = 1}, {}, new_york), "early");
    // The last day of a month less a month is the last of the one before.
    const Time march{.seconds = kNoon + 90 * kDay};  // 2024-03-31
    EXPECT_EQ(before(march, {.months = 1}, {}).seconds, kNoon + 59 * kDay);
    EXPECT_EQ(before(march, {.years = 1, .months = 2, .days = 3, .hours = 4}, {}).seconds,
              kNoon + (30 - 365 - 3) * kDay - 4 * kHour);
}

TEST(Retention, NothingGivesNothing) {
    EXPECT_EQ(kept({}, {.last = 1}), "");
}

}  // namespace
}  // namespace holt::store
