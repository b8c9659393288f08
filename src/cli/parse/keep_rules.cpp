#include "cli/parse/keep_rules.h"

#include <fmt/format.h>

#include <charconv>

#include "base/error.h"

namespace holt::cli {
namespace {

std::unexpected<Error> no_span(Origin from, std::string_view text) {
    return usage_error(from.command,
                       fmt::format("{} takes a span such as 12h, 30d or 1y6m (y, m, w, d, h), not "
                                   "'{}'",
                                   from.option, printable(text)));
}

}  // namespace

Result<CalendarSpan> parse_span(Origin from, std::string_view text) {
    constexpr int kMost = 100'000;  // of whatever unit: 273 years of days
    constexpr std::string_view kUnits = "ymwdh";
    CalendarSpan span;
    std::string seen;
    for (std::string_view rest = text; !rest.empty();) {
        int number = 0;
        const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
        const auto digits = static_cast<std::size_t>(end - rest.data());
        if (error != std::errc{} || number < 0 || number > kMost || digits == rest.size())
            return no_span(from, text);
        const char unit = rest[digits];
        if (kUnits.find(unit) == kUnits.npos || seen.find(unit) != seen.npos)
            return no_span(from, text);
        seen += unit;
        if (unit == 'y') span.years = number;
        if (unit == 'm') span.months = number;
        if (unit == 'w') span.days += 7 * number;
        if (unit == 'd') span.days += number;
        if (unit == 'h') span.hours = number;
        rest.remove_prefix(digits + 1);
    }
    if (seen.empty() || span == CalendarSpan{}) return no_span(from, text);
    return span;
}

Result<int> parse_count(Origin from, std::string_view text) {
    constexpr std::int64_t kMost = 1'000'000'000;
    if (text == "unlimited" || text == "-1") return KeepRules::kUnlimited;
    HOLT_TRY_LET(number, parse_integer(from, text, 0, kMost));
    return static_cast<int>(number);
}

Result<TagQuery> parse_tag_query(Origin from, std::string_view text) {
    const std::size_t equals = text.find('=');
    if (text.empty() || equals == 0)
        return usage_error(from.command, fmt::format("{} takes KEY or KEY=VALUE, not '{}'",
                                                     from.option, printable(text)));
    if (equals == text.npos) return TagQuery{std::string(text), {}};
    return TagQuery{std::string(text.substr(0, equals)), std::string(text.substr(equals + 1))};
}

Result<std::vector<TagQuery>> parse_tag_queries(Origin from, std::string_view text) {
    std::vector<TagQuery> all;
    for (std::string_view rest = text;;) {
        const std::size_t comma = rest.find(',');
        HOLT_TRY_LET(one, parse_tag_query(from, rest.substr(0, comma)));
        all.push_back(std::move(one));
        if (comma == rest.npos) return all;
        rest.remove_prefix(comma + 1);
    }
}

Result<std::pair<std::string, std::string>> parse_tag(Origin from, const std::string& text) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0)
        return usage_error(from.command, fmt::format("{} takes KEY=VALUE, not '{}'", from.option,
                                                     printable(text)));
    return std::pair(text.substr(0, equals), text.substr(equals + 1));
}

void KeepOptions::define(OptionTable& table) {
    counts_ = {{"--keep-last", "the newest N snapshots", &KeepRules::last},
               {"--keep-hourly", "the newest of each of the last N hours that have any",
                &KeepRules::hourly},
               {"--keep-daily", "the same for N days", &KeepRules::daily},
               {"--keep-weekly", "the same for N weeks", &KeepRules::weekly},
               {"--keep-monthly", "the same for N months", &KeepRules::monthly},
               {"--keep-yearly", "the same for N years", &KeepRules::yearly}};
    for (Count& count : counts_)
        count.given = add_value(table, count.option, count.text, "N",
                                std::string("keep ") + count.help + "; unlimited: all of them");
    add_list(table, "--keep-tag", tags_, "TAG,...",
             "keep those with these tags, each KEY or KEY=VALUE; may be repeated, one is enough");
    within_given_ = add_value(table, "--keep-within", within_, "SPAN",
                              "keep those taken within SPAN (2y5m7d3h) before the newest");
    unused_given_ = add_value(table, "--unused", unused_, "SPAN",
                              "forget only those neither taken nor restored within SPAN");
}

Result<KeepRules> KeepOptions::parse(std::string_view command) const {
    KeepRules rules;
    for (const Count& count : counts_) {
        if (count.given->count() == 0) continue;
        HOLT_TRY_LET(number, parse_count({command, count.option}, count.text));
        rules.*count.rule = number;
    }
    if (within_given_->count() > 0) {
        HOLT_TRY_LET(span, parse_span({command, "--keep-within"}, within_));
        rules.within = span;
    }
    if (unused_given_->count() > 0) {
        HOLT_TRY_LET(span, parse_span({command, "--unused"}, unused_));
        rules.unused = span;
    }
    for (const std::string& text : tags_) {
        HOLT_TRY_LET(tags, parse_tag_queries({command, "--keep-tag"}, text));
        rules.tags.push_back(std::move(tags));
    }
    return rules;
}

}  // namespace holt::cli
