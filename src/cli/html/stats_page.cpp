#include "cli/html/stats_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <vector>

#include "cli/html/svg.h"
#include "cli/output/text.h"

namespace holt::cli {
namespace {

constexpr std::size_t kMostDays = 90, kMostRows = 30, kMostInMatrix = 24;

constexpr const char* kStyle = R"css(
:root { --ground: #ffffff; --panel: #f5f6f8; --ink: #1c2128; --faint: #5c6673; --line: #d5d9df;
  --hit: #2a7f62; --partial: #b98a1d; --miss: #c2513c; --adds: #2f6fb3; --shared: #bcd0e6; }
@media (prefers-color-scheme: dark) {
  :root { --ground: #14171b; --panel: #1d2127; --ink: #e4e8ed; --faint: #9aa5b1; --line: #363d46;
    --hit: #4fb38f; --partial: #d9ae4e; --miss: #e27c67; --adds: #69a5e3; --shared: #34475c; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2rem 1.25rem 4rem; max-width: 60rem; background: var(--ground);
  color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.5rem; margin: 0; } h2 { font-size: 1.1rem; margin: 2.5rem 0 .5rem; }
p { color: var(--faint); margin: .25rem 0 1rem; }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: .75rem; }
.card { background: var(--panel); border-radius: .5rem; padding: .75rem 1rem; }
.card b { display: block; font-size: 1.4rem; font-variant-numeric: tabular-nums; }
.card span, .key { color: var(--faint); font-size: .875rem; }
.key i { display: inline-block; width: .75rem; height: .75rem; border-radius: 2px;
  margin: 0 .35rem 0 .9rem; }
svg { display: block; width: 100%; height: auto; } svg text { fill: var(--faint);
  font: 12px system-ui, sans-serif; }
.axis { fill: var(--line); } .hit { fill: var(--hit); background: var(--hit); }
.partial { fill: var(--partial); background: var(--partial); }
.miss { fill: var(--miss); background: var(--miss); }
.adds { fill: var(--adds); background: var(--adds); }
.shared { fill: var(--shared); background: var(--shared); } .self { fill: var(--faint); }
table { border-collapse: collapse; width: 100%; font-size: .875rem; }
th, td { text-align: left; padding: .35rem .75rem .35rem 0; border-bottom: 1px solid var(--line);
  overflow-wrap: anywhere; }
)css";

std::string card(const std::string& value, std::string_view what) {
    return fmt::format("<div class=\"card\"><b>{}</b><span>{}</span></div>\n", html_text(value),
                       html_text(what));
}

std::string key_of(const std::vector<std::pair<std::string, std::string>>& parts) {
    std::string text = "<div class=\"key\">";
    for (const auto& [kind, what] : parts)
        text += fmt::format("<i class=\"{}\"></i>{}", kind, html_text(what));
    return text + "</div>\n";
}

std::string section(std::string_view title, std::string_view about) {
    return fmt::format("<h2>{}</h2>\n<p>{}</p>\n", html_text(title), html_text(about));
}

std::string name_of(const SnapshotInfo& snapshot) {
    if (!snapshot.name.empty()) return snapshot.name;
    return snapshot.key.empty() ? snapshot.id.short_hex() : snapshot.key;
}

std::string milliseconds_text(std::uint64_t milliseconds) {
    return duration_text(std::chrono::milliseconds(milliseconds));
}

// Every day from the first of the last 90 that had any use to the last.
std::vector<CacheDay> days_without_gaps(const std::vector<CacheDay>& used) {
    std::vector<CacheDay> days;
    if (used.empty()) return days;
    const std::int64_t last = used.back().day;
    const std::int64_t first =
        std::max(used.front().day, last - static_cast<std::int64_t>(kMostDays) + 1);
    for (std::int64_t day = first; day <= last; ++day) {
        const auto found = std::ranges::find(used, day, &CacheDay::day);
        days.push_back(found != used.end() ? *found : CacheDay{.day = day});
    }
    return days;
}

std::string use_by_day(const std::vector<CacheDay>& days) {
    std::vector<DayBar> bars;
    std::uint64_t most = 0;
    for (const CacheDay& day : days) {
        const std::string date = day_text(day.day);
        bars.push_back({.title = fmt::format("{}: {} hits, {} partial, {} misses", date, day.hits,
                                             day.partial, day.misses),
                        .label = date.substr(5),
                        .parts = {static_cast<double>(day.hits), static_cast<double>(day.partial),
                                  static_cast<double>(day.misses)}});
        most = std::max(most, day.hits + day.partial + day.misses);
    }
    return day_chart("hits and misses by day", bars, {"hit", "partial", "miss"},
                     count_text(most) + " on the busiest day");
}

std::string saved_by_day(const std::vector<CacheDay>& days) {
    std::vector<DayBar> bars;
    std::uint64_t most = 0;
    for (const CacheDay& day : days) {
        const std::string date = day_text(day.day);
        bars.push_back({.title = date + ": " + milliseconds_text(day.milliseconds),
                        .label = date.substr(5),
                        .parts = {static_cast<double>(day.milliseconds)}});
        most = std::max(most, day.milliseconds);
    }
    return day_chart("time saved by day", bars, {"adds"}, milliseconds_text(most) + " at most");
}

std::string what_snapshots_add(const SharingReport& sharing) {
    std::vector<ContentBar> bars;
    const std::size_t count = sharing.snapshots.size();
    for (std::size_t i = count - std::min(count, kMostRows); i < count; ++i)
        bars.push_back(
            {.name = name_of(sharing.snapshots[i]),
             .title = name_of(sharing.snapshots[i]) + ": adds " + size_text(sharing.adds[i]) +
                      " of " + size_text(sharing.content[i]),
             .part = static_cast<double>(sharing.adds[i]),
             .whole = static_cast<double>(sharing.content[i]),
             .text = size_text(sharing.adds[i]) + " of " + size_text(sharing.content[i])});
    return content_chart("what each snapshot adds to the store", bars);
}

std::string what_shares_what(const SharingReport& sharing) {
    std::vector<std::string> names;
    std::vector<std::vector<double>> share;
    const std::size_t count = sharing.snapshots.size();
    const std::size_t first = count - std::min(count, kMostInMatrix);
    for (std::size_t i = first; i < count; ++i) {
        names.push_back(name_of(sharing.snapshots[i]));
        std::vector<double> row;
        for (std::size_t j = first; j < i; ++j) {
            const auto smaller =
                static_cast<double>(std::min(sharing.content[i], sharing.content[j]));
            row.push_back(smaller > 0 ? static_cast<double>(sharing.shared[i][j]) / smaller : 0);
        }
        share.push_back(std::move(row));
    }
    return share_matrix("how much of the smaller of two is in the other", names, share);
}

std::string evictions_table(const std::vector<CacheEviction>& evictions) {
    std::string table = "<table><tr><th>when</th><th>key</th><th>scope</th><th>why</th></tr>\n";
    for (std::size_t i = 0; i < std::min(evictions.size(), kMostRows); ++i)
        table += fmt::format("<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n",
                             html_text(time_text(evictions[i].when)), html_text(evictions[i].key),
                             html_text(evictions[i].scope), html_text(evictions[i].why));
    return table + "</table>\n";
}

}  // namespace

std::string day_text(std::int64_t day) {
    const std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{day}}};
    return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
}

