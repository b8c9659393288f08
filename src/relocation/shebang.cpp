#include "relocation/shebang.h"

#include <algorithm>
#include <array>

#include "relocation/finder.h"
#include "relocation/relocation.h"
#include "relocation/target.h"

namespace holt::relocation {
namespace {

constexpr std::size_t kMostLine = 127;  // what every kernel takes, with "#!" and without the end

// A beginning that a shell execs and that the language reads as nothing. `before` and `after` stand
// around the interpreter and its argument.
struct ExecForm {
    std::array<std::string_view, 7> languages;  // how the interpreter's name begins, less a version
    std::string_view before, after;
};
constexpr std::array<ExecForm, 5> kForms = {{
    // Four quotes: an empty string and a quoted word for the shell, a long string for Python.
    {{"python", "pypy", "jython"}, "#!/bin/sh\n'''exec' ", " \"$0\" \"$@\"\n' '''\n"},
    // These two pass over all in front of a line with "#!" and their own name.
    {{"perl"}, "#!/bin/sh\nexec ", " -x \"$0\" \"$@\"\n#!perl\n"},
    {{"ruby"}, "#!/bin/sh\nexec ", " -x \"$0\" \"$@\"\n#!ruby\n"},
    {{"node", "nodejs"}, "#!/bin/sh\n':' //; exec ", " \"$0\" \"$@\"\n"},
    // The shell that is meant comes by a second time, with the mark set.
    {{"sh", "bash", "dash", "ksh", "zsh", "ash"},
     "#!/bin/sh\n[ -n \"$HOLT_EXEC\" ] || HOLT_EXEC=1 exec ",
     " \"$0\" \"$@\"\nunset HOLT_EXEC\n"},
}};

const ExecForm* form_of(std::string_view content) noexcept {
    for (const ExecForm& form : kForms) {
        if (!content.starts_with(form.before)) continue;
        const std::size_t end = content.find('\n', form.before.size());
        const std::size_t after = content.find(form.after, form.before.size());
        // The whole of it on the one line.
        if (after != content.npos && after < end) return &form;
    }
    return nullptr;
}

std::string_view last_name(std::string_view path) noexcept {
    return path.substr(path.rfind('/') + 1);
}

// `env` starts what its first argument names that is no option.
std::string_view language_of(std::string_view interpreter, std::string_view argument) noexcept {
    if (last_name(interpreter) != "env") return last_name(interpreter);
    while (argument.starts_with('-') || argument.starts_with(' '))
        argument.remove_prefix(
            std::min(std::max<std::size_t>(argument.find(' '), 1), argument.size()));
    return last_name(argument.substr(0, argument.find(' ')));
}

const ExecForm* form_for(std::string_view language) noexcept {
    const std::size_t version = language.find_first_of("0123456789.-");
    language = language.substr(0, version);
    for (const ExecForm& form : kForms)
        if (!language.empty() &&
            std::ranges::find(form.languages, language) != form.languages.end())
            return &form;
    return nullptr;
}

// What a shell takes as it stands between double quotes, in each of the forms.
bool is_plain(std::string_view text) noexcept {
    return text.find_first_of("'\"$`\\\n") == text.npos;
}

struct Command {
    std::string interpreter, argument;
};

// What is written between `before` and `after`: each word quoted or not.
std::optional<Command> parse_exec(std::string_view text) {
    Command command;
    const bool quoted = text.starts_with('"');
    const std::size_t end = quoted ? text.find('"', 1) : text.find(' ');
    if (quoted && end == text.npos) return std::nullopt;
    command.interpreter = text.substr(quoted ? 1 : 0, quoted ? end - 1 : end);
    std::string_view rest = end == text.npos ? "" : text.substr(end + (quoted ? 1 : 0));
    while (rest.starts_with(' ')) rest.remove_prefix(1);
    if (rest.size() >= 2 && rest.front() == '"' && rest.back() == '"')
        rest = rest.substr(1, rest.size() - 2);
    command.argument = rest;
    return command;
}

std::optional<Command> parse(std::string_view line) {
    if (const ExecForm* form = form_of(line)) {
        line.remove_prefix(form->before.size());
        return parse_exec(line.substr(0, line.find(form->after)));
    }
    line.remove_prefix(2);
    while (line.starts_with(' ') || line.starts_with('\t')) line.remove_prefix(1);
    while (!line.empty() && std::string_view(" \t\r\n").find(line.back()) != line.npos)
        line.remove_suffix(1);
    const std::size_t end = line.find_first_of(" \t");
    Command command{std::string(line.substr(0, end)), {}};
    if (end != line.npos) {
        line.remove_prefix(end);
        while (line.starts_with(' ') || line.starts_with('\t')) line.remove_prefix(1);
        command.argument = line;
    }
    return command;
}

// Every prefix in it, moved.
std::string replaced(std::string_view text, const Prefixes& prefixes, const Target& target,
                     bool fill) {
    std::string out;
    std::size_t at = 0;
    for (const Hit& hit : Finder(prefixes).find_in_text(as_bytes(text))) {
        out += text.substr(at, hit.offset - at);
        const std::size_t length = prefixes[hit.prefix].size();
        const std::string_view moved = target.moved(prefixes, hit.prefix);
        out += fill ? filled(moved, length) : std::string(moved);
        at = hit.offset + length;
    }
    return out += text.substr(at);
}

// What the paths are like that the line names then.
struct Named {
    bool is_plain = true, has_space = false;
    Named(std::string_view line, const Prefixes& prefixes, const Target& target) {
        for (const Hit& hit : Finder(prefixes).find_in_text(as_bytes(line))) {
            const std::string_view moved = target.moved(prefixes, hit.prefix);
            is_plain = is_plain && relocation::is_plain(moved);
            has_space = has_space || moved.find(' ') != moved.npos;
        }
    }
};

std::string exec_text(const ExecForm& form, const Command& command) {
    std::string text(form.before);
    text += '"' + command.interpreter + '"';
    if (!command.argument.empty())
        text += command.argument.find(' ') == std::string::npos ? ' ' + command.argument
                                                                : " \"" + command.argument + '"';
    return text.append(form.after);
}

}  // namespace

std::size_t first_line_length(std::string_view content) noexcept {
    if (!content.starts_with("#!")) return 0;
    if (const ExecForm* form = form_of(content))
        return content.find(form->after) + form->after.size();
    const std::size_t end = content.find('\n');
    return end == content.npos ? content.size() : end + 1;
}

std::optional<std::string> moved_line(const std::string& line, const Prefixes& prefixes,
                                      bool payload, const Target& target) {
    const Named named(line, prefixes, target);
    // Without a change of length, where that works.
    const bool exec = form_of(line) != nullptr;
    std::string same = replaced(line, prefixes, target, true);
    const bool can_exec =
        named.is_plain && (!named.has_space || line.find("exec \"") != line.npos ||
                           line.find("exec' \"") != line.npos);
    const bool can_be_named =
        !named.has_space && line.size() - (line.ends_with('\n') ? 1 : 0) <= kMostLine;
    if (same.size() == line.size() && (exec ? can_exec : can_be_named)) return same;
    if (payload) return std::nullopt;

    auto command = parse(line);
    if (!command) return std::nullopt;
    command->interpreter = replaced(command->interpreter, prefixes, target, false);
    command->argument = replaced(command->argument, prefixes, target, false);
    std::string direct = "#!" + command->interpreter;
    if (!command->argument.empty()) direct += ' ' + command->argument;
    if (direct.size() <= kMostLine && command->interpreter.find(' ') == std::string::npos) {
        if (line.ends_with('\n')) direct += '\n';
        return direct;
    }
    const ExecForm* form = form_for(language_of(command->interpreter, command->argument));
    if (form == nullptr || !is_plain(command->interpreter) || !is_plain(command->argument))
        return std::nullopt;
    return exec_text(*form, *command);
}

}  // namespace holt::relocation
