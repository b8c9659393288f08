#include "cli/parse/help.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "cli/output/table.h"
#include "cli/parse/args.h"

namespace holt::cli {
namespace {

constexpr std::size_t kWidth = 80;
constexpr std::size_t kTextColumn = 25;  // where the explanations begin

/// Breaks `text` at spaces into lines of kWidth, all but the first indented. Newlines in it stay.
std::string wrapped(std::string_view text, std::size_t indent) {
    std::string out;
    std::size_t column = indent;
    bool line_start = true;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find_first_of(" \n"), text.size());
        const std::string_view word = text.substr(0, end);
        const std::size_t width = display_width(word);
        if (!line_start && column + 1 + width > kWidth) {
            out += '\n' + std::string(indent, ' ');
            column = indent;
            line_start = true;
        }
        if (!line_start) out += ' ';
        column += width + (line_start ? 0 : 1);
        out += word;
        line_start = false;
        if (end < text.size() && text[end] == '\n') {
            out += '\n' + std::string(indent, ' ');
            column = indent;
            line_start = true;
        }
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return out;
}

/// One line (or more) of a list: a name at the left, its explanation at kTextColumn.
std::string item(const std::string& left, const std::string& text) {
    std::string out = "  " + left;
    if (out.size() + 2 > kTextColumn)
        out += '\n' + std::string(kTextColumn, ' ');
    else
        out.resize(kTextColumn, ' ');
    return out + wrapped(text, kTextColumn) + '\n';
}

/// "-o, --output FILE"; options without a short name are aligned with those that have one.
std::string option_name(const CLI::Option& option) {
    std::string out;
    const bool number = option.get_type_name() == kNumberBehind;
    for (const std::string& name : option.get_snames()) {
        out += (out.empty() ? "-" : ", -") + name;
        if (number) out += kNumberBehind;
    }
    if (number && option.get_lnames().empty()) return out;
    if (out.empty()) out = "   ";
    for (const std::string& name : option.get_lnames()) {
        out += out == "   " ? " " : ", ";
        out += "--" + name;
    }
    if (option.get_items_expected_max() == 0) return out;
    std::string unit = option.get_type_name();
    if (unit.starts_with(kApart)) unit.erase(0, 1);
    // A value that may be missing can only be written behind '='.
    if (option.get_items_expected_min() == 0) return out + "[=" + unit + "]";
    out += ' ' + unit;
    return out;
}

std::string operand_usage(const CLI::Option& operand) {
    std::string name = operand.get_name();
    if (operand.get_allow_extra_args()) name += operand.get_required() ? "..." : "]...";
    if (operand.get_allow_extra_args() && !operand.get_required()) return "[" + name;
    return operand.get_required() ? name : "[" + name + "]";
}

std::string usage(const CLI::App& app) {
    std::string out = "Usage: holt";
    if (app.get_parent() == nullptr) return out + " [OPTION]... COMMAND [ARGUMENT]...\n";
    out += ' ' + app.get_name() + " [OPTION]...";
    for (const CLI::Option* option : app.get_options())
        if (option->get_positional()) out += ' ' + operand_usage(*option);
    return out + '\n';
}

std::string operands(const CLI::App& app) {
    std::string out;
    for (const CLI::Option* option : app.get_options())
        if (option->get_positional()) out += item(option->get_name(), option->get_description());
    return out.empty() ? out : "\nArguments:\n" + out;
}

std::string options_of_group(const CLI::App& app, const std::string& group) {
    std::string out;
    for (const CLI::Option* option : app.get_options())
        if (!option->get_positional() && option->get_group() == group)
            out += item(option_name(*option), option->get_description());
    return out.empty() ? out : "\n" + group + ":\n" + out;
}

std::string commands(const CLI::App& app) {
    std::string out, group;
    for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
        if (command->get_group() != group) {
            group = command->get_group();
            out += '\n' + group + ":\n";
        }
        // The first line of a command's description is its line in this list.
        const std::string& text = command->get_description();
        out += item(command->get_name(), text.substr(0, text.find('\n')));
    }
    return out;
}

}  // namespace

std::string HelpFormatter::make_help(const CLI::App* app, std::string, CLI::AppFormatMode) const {
    std::string out = usage(*app) + '\n' + wrapped(app->get_description(), 0) + '\n';
    out += operands(*app);
    out += commands(*app);
    out += options_of_group(*app, "Options");
    out += options_of_group(*app, kGlobalGroup);
    if (!app->get_footer().empty()) out += '\n' + app->get_footer() + '\n';
    return out;
}

}  // namespace holt::cli