std::string stats_page(const std::string& store, const Stats& stats, const CacheStats& cache,
                       const SharingReport& sharing) {
    CacheDay all;
    for (const CacheDay& day : cache.days) {
        all.hits += day.hits;
        all.partial += day.partial;
        all.misses += day.misses;
        all.bytes += day.bytes;
        all.milliseconds += day.milliseconds;
    }
    const std::uint64_t asked = all.hits + all.partial + all.misses;
    const auto days = days_without_gaps(cache.days);
    std::string page =
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
        "<meta name=\"color-scheme\" content=\"light dark\">\n<title>Holt: " +
        html_text(store) + "</title>\n<style>" + kStyle +
        "</style></head>\n<body>\n<h1>Holt</h1>\n<p>" + html_text(store) +
        "</p>\n<div class=\"cards\">\n";
    page += card(percent_text(all.hits, asked), "of " + count_text(asked, "request") + " hit");
    page += card(milliseconds_text(all.milliseconds), "saved by hits");
    page += card(size_text(all.bytes), "restored by key");
    page += card(count_text(cache.entries), "environments");
    page += card(size_text(stats.pack_bytes + stats.catalog_bytes), "on disk");
    page += card(size_text(stats.source_bytes), "as plain copies");
    page += "</div>\n";
    page +=
        section("Hits and misses", "By day, in UTC. Partial: another key with the same beginning.");
    page += key_of({{"hit", "hit"}, {"partial", "partial"}, {"miss", "miss"}}) + use_by_day(days);
    page += section("Time saved",
                    "What the commands took that made the environments, less the restores.");
    page += saved_by_day(days);
    page += section("What each snapshot adds", "Content before compression, the newest last.");
    page += key_of({{"adds", "new with it"}, {"shared", "in an older one, too"}});
    page += what_snapshots_add(sharing);
    page += section("What shares what", "The darker, the more of the smaller one is in the other.");
    page += what_shares_what(sharing);
    if (!cache.evictions.empty())
        page += section("Evicted last", "") + evictions_table(cache.evictions);
    return page + "</body></html>\n";
}

}  // namespace holt::cli
