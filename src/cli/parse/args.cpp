#include "cli/parse/args.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
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

std::string guarded(std::string_view value) {
    return kGuard + std::string(value);
}

std::vector<std::string> long_names(const CLI::App& app) {
    std::vector<std::string> names;
    for (const CLI::Option* option : app.get_options())
        for (const std::string& name : option->get_lnames()) names.push_back(name);
    return names;
}

class Normaliser {
  public:
    Normaliser(const CLI::App& root, const std::vector<std::string>& arguments)
        : root_(root), scope_(&root), arguments_(arguments) {}

    Result<std::vector<std::string>> run() {
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
        return std::move(out_);
    }

  private:
    std::string command() const { return scope_ == &root_ ? "" : scope_->get_name(); }

    Status operand(const std::string& argument) {
        if (scope_ != &root_) {
            out_.push_back(guarded(argument));
            return {};
        }
        std::vector<std::string> names;
        for (const CLI::App* known : root_.get_subcommands([](const CLI::App*) { return true; })) {
            names.push_back(known->get_name());
            if (known->get_name() != argument) continue;
            scope_ = known;
            out_.push_back(argument);
            return {};
        }
        return usage_error("", fmt::format("there is no command '{}'", printable(argument)),
                           nearest(argument, names));
    }

    Status long_option(std::string_view text) {
        const std::size_t equals = text.find('=');
        const std::string name(text.substr(0, equals));
        HOLT_TRY_LET(full, full_name(name));
        const CLI::Option* option = scope_->get_option_no_throw("--" + full);
        const bool takes_value = option->get_items_expected_max() > 0;
        out_.push_back("--" + full);
        if (equals != std::string_view::npos) {
            if (!takes_value)
                return usage_error(command(), fmt::format("--{} takes no value", full));
            out_.push_back(guarded(text.substr(equals + 1)));
            return {};
        }
        const bool may_stand_alone = option->get_items_expected_min() == 0;
        if (takes_value && may_stand_alone) out_.push_back(guarded(""));
        return takes_value && !may_stand_alone ? value_from_next("--" + full) : Status{};
    }

    /// The long option that `name` is, or is a unique beginning of.
    Result<std::string> full_name(const std::string& name) {
        const std::vector<std::string> known = long_names(*scope_);
        if (std::ranges::find(known, name) != known.end()) return name;
        std::vector<std::string> longer;
        for (const std::string& each : known)
            if (!name.empty() && each.starts_with(name)) longer.push_back("--" + each);
        if (longer.size() == 1) return longer[0].substr(2);
        if (longer.size() > 1)
            return usage_error(command(), fmt::format("--{} may mean {}", printable(name),
                                                      fmt::join(longer, " or ")));
        const std::string near = nearest(name, known);
        return usage_error(command(), fmt::format("there is no option --{}", printable(name)),
                           near.empty() ? near : "--" + near);
    }

    Status short_options(std::string_view cluster) {
        while (!cluster.empty()) {
            if (const std::size_t digits = number_option(cluster); digits > 0) {
                out_.push_back("-#");
                out_.push_back(guarded(cluster.substr(0, digits)));
                cluster.remove_prefix(digits);
                continue;
            }
            const std::string name = "-" + std::string(cluster.substr(0, 1));
            const CLI::Option* option = scope_->get_option_no_throw(name);
            if (option == nullptr || name == "-#" || name == "--")
                return usage_error(command(),
                                   fmt::format("there is no option '{}'", printable(name)));
            cluster.remove_prefix(1);
            out_.push_back(name);
            if (option->get_items_expected_max() == 0) continue;
            if (option->get_type_name() == kNumberBehind) {
                // The number, or none, and more options behind it.
                const std::size_t digits = digits_of(cluster);
                out_.push_back(guarded(cluster.substr(0, digits)));
                cluster.remove_prefix(digits);
                continue;
            }
            if (option->get_type_name().starts_with(kApart) && !cluster.starts_with('=')) {
                HOLT_TRY(value_from_next(name));
                continue;
            }
            if (cluster.empty()) return value_from_next(name);
            if (option->get_type_name().starts_with(kApart)) cluster.remove_prefix(1);
            out_.push_back(guarded(cluster));
            return {};
        }
        return {};
    }

    /// How many digits stand here, where the command has an option that is a number.
    std::size_t number_option(std::string_view cluster) const {
        if (scope_->get_option_no_throw("-#") == nullptr) return 0;
        return digits_of(cluster);
    }

    Status value_from_next(const std::string& option) {
        if (next_ == arguments_.size())
            return usage_error(command(), fmt::format("{} needs a value", option));
        out_.push_back(guarded(arguments_[next_++]));
        return {};
    }

    const CLI::App& root_;
    const CLI::App* scope_;  // the command once it was named, else root_
    const std::vector<std::string>& arguments_;
    std::size_t next_ = 0;
    std::vector<std::string> out_;
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

Result<std::vector<std::string>> normalise(const CLI::App& app,
                                           const std::vector<std::string>& arguments) {
    return Normaliser(app, arguments).run();
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

std::unexpected<Error> usage_error(std::string_view command, std::string cause,
                                   std::string_view hint) {
    const std::string help = command.empty() ? std::string("see `holt --help`")
                                             : fmt::format("see `holt {} --help`", command);
    return fail(ErrorKind::usage, std::string(command.empty() ? "usage" : command), "",
                std::move(cause),
                hint.empty() ? help : fmt::format("did you mean '{}'? {}", hint, help));
}

}  // namespace holt::cli
