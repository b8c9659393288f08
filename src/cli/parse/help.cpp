#include "cli/parse/help.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "cli/output/table.h"

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
std::string option_name(const Option& option) {
    std::string out;
    const bool digits = option.value() == Option::Value::digits;
    for (const char letter : option.short_names()) {
        out += out.empty() ? "-" : ", -";
        out += letter;
        if (digits) out += '#';
    }
    if (digits && option.long_names().empty()) return out;
    if (out.empty()) out = "   ";
    for (const std::string& name : option.long_names()) {
        out += out == "   " ? " " : ", ";
        out += "--" + name;
    }
    if (option.value() == Option::Value::none) return out;
    // A value that may be missing can only be written behind '='.
    if (option.value() == Option::Value::optional) return out + "[=" + option.unit() + "]";
    return out + ' ' + option.unit();
}

std::string operand_usage(const Option& operand) {
    const std::string name = operand.name();
    const std::string more = operand.takes_many() ? "..." : "";
    return operand.is_required() ? name + more : "[" + name + "]" + more;
}

std::string operands(const OptionTable& table) {
    std::string out;
    for (const Option& option : table.options())
        if (option.is_operand()) out += item(option.name(), option.help());
    return out.empty() ? out : "\nArguments:\n" + out;
}

std::string options_of_group(const OptionTable& table, const std::string& group) {
    std::string out;
    for (const Option& option : table.options())
        if (!option.is_operand() && option.group() == group)
            out += item(option_name(option), option.help());
    return out.empty() ? out : "\n" + group + ":\n" + out;
}

std::string options(const OptionTable& table) {
    return options_of_group(table, "Options") + options_of_group(table, kGlobalGroup);
}

}  // namespace

std::string command_list(const std::vector<CommandInfo>& commands) {
    std::string out, group;
    for (const CommandInfo& command : commands) {
        if (command.group != group) {
            group = command.group;
            out += '\n' + group + ":\n";
        }
        const std::string& text = command.description;
        out += item(command.name, text.substr(0, text.find('\n')));
    }
    return out;
}

std::string program_help(std::string_view description, const std::vector<CommandInfo>& commands,
                         const OptionTable& globals, std::string_view footer) {
    return "Usage: holt [OPTION]... COMMAND [ARGUMENT]...\n\n" + wrapped(description, 0) + '\n' +
           command_list(commands) + options(globals) + '\n' + std::string(footer) + '\n';
}

std::string command_help(const CommandInfo& info, const OptionTable& table,
                         std::string_view called) {
    std::string out =
        "Usage: " + (called.empty() ? "holt " + info.name : std::string(called)) + " [OPTION]...";
    for (const Option& option : table.options())
        if (option.is_operand()) out += ' ' + operand_usage(option);
    out += "\n\n" + wrapped(info.description, 0) + '\n' + operands(table) + options(table);
    if (!info.examples.empty()) out += '\n' + info.examples + '\n';
    return out;
}

}  // namespace holt::cli
