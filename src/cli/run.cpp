#include "cli/run.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <exception>
#include <new>
#include <string>
#include <vector>

#include "base/error.h"
#include "cli/config/config.h"
#include "cli/output/out.h"
#include "cli/parse/args.h"
#include "cli/parse/command_line.h"
#include "cli/parse/program_names.h"
#include "cli/parse/stand_in_words.h"
#include "cli/session/process.h"
#include "cli/session/signals.h"

namespace holt::cli {
namespace {

constexpr int kSignalBase = 128;  // a shell's code for a program ended by a signal

/// The exit code for an error, given the signal that may have caused it.
int exit_code_of(const Error& error) noexcept {
    if (error.kind == ErrorKind::cancelled && signal_received() != 0)
        return kSignalBase + signal_received();
    return exit_code(error.kind);
}

/// --json was given, as far as can be told of a command line that makes no sense otherwise.
bool wants_json(const std::vector<std::string>& arguments) {
    const auto end = std::ranges::find(arguments, "--");
    return std::find(arguments.begin(), end, "--json") != end;
}

/// What another program would say of an error, behind its name.
std::string stand_in_text(const Error& error) {
    std::string text = error.object.empty() ? "" : printable(error.object) + ": ";
    text += error.cause;
    if (error.sys_errno != 0)
        text += (error.cause.empty() ? "" : ": ") + errno_text(error.sys_errno);
    return text;
}

void tell(Session& session, const Error& error) {
    if (!session.stands_in()) return session.console().error(error);
    if (!unknown_option(error).empty())
        return session.console().line(stand_in_usage(session.command(), session.called(), error));
    session.console().line(session.called() + ": " + stand_in_text(error));
}

/// `error_code`: that of the command (command.h), or 0.
int report(Session& session, const Error& error, int error_code) {
    // Half an archive is worth a failure, half a list is not.
    if (is_reader_gone(error) && !session.is_filter()) return 0;
    if (is_reader_gone(error)) end_by_broken_pipe();
    const bool by_kind = error_code == 0 || error.kind == ErrorKind::cancelled;
    const int code = by_kind ? exit_code_of(error) : error_code;
    if (session.json()) session.emit(error_json(error, code));
    tell(session, error);
    return code;
}

/// Writes out what is buffered. A failure there counts unless something failed before.
int finish(Session& session, int code) {
    const Status written = session.out().finish();
    if (written) return code;
    tell(session, written.error());
    if (code != 0) return code;
    return session.stands_in() ? 1 : exit_code(written.error().kind);
}

/// With the defaults of the configuration; whoever calls a program that Holt stands in for means
/// that one's.
Result<CommandLine::Parsed> parse(CommandLine& line, const std::vector<std::string>& arguments,
                                  std::string_view called) {
    if (called.empty()) {
        HOLT_TRY_LET(settings, read_config(ConfigFiles::of_environment()));
        line.set_defaults(std::move(settings));
    }
    line.set_called(called);
    return line.parse(arguments);
}

/// `called`: the name in argv[0], when it stands for a command; empty else.
int run_program(const std::vector<std::string>& arguments, std::string_view called) {
    CommandLine line;
    const auto parsed = parse(line, arguments, called);
    Globals globals = line.globals();
    if (!parsed) globals.json = wants_json(arguments);

    Out out(STDOUT_FILENO);
    Console console(STDERR_FILENO, globals.color);
    Session session(line.command_name(), globals, out, console);
    if (!called.empty()) session.set_called(std::string(called));
    if (arguments.empty()) console.line(line.help());  // somebody's first look at it
    const int error_code = called.empty() ? line.error_code() : 1;
    if (!parsed) return finish(session, report(session, parsed.error(), error_code));

    if (const auto* text = std::get_if<CommandLine::Text>(&*parsed)) {
        out.write(text->text);
        return finish(session, 0);
    }
    const auto code = std::get<Command*>(*parsed)->run(session);
    return finish(session, code ? *code : report(session, code.error(), error_code));
}

int fatal(const char* what) noexcept {
    Console console(STDERR_FILENO, ColorWhen::automatic);
    console.line(std::string("holt: ") + what);
    return exit_code(ErrorKind::failed);
}

}  // namespace

int run(int argc, char** argv) noexcept {
    try {
        prepare_process();
        // argc may be 0 when a program is started without even its name.
        const std::string_view program = argc > 0 ? argv[0] : "";
        std::vector<std::string> arguments = arguments_of_name(program);
        const std::string_view called = arguments.empty() ? "" : base_name(program);
        arguments.insert(arguments.end(), argv + std::min(argc, 1), argv + argc);
        return run_program(arguments, called);
    } catch (const std::bad_alloc&) {
        static constexpr char kMessage[] =
            "holt: out of memory; close other programs or add memory\n";
        static_cast<void>(write_all(STDERR_FILENO, kMessage));
        return exit_code(ErrorKind::failed);
    } catch (const std::exception& error) {
        return fatal(error.what());
    }
}

}  // namespace holt::cli
