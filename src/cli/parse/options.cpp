#include "cli/parse/options.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>

#include "base/error.h"

namespace holt::cli {
namespace {

template <class T>
std::optional<T> number(std::string_view text) {
    T value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

}  // namespace

Option* add_value(OptionTable& table, std::string_view names, std::string& target, std::string unit,
                  std::string help) {
    return table.add(names, Option::Value::next, &target)
        ->unit(std::move(unit))
        ->help(std::move(help));
}

Option* add_list(OptionTable& table, std::string_view names, std::vector<std::string>& target,
                 std::string unit, std::string help) {
    return table.add(names, Option::Value::next, &target)
        ->unit(std::move(unit))
        ->help(std::move(help));
}

Option* add_switch(OptionTable& table, std::string_view names, bool& target, std::string help) {
    return table.add(names, Option::Value::none, &target)->help(std::move(help));
}

Option* add_operand(OptionTable& table, std::string_view name, std::string& target,
                    std::string help) {
    return table.add(name, Option::Value::next, &target)->help(std::move(help));
}

Option* add_operands(OptionTable& table, std::string_view name, std::vector<std::string>& target,
                     std::string help) {
    return table.add(name, Option::Value::next, &target)->help(std::move(help));
}

Status refuse_empty(Origin from, const Option& option, const std::string& value) {
    if (option.count() == 0 || !value.empty()) return {};
    return usage_error(from.command, fmt::format("{} is empty", from.option));
}

Result<std::int64_t> parse_integer(Origin from, std::string_view text, std::int64_t low,
                                   std::int64_t high) {
    const auto value = number<std::int64_t>(text);
    if (!value || *value < low || *value > high)
        return usage_error(from.command,
                           fmt::format("{} takes a whole number from {} to {}, not '{}'",
                                       from.option, low, high, printable(text)));
    return *value;
}

Result<std::chrono::milliseconds> parse_seconds(Origin from, std::string_view text) {
    static constexpr double kLongest = 1e9;  // 31 years; keeps the arithmetic below exact
    const auto value = number<double>(text);
    if (!value || !(*value >= 0 && *value <= kLongest))
        return usage_error(from.command,
                           fmt::format("{} takes seconds, such as 10 or 0.5, not '{}'", from.option,
                                       printable(text)));
    return std::chrono::milliseconds(static_cast<std::int64_t>(*value * 1000));
}

Result<OwnerChoice> parse_owner(Origin from, std::string_view text) {
    using Who = OwnerChoice::Who;
    if (text == "preserve") return OwnerChoice{.who = Who::preserve};
    if (text == "caller") return OwnerChoice{.who = Who::caller};
    OwnerChoice choice{.who = Who::given};
    const std::size_t colon = std::min(text.find(':'), text.size());
    const auto uid = number<std::uint32_t>(text.substr(0, colon));
    if (uid) choice.uid = *uid;
    if (colon < text.size()) choice.gid = number<std::uint32_t>(text.substr(colon + 1));
    if (!uid || (colon < text.size() && !choice.gid))
        return usage_error(from.command, fmt::format("{} takes preserve, caller or UID[:GID], not "
                                                     "'{}'",
                                                     from.option, printable(text)));
    return choice;
}

Result<unsigned> parse_percent(Origin from, std::string_view text) {
    std::string_view digits = text;
    if (digits.ends_with('%')) digits.remove_suffix(1);
    const auto value = number<unsigned>(digits);
    if (!value || *value < 1 || *value > 100)
        return usage_error(from.command,
                           fmt::format("{} takes a percentage from 1% to 100%, not '{}'",
                                       from.option, printable(text)));
    return *value;
}

Result<std::uint64_t> parse_size(Origin from, std::string_view text) {
    const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
    const auto value = number<std::uint64_t>(text.substr(0, digits));
    const std::string_view unit = text.substr(digits);
    int shift = -1;
    if (unit.empty() || unit == "B") shift = 0;
    for (const auto& [letter, bits] : {std::pair{'K', 10}, {'M', 20}, {'G', 30}, {'T', 40}}) {
        const std::string one(1, letter);
        if (unit == one || unit == one + "B" || unit == one + "iB") shift = bits;
    }
    if (!value || shift < 0 || *value > std::numeric_limits<std::uint64_t>::max() >> shift)
        return usage_error(from.command, fmt::format("{} takes a size such as 64MiB, not '{}'",
                                                     from.option, printable(text)));
    return *value << shift;
}

}  // namespace holt::cli
