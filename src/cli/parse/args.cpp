#include "cli/parse/args.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"

namespace holt::cli {
namespace {

bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}

std::size_t digits_of(std::string_view text) noexcept {
    return static_cast<std::size_t>(std::ranges::find_if_not(text, is_digit) - text.begin());
}

constexpr std::string_view kNoOption = "there is no option ";

class Reader {
  public:
    Reader(OptionTable& globals, const KnownCommands& commands,
           const std::vector<std::string>& arguments)
        : commands_(commands), scope_(&globals), arguments_(arguments) {}

    Result<Named> run() {
        bool operands_only = false;
        while (next_ < arguments_.size()) {
            const std::string& argument = arguments_[next_++];
            if (!operands_only && argument == "--") {
                operands_only = true;
            } else if (operands_only || !argument.starts_with('-') || argument == "-") {
                HOLT_TRY(operand(argument));
            } else if (argument.starts_with("--")) {
                // gzip has an option for its tests that begins with three.
                const std::size_t dashes = argument.starts_with("---") ? 3 : 2;
                HOLT_TRY(long_option(std::string_view(argument).substr(dashes)));
            } else {
                HOLT_TRY(short_options(std::string_view(argument).substr(1)));
            }
        }
        return std::move(named_);
    }

  private:
    const std::string& command() const { return scope_->command(); }

    Status operand(const std::string& argument) {
        if (named_.table == nullptr) return command_word(argument);
        scope_->take_operand(argument);
        return {};
    }

    /// The command's name, or the first of its two words.
    Status command_word(const std::string& argument) {
        const std::string& group = named_.group;
        const std::string name = group.empty() ? argument : group + ' ' + argument;
        if (std::ranges::find(commands_.names, name) != commands_.names.end()) {
            scope_ = named_.table = commands_.table(name);
            return {};
        }
        const auto begins = [&](const std::string& known) { return known.starts_with(name + ' '); };
        if (group.empty() && !argument.empty() && std::ranges::any_of(commands_.names, begins)) {
            named_.group = argument;
            return {};
        }
        return usage_error(group, fmt::format("there is no command '{}'", printable(name)),
                           nearest(name, commands_.names));
    }

    Status long_option(std::string_view text) {
        const std::size_t equals = text.find('=');
        HOLT_TRY_LET(full, full_name(std::string(text.substr(0, equals))));
        Option& option = *scope_->find_long(full);
        const bool has_value = equals != std::string_view::npos;
        if (has_value && option.value() == Option::Value::none)
            return usage_error(command(), fmt::format("--{} takes no value", full));
        if (option.is_required() && text.ends_with('='))
            return usage_error(command(), fmt::format("--{}= needs a value", full));
        if (!has_value && option.value() != Option::Value::none &&
            option.value() != Option::Value::optional)
            return value_from_next(option, "--" + full);
        scope_->take(option, std::string(has_value ? text.substr(equals + 1) : ""));
        return {};
    }

    /// The long option that `name` is, or is a unique beginning of.
    Result<std::string> full_name(const std::string& name) {
        const std::vector<std::string> known = scope_->long_names();
        if (std::ranges::find(known, name) != known.end()) return name;
        std::vector<std::string> longer;
        for (const std::string& each : known)
            if (!name.empty() && each.starts_with(name)) longer.push_back("--" + each);
        if (longer.size() == 1) return longer[0].substr(2);
        if (longer.size() > 1)
            return usage_error(command(), fmt::format("--{} may mean {}", printable(name),
                                                      fmt::join(longer, " or ")));
        const std::string near = nearest(name, known);
        return unknown_option_error(command(), "--" + name, near.empty() ? near : "--" + near);
    }

    Status short_options(std::string_view cluster) {
        while (!cluster.empty()) {
            if (take_number(cluster)) continue;
            const char letter = cluster[0];
            Option* const option =
                letter == '#' || letter == '-' ? nullptr : scope_->find_short(letter);
            if (option == nullptr)
                return unknown_option_error(command(), "-" + std::string(1, letter));
            cluster.remove_prefix(1);
            HOLT_TRY(short_option(*option, {'-', letter}, cluster));
        }
        return {};
    }

