#include "cli/manual/man_page.h"

#include <algorithm>

namespace holt::cli {
namespace {

/// Text that roff leaves as it is.
std::string plain(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '\\')
            out += "\\e";
        else if (c == '-')
            out += "\\-";
        else
            out += c;
    }
    return out;
}

/// A line of text: one that begins like a request is made not to.
std::string line(std::string_view text) {
    const bool request = text.starts_with('.') || text.starts_with('\'');
    return (request ? "\\&" : "") + plain(text) + "\n";
}

std::string title(std::string_view name) {
    std::string upper(name);
    std::ranges::transform(upper, upper.begin(), [](char c) {
        return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c == ' ' ? '-' : c;
    });
    return upper;
}

std::string page_name(std::string_view command) {
    std::string name = "holt-" + std::string(command);
    std::ranges::replace(name, ' ', '-');
    return name;
}

std::string head(const std::string& name, std::string_view what, const PageFrame& frame) {
    return ".TH " + title(name) + " 1 \"" + frame.date + "\" \"holt " + frame.version +
           "\" \"Holt manual\"\n.SH NAME\n" + plain(name) + " \\- " + plain(what) + "\n";
}

/// Paragraphs, which blank lines part.
std::string paragraphs(std::string_view text) {
    std::string out;
    bool first = true;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find("\n\n"), text.size());
        std::string_view part = text.substr(0, end);
        text.remove_prefix(std::min(end + 2, text.size()));
        if (!first) out += ".PP\n";
        first = false;
        while (!part.empty()) {
            const std::size_t stop = std::min(part.find('\n'), part.size());
            if (stop > 0) out += line(part.substr(0, stop));
            part.remove_prefix(std::min(stop + 1, part.size()));
        }
    }
    return out;
}

/// Lines as they are.
std::string verbatim(std::string_view text) {
    std::string out = ".nf\n";
    while (!text.empty()) {
        const std::size_t stop = std::min(text.find('\n'), text.size());
        out += stop == 0 ? std::string("\n") : line(text.substr(0, stop));
        text.remove_prefix(std::min(stop + 1, text.size()));
    }
    return out + ".fi\n";
}

std::string option_head(const Option& option) {
    std::string out;
    const auto add = [&](const std::string& name) {
        out += (out.empty() ? "" : ", ") + ("\\fB" + plain(name) + "\\fR");
    };
    const bool digits = option.value() == Option::Value::digits;
    for (const char letter : option.short_names()) {
        if (letter == '#')
            add("-#");
        else
            add(std::string("-") + letter + (digits ? "#" : ""));
    }
    for (const std::string& name : option.long_names()) add("--" + name);
    if (option.value() == Option::Value::none || digits) return out;
    if (option.value() == Option::Value::optional)
        return out + "[=\\fI" + plain(option.unit()) + "\\fR]";
    return out + " \\fI" + plain(option.unit()) + "\\fR";
}

std::string items(const OptionTable& table, std::string_view group, bool operands) {
    std::string out;
    for (const Option& option : table.options()) {
        if (option.is_operand() != operands) continue;
        if (!operands && option.group() != group) continue;
        const std::string name =
            operands ? "\\fI" + plain(option.name()) + "\\fR" : option_head(option);
        out += ".TP\n" + name + "\n" + paragraphs(option.help());
    }
    return out;
}

std::string section(std::string_view name, const std::string& text) {
    return text.empty() ? "" : ".SH " + std::string(name) + "\n" + text;
}

std::string first_line(std::string_view text) {
    return std::string(text.substr(0, text.find('\n')));
}

constexpr std::string_view kEnvironment =
    ".TP\n\\fBHOLT_STORE\\fR\nthe store's folder, where \\fB\\-\\-store\\fR is not given\n"
    ".TP\n\\fBXDG_DATA_HOME\\fR\nwithout either: its folder \\fIholt\\fR is the store\n"
    ".TP\n\\fBNO_COLOR\\fR\nno colours\n";

constexpr std::string_view kExitCodes =
    ".TP\n0\ndone\n.TP\n1\nfailed, or a comparison found differences\n"
    ".TP\n2\nthe command line makes no sense\n"
    ".TP\n3\ndone, but items were left out, and named\n.TP\n10\nno store\n.TP\n11\nbusy\n"
    ".TP\n12\nuntrusted input was refused\n.TP\n13\nnot found in the store\n"
    ".TP\n14\nstored bytes are damaged\n.TP\n15\nno space, or a limit was reached\n"
    ".TP\n16\na remote failed\n.TP\n128 and more\nended by a signal\n";

}  // namespace

std::string man_page(const CommandInfo& info, const OptionTable& table, const PageFrame& frame) {
    const std::string name = page_name(info.name);
    std::string synopsis = "\\fBholt " + plain(info.name) + "\\fR [\\fIOPTION\\fR]...";
    for (const Option& option : table.options()) {
        if (!option.is_operand()) continue;
        const std::string operand = "\\fI" + plain(option.name()) + "\\fR";
        synopsis += option.is_required() ? " " + operand : " [" + operand + "]";
        if (option.takes_many()) synopsis += "...";
    }
    const std::size_t rest = info.description.find('\n');
    const std::string_view more = rest == std::string::npos
                                      ? std::string_view()
                                      : std::string_view(info.description).substr(rest + 1);
    std::string examples = info.examples;
    if (examples.starts_with("Examples:\n")) examples.erase(0, 10);
    return head(name, first_line(info.description), frame) + section("SYNOPSIS", synopsis + "\n") +
           section("DESCRIPTION",
                   paragraphs(more.empty() ? std::string_view(info.description)
                                           : more.substr(more.find_first_not_of('\n')))) +
           section("ARGUMENTS", items(table, "", true)) +
           section("OPTIONS", items(table, "Options", false)) +
           section("OPTIONS OF EVERY COMMAND", items(table, kGlobalGroup, false)) +
           section("EXAMPLES", examples.empty() ? "" : verbatim(examples)) +
           section("EXIT STATUS", "See\n.BR holt (1).\n") + section("SEE ALSO", ".BR holt (1)\n");
}

std::string program_man_page(std::string_view description, const std::vector<CommandInfo>& commands,
                             const OptionTable& globals, const PageFrame& frame) {
    std::string list, see;
    for (const CommandInfo& command : commands) {
        list += ".TP\n\\fBholt " + plain(command.name) + "\\fR\n" +
                line(first_line(command.description));
        see += (see.empty() ? "" : ",\n") + (".BR " + plain(page_name(command.name)) + " (1)");
    }
    return head("holt", "keep snapshots of folder trees", frame) +
           section("SYNOPSIS",
                   "\\fBholt\\fR [\\fIOPTION\\fR]... \\fICOMMAND\\fR "
                   "[\\fIARGUMENT\\fR]...\n") +
           section("DESCRIPTION", paragraphs(description)) + section("COMMANDS", list) +
           section("OPTIONS", items(globals, kGlobalGroup, false)) +
           section("ENVIRONMENT", std::string(kEnvironment)) +
           section("EXIT STATUS", std::string(kExitCodes)) + section("SEE ALSO", see + "\n");
}

}  // namespace holt::cli
