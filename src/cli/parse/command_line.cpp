#include "cli/parse/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "base/error.h"
#include "cli/parse/args.h"
#include "cli/parse/help.h"
#include "cli/parse/options.h"

namespace holt::cli {
namespace {

constexpr char kDescription[] =
    "Holt keeps snapshots of folder trees in a store, where each piece of content is kept once. "
    "It restores them byte for byte, with modes, owners, times, links and attributes.";

constexpr char kFooter[] =
    "The store is the folder --store, else $HOLT_STORE, else $XDG_DATA_HOME/holt, else\n"
    "~/.local/share/holt. SNAP is 'latest', a snapshot's id, its name, its key, or the\n"
    "first 8 or more digits of its id: the first of these that there is. id:PREFIX,\n"
    "name:NAME and key:KEY say which.\n\n"
    "First steps:\n"
    "  holt init                              make the store\n"
    "  holt snapshot ~/project --name before  take a snapshot\n"
    "  holt restore before /tmp/project       get it back\n\n"
    "`holt COMMAND --help` tells all about a command, with examples.\n\n"
    "Exit codes: 0 done, 1 failed or different, 2 usage, 3 done in part, 10 no store,\n"
    "11 busy, 12 unsafe input refused, 13 not found, 14 damage found, 15 out of space\n"
    "or over a limit, 130 and 143 interrupted.";

// The first operand `help` means --help of what follows, as git and others have it.
std::vector<std::string> with_help_command(std::vector<std::string> arguments) {
    if (arguments.empty() || arguments[0] != "help") return arguments;
    arguments.erase(arguments.begin());
    arguments.push_back("--help");
    return arguments;
}

}  // namespace

struct CommandLine::GlobalTexts {
    std::string store, color, lock_timeout, threads;
    bool json = false, quiet = false, verbose = false, timings = false, version = false;
};

CommandLine::CommandLine()
    : app_(std::make_unique<CLI::App>(kDescription, "holt")),
      commands_(all_commands()),
      texts_(std::make_unique<GlobalTexts>()) {
    app_->formatter(std::make_shared<HelpFormatter>());
    app_->footer(kFooter);
    app_->require_subcommand(0, 1);
    add_switch(*app_, "--version", texts_->version, "print the version and exit")
        ->group(kGlobalGroup);
    define_globals(*app_);
    for (const auto& command : commands_) {
        const CommandInfo info = command->info();
        CLI::App* sub = app_->add_subcommand(info.name, info.description);
        sub->group(info.group);
        sub->footer(info.examples);
        sub->allow_extras();
    }
}

// Only the commands that may be meant: declaring the options of all of them is most of what a small
// run of the program would do. An operand that is called like a command costs that, no more.
void CommandLine::define_commands(const std::vector<std::string>& arguments) {
    for (const auto& command : commands_) {
        const std::string name = command->info().name;
        if (std::ranges::find(arguments, name) == arguments.end()) continue;
        CLI::App* sub = app_->get_subcommand(name);
        command->define(*sub);
        define_globals(*sub);
    }
}

CommandLine::~CommandLine() = default;

const Globals& CommandLine::globals() const noexcept {
    return globals_;
}

void CommandLine::define_globals(CLI::App& app) {
    GlobalTexts& t = *texts_;
    const auto global = [](CLI::Option* option) { option->group(kGlobalGroup); };
    global(add_value(app, "--store", t.store, "DIR", "the store's folder"));
    global(add_switch(app, "--json", t.json,
                      "print JSON lines, each with a type; the last is a summary or an error"));
    global(add_switch(app, "-q,--quiet", t.quiet, "say nothing but errors and what was left out"));
    global(add_switch(app, "-v,--verbose", t.verbose, "say more, such as how long each step took"));
    global(add_switch(app, "--timings", t.timings,
                      "snapshot, restore, import: tell where the time went, by stage"));
    global(add_value(app, "--color", t.color, "WHEN", "auto (the default), always or never"));
    global(add_value(app, "--lock-timeout", t.lock_timeout, "SECONDS",
                     "how long to wait for another process that writes to the store (60)"));
    // `zstd` has an option of this name.
    if (app.get_option_no_throw("--threads") == nullptr)
        global(add_value(app, "--threads", t.threads, "N",
                         "use at most N threads (as many as the machine allows)"));
    app.set_help_flag("-h,--help", "print this help and exit");
    global(app.get_help_ptr());
}

Status CommandLine::read_globals() {
    const GlobalTexts& t = *texts_;
    globals_.json = t.json;
    globals_.quiet = t.quiet;
    globals_.verbose = t.verbose;
    globals_.timings = t.timings;
    const auto given = [&](const char* option) {
        const auto chosen = app_->get_subcommands();
        return app_->count(option) > 0 || (!chosen.empty() && chosen[0]->count(option) > 0);
    };
    if (given("--store")) globals_.store = t.store;
    if (given("--color")) {
        HOLT_TRY_LET(color, parse_word<ColorWhen>({command_name_, "--color"}, t.color,
                                                  {{"auto", ColorWhen::automatic},
                                                   {"always", ColorWhen::always},
                                                   {"never", ColorWhen::never}}));
        globals_.color = color;
    }
    if (given("--lock-timeout")) {
        HOLT_TRY_LET(timeout, parse_seconds({command_name_, "--lock-timeout"}, t.lock_timeout));
        globals_.lock_timeout = timeout;
    }
    if (!t.threads.empty()) {
        HOLT_TRY_LET(threads, parse_integer({command_name_, "--threads"}, t.threads, 1, 65536));
        globals_.threads = static_cast<unsigned>(threads);
    }
    return {};
}

std::string CommandLine::help() const {
    return app_->help();
}

int CommandLine::error_code() const {
    for (const auto& command : commands_)
        if (const CommandInfo info = command->info(); info.name == command_name_)
            return info.error_code;
    return 0;
}

Result<CommandLine::Parsed> CommandLine::parse(const std::vector<std::string>& arguments) {
    define_commands(arguments);
    auto normal = normalise(*app_, with_help_command(arguments));
    if (!normal) {
        command_name_ = normal.error().operation == "usage" ? "" : normal.error().operation;
        return std::unexpected(std::move(normal).error());
    }
    std::vector<std::string> plain = *std::move(normal);
    std::ranges::reverse(plain);  // the order in which CLI11 takes a vector
    try {
        app_->parse(std::move(plain));
    } catch (const CLI::CallForHelp&) {
        return Text{app_->help()};
    } catch (const CLI::ParseError& error) {
        const auto chosen = app_->get_subcommands();
        if (!chosen.empty()) command_name_ = chosen[0]->get_name();
        std::string cause = error.what();
        if (const std::size_t end = cause.find(" is required"); end != std::string::npos)
            cause = cause.substr(0, end) + " is missing";
        return usage_error(command_name_, cause);
    }
    const auto chosen = app_->get_subcommands();
    if (!chosen.empty()) command_name_ = chosen[0]->get_name();
    HOLT_TRY(read_globals());
    if (texts_->version) return Text{fmt::format("holt {}\n", version())};
    if (chosen.empty()) return usage_error("", "no command is given");
    if (const auto extra = chosen[0]->remaining(); !extra.empty())
        return usage_error(command_name_, fmt::format("'{}' is one argument too many",
                                                      printable(extra[0].substr(1))));
    for (const auto& command : commands_)
        if (command->info().name == command_name_) return command.get();
    return usage_error("", "no command is given");
}

}  // namespace holt::cli