    /// One letter, whose value may stand at the beginning of `rest`: what it takes is cut off.
    Status short_option(Option& option, const std::string& name, std::string_view& rest) {
        std::size_t taken = 0;
        switch (option.value()) {
            case Option::Value::none:
                break;
            case Option::Value::digits:
                taken = digits_of(rest);
                break;
            case Option::Value::apart:
                if (!rest.starts_with('=')) return value_from_next(option, name);
                rest.remove_prefix(1);
                taken = rest.size();
                break;
            case Option::Value::next:
            case Option::Value::optional:
                if (rest.empty()) return value_from_next(option, name);
                taken = rest.size();
                break;
        }
        scope_->take(option, std::string(rest.substr(0, taken)));
        rest.remove_prefix(taken);
        return {};
    }

    /// Cuts off the digits that are an option themselves, where the command has such a one.
    bool take_number(std::string_view& cluster) {
        Option* const number = scope_->find_short('#');
        const std::size_t digits = number == nullptr ? 0 : digits_of(cluster);
        if (digits == 0) return false;
        scope_->take(*number, std::string(cluster.substr(0, digits)));
        cluster.remove_prefix(digits);
        return true;
    }

    Status value_from_next(Option& option, const std::string& name) {
        if (next_ == arguments_.size())
            return usage_error(command(), fmt::format("{} needs a value", name));
        scope_->take(option, arguments_[next_++]);
        return {};
    }

    const KnownCommands& commands_;
    OptionTable* scope_;  // the command's once it was named
    Named named_;
    const std::vector<std::string>& arguments_;
    std::size_t next_ = 0;
};

/// Edit distance with swaps of neighbours (optimal string alignment).
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::vector<std::size_t>> d(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
    for (std::size_t i = 0; i <= a.size(); ++i) d[i][0] = i;
    for (std::size_t j = 0; j <= b.size(); ++j) d[0][j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t replace = d[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, replace});
            const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (swapped) d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
        }
    }
    return d[a.size()][b.size()];
}

}  // namespace

Result<Named> read_arguments(OptionTable& globals, const KnownCommands& commands,
                             const std::vector<std::string>& arguments) {
    return Reader(globals, commands, arguments).run();
}

std::string nearest(std::string_view word, const std::vector<std::string>& known) {
    static constexpr std::size_t kLongest = 64;  // nobody mistypes more; bounds the work
    if (word.empty() || word.size() > kLongest) return {};
    std::string best;
    // A third of the letters may be wrong; more than that is another word.
    std::size_t best_distance = std::max<std::size_t>(1, word.size() / 3) + 1;
    for (const std::string& each : known) {
        const bool beginning = word.size() >= 2 && each.starts_with(word);
        const std::size_t d = beginning ? 1 : distance(word, each);
        if (d >= best_distance) continue;
        best = each;
        best_distance = d;
    }
    return best;
}

std::unexpected<Error> unknown_option_error(std::string_view command, std::string_view option,
                                            std::string_view hint) {
    // One letter is easily overlooked.
    const std::string_view quote = option.starts_with("--") ? "" : "'";
    return usage_error(command, fmt::format("{}{}{}{}", kNoOption, quote, printable(option), quote),
                       hint);
}

std::string unknown_option(const Error& error) {
    const bool is_one = error.kind == ErrorKind::usage && error.cause.starts_with(kNoOption);
    if (!is_one) return {};
    const std::string option = error.cause.substr(kNoOption.size());
    return option.starts_with('\'') ? option.substr(1, option.size() - 2) : option;
}

std::unexpected<Error> usage_error(std::string_view command, std::string cause,
                                   std::string_view hint) {
    const std::string help = command.empty() ? std::string("see `holt --help`")
                                             : fmt::format("see `holt {} --help`", command);
    return fail(ErrorKind::usage, std::string(command.empty() ? "usage" : command), "",
                std::move(cause),
                hint.empty() ? help : fmt::format("did you mean '{}'? {}", hint, help));
}

}  // namespace holt::cli
