#include "cli/parse/option_table.h"

#include <algorithm>
#include <utility>

namespace holt::cli {

Option::Option(std::string_view names, Value value, Target target)
    : target_(target), value_(value) {
    while (!names.empty()) {
        const std::size_t end = std::min(names.find(','), names.size());
        const std::string_view name = names.substr(0, end);
        if (name.starts_with("--"))
            long_names_.emplace_back(name.substr(2));
        else if (name.starts_with('-'))
            short_names_ += name.substr(1, 1);
        else
            operand_name_ = name;
        names.remove_prefix(std::min(end + 1, names.size()));
    }
}

Option* Option::unit(std::string text) {
    unit_ = std::move(text);
    return this;
}

Option* Option::help(std::string text) {
    help_ = std::move(text);
    return this;
}

Option* Option::group(std::string text) {
    group_ = std::move(text);
    return this;
}

Option* Option::words(std::vector<std::string> words) {
    words_ = std::move(words);
    return this;
}

Option* Option::required() {
    required_ = true;
    return this;
}

std::string Option::name() const {
    if (!long_names_.empty()) return "--" + long_names_[0];
    return short_names_.empty() ? operand_name_ : std::string{'-', short_names_[0]};
}

bool Option::has_name(std::string_view dashed) const noexcept {
    if (dashed.starts_with("--"))
        return std::ranges::find(long_names_, dashed.substr(2)) != long_names_.end();
    return dashed.size() == 2 && short_names_.find(dashed[1]) != std::string::npos;
}

void Option::take(const std::string& value) {
    ++count_;
    if (bool* const* flag = std::get_if<bool*>(&target_)) **flag = true;
    if (std::string* const* text = std::get_if<std::string*>(&target_)) **text = value;
    if (auto* const* list = std::get_if<std::vector<std::string>*>(&target_))
        (*list)->push_back(value);
}

Option* OptionTable::add(std::string_view names, Option::Value value, Option::Target target) {
    return &options_.emplace_back(names, value, target);
}

Option* OptionTable::find_long(std::string_view name) noexcept {
    const auto found = std::ranges::find_if(options_, [&](const Option& option) {
        return std::ranges::find(option.long_names(), name) != option.long_names().end();
    });
    return found == options_.end() ? nullptr : &*found;
}

Option* OptionTable::find_short(char letter) noexcept {
    const auto found = std::ranges::find_if(options_, [&](const Option& option) {
        return option.short_names().find(letter) != std::string::npos;
    });
    return found == options_.end() ? nullptr : &*found;
}

std::vector<std::string> OptionTable::long_names() const {
    std::vector<std::string> names;
    for (const Option& option : options_)
        names.insert(names.end(), option.long_names().begin(), option.long_names().end());
    return names;
}

void OptionTable::take(Option& option, std::string value) {
    option.take(value);
    given_.push_back({&option, std::move(value)});
}

void OptionTable::take_operand(const std::string& value) {
    const auto place = std::ranges::find_if(options_, [](const Option& option) {
        return option.is_operand() && (option.takes_many() || option.count() == 0);
    });
    if (place == options_.end())
        extra_.push_back(value);
    else
        take(*place, value);
}

const Option* OptionTable::missing() const noexcept {
    const auto found = std::ranges::find_if(options_, [](const Option& option) {
        return option.is_operand() && option.is_required() && option.count() == 0;
    });
    return found == options_.end() ? nullptr : &*found;
}

}  // namespace holt::cli
