// Declaring options and reading their values. Values are taken as raw bytes; what a text means is
// decided here, with errors that name the option. Thread rule: pure functions; the target of an
// option must outlive its table.
#pragma once

#include <holt/error.hpp>
#include <holt/store.hpp>

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/parse/args.h"

namespace holt::cli {

/// An option with a value; the last one given counts. `unit` is what help calls the value.
Option* add_value(OptionTable& table, std::string_view names, std::string& target, std::string unit,
                  std::string help);
/// An option that may be given several times.
Option* add_list(OptionTable& table, std::string_view names, std::vector<std::string>& target,
                 std::string unit, std::string help);
Option* add_switch(OptionTable& table, std::string_view names, bool& target, std::string help);

/// An operand: optional unless made ->required().
Option* add_operand(OptionTable& table, std::string_view name, std::string& target,
                    std::string help);
/// All operands that are left; the last one declared.
Option* add_operands(OptionTable& table, std::string_view name, std::vector<std::string>& target,
                     std::string help);

/// Help of the two options that select entries.
inline constexpr char kIncludeHelp[] =
    "only what matches, or lies in a folder that matches; a GLOB is written as for `holt "
    "snapshot --exclude`, seen from the root; may be repeated";
inline constexpr char kExcludeHelp[] =
    "not what matches, or lies in a folder that matches: it is not read, changed, removed or "
    "counted; may be repeated";

/// Where a value came from, for messages.
struct Origin {
    std::string_view command, option;
};

/// A usage error when the option was given without a text, as by a variable that is not set.
Status refuse_empty(Origin from, const Option& option, const std::string& value);
/// A whole number from `low` to `high`.
Result<std::int64_t> parse_integer(Origin from, std::string_view text, std::int64_t low,
                                   std::int64_t high);
/// "2", "0.5": seconds, not negative.
Result<std::chrono::milliseconds> parse_seconds(Origin from, std::string_view text);
/// "preserve", "caller", "1000" or "1000:100".
Result<OwnerChoice> parse_owner(Origin from, std::string_view text);
/// "10%" or "10": 1 to 100.
Result<unsigned> parse_percent(Origin from, std::string_view text);
/// "4096", "64K", "64KiB", "128MB", "2G": binary units, as zstd reads them.
Result<std::uint64_t> parse_size(Origin from, std::string_view text);

/// One of a few words.
template <class T>
Result<T> parse_word(Origin from, std::string_view text,
                     std::initializer_list<std::pair<std::string_view, T>> words) {
    std::string known;
    for (const auto& [word, value] : words) {
        if (word == text) return value;
        known += known.empty() ? "" : ", ";
        known += word;
    }
    return usage_error(from.command, std::string(from.option) + " takes one of " + known);
}

}  // namespace holt::cli
