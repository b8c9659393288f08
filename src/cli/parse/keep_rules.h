// Rules, spans and tags as they are written on the command line. Thread rule: pure functions.
#pragma once

#include <holt/retention.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/parse/options.h"

namespace holt::cli {

/// "2y5m7d3h", with w for weeks: one part at least, each unit once.
Result<CalendarSpan> parse_span(Origin from, std::string_view text);
/// A whole number of snapshots, or "unlimited".
Result<int> parse_count(Origin from, std::string_view text);
/// "KEY" or "KEY=VALUE".
Result<TagQuery> parse_tag_query(Origin from, std::string_view text);
/// Several of them with commas between.
Result<std::vector<TagQuery>> parse_tag_queries(Origin from, std::string_view text);
/// "KEY=VALUE".
Result<std::pair<std::string, std::string>> parse_tag(Origin from, const std::string& text);

/// The options of `forget` that are rules.
class KeepOptions {
  public:
    void define(OptionTable& table);
    Result<KeepRules> parse(std::string_view command) const;

  private:
    struct Count {
        const char* option;
        const char* help;
        int KeepRules::*rule;
        std::string text{};
        Option* given = nullptr;
    };
    std::vector<Count> counts_;
    std::string within_, unused_;
    std::vector<std::string> tags_;
    Option *within_given_ = nullptr, *unused_given_ = nullptr;
};

}  // namespace holt::cli
