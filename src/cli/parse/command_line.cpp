#include "cli/parse/command_line.h"

#include <fmt/format.h>

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
    bool json = false, quiet = false, verbose = false, timings = false;
    bool allow_network_store = false;
    bool version = false, help = false;
};

CommandLine::CommandLine() : commands_(all_commands()), texts_(std::make_unique<GlobalTexts>()) {
    add_switch(table_, "--version", texts_->version, "print the version and exit")
        ->group(kGlobalGroup);
    define_globals(table_);
}

CommandLine::~CommandLine() = default;

const Globals& CommandLine::globals() const noexcept {
    return globals_;
}

void CommandLine::define_globals(OptionTable& table) {
    GlobalTexts& t = *texts_;
    const auto global = [](Option* option) { option->group(kGlobalGroup); };
    global(add_value(table, "--store", t.store, "DIR", "the store's folder"));
    global(add_switch(table, "--json", t.json,
                      "print JSON lines, each with a type; the last is a summary or an error"));
    global(
        add_switch(table, "-q,--quiet", t.quiet, "say nothing but errors and what was left out"));
    global(
        add_switch(table, "-v,--verbose", t.verbose, "say more, such as how long each step took"));
    global(add_switch(table, "--timings", t.timings,
                      "snapshot, restore, import: tell where the time went, by stage"));
    global(add_switch(table, "--allow-network-store", t.allow_network_store,
                      "write also to a store on a network or FUSE file system: you know that its "
                      "locks hold, or that nobody else uses it"));
    global(add_value(table, "--color", t.color, "WHEN", "auto (the default), always or never")
               ->words({"auto", "always", "never"}));
    global(add_value(table, "--lock-timeout", t.lock_timeout, "SECONDS",
                     "how long to wait for another process that writes to the store (60)"));
    // `zstd` has an option of this name.
    if (table.find_long("threads") == nullptr)
        global(add_value(table, "--threads", t.threads, "N",
                         "use at most N threads (as many as the machine allows)"));
    global(add_switch(table, "-h,--help", t.help, "print this help and exit"));
}

// Only the command that was named: declaring the options of all of them would be most of what a
// small run of the program does.
OptionTable* CommandLine::choose(const std::string& name) {
    for (const auto& command : commands_) {
        if (command->info().name != name) continue;
        chosen_ = {command.get(), std::make_unique<OptionTable>(name)};
        command->define(*chosen_.table);
        define_globals(*chosen_.table);
        command_name_ = name;
        if (auto applied = apply_settings(*chosen_.table, name); !applied)
            wrong_setting_ = std::move(applied).error();
    }
    return chosen_.table.get();
}

// A setting is an option that was given before all others. The store alone comes behind the
// environment, which is nearer to whoever runs the command.
Status CommandLine::apply_settings(OptionTable& table, const std::string& command) {
    for (const Setting& setting : settings_) {
        if (setting.command != command) continue;
        Option* option = table.find_long(setting.option);
        const auto wrong = [&](const std::string& cause) {
            return fail(ErrorKind::usage, "read configuration", setting.file,
                        (command.empty() ? "" : command + ".") + setting.option + ": " + cause);
        };
        if (option == nullptr) return wrong("there is no option of that name");
        if (setting.values.size() != 1 && !option->takes_many()) return wrong("it takes one value");
        if (option->has_name("--store")) {
            globals_.configured_store = setting.values[0];
            continue;
        }
        const bool is_switch = option->value() == Option::Value::none;
        for (const std::string& value : setting.values) {
            if (is_switch && value != "true" && value != "false")
                return wrong("it is true or false");
            if (!is_switch || value == "true") table.take(*option, is_switch ? "" : value);
        }
    }
    return {};
}

OptionTable* CommandLine::table_of(const std::string& name) {
    chosen_ = {};
    return choose(name);
}

std::vector<CommandInfo> CommandLine::infos() const {
    std::vector<CommandInfo> all;
    for (const auto& command : commands_) all.push_back(command->info());
    return all;
}

Status CommandLine::read_globals(const OptionTable* command) {
    const GlobalTexts& t = *texts_;
    globals_.json = t.json;
    globals_.quiet = t.quiet;
    globals_.verbose = t.verbose;
    globals_.timings = t.timings;
    globals_.allow_network_store = t.allow_network_store;
    const auto given = [&](std::string_view name) {
        const auto is = [&](const OptionTable::Given& one) { return one.option->has_name(name); };
        return std::ranges::any_of(table_.given(), is) ||
               (command != nullptr && std::ranges::any_of(command->given(), is));
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

std::string_view CommandLine::description() noexcept {
    return kDescription;
}

std::string CommandLine::help() const {
    return program_help(kDescription, infos(), table_, kFooter);
}

std::string CommandLine::help_of(const Named& named) const {
    if (named.table != nullptr) return command_help(chosen_.command->info(), *named.table, called_);
    if (named.group.empty()) return help();
    std::vector<CommandInfo> of_group = infos();
    std::erase_if(of_group,
                  [&](const CommandInfo& one) { return !one.name.starts_with(named.group + ' '); });
    return "Usage: holt " + named.group + " COMMAND [ARGUMENT]...\n" + command_list(of_group);
}

int CommandLine::error_code() const {
    for (const auto& command : commands_)
        if (const CommandInfo info = command->info(); info.name == command_name_)
            return info.error_code;
    return 0;
}

Result<CommandLine::Parsed> CommandLine::parse(const std::vector<std::string>& arguments) {
    KnownCommands known{.names = {}, .table = [this](const auto& name) { return choose(name); }};
    for (const auto& command : commands_) known.names.push_back(command->info().name);
    HOLT_TRY(apply_settings(table_, ""));
    HOLT_TRY_LET(named, read_arguments(table_, known, with_help_command(arguments)));
    if (wrong_setting_) return std::unexpected(*wrong_setting_);
    if (texts_->help) return Text{help_of(named)};
    HOLT_TRY(read_globals(named.table));
    if (texts_->version) return Text{fmt::format("holt {}\n", version())};
    return check_named(named);
}

Result<CommandLine::Parsed> CommandLine::check_named(const Named& named) {
    if (named.table == nullptr && named.group.empty())
        return usage_error("", "no command is given");
    if (named.table == nullptr) return usage_error(named.group, "no command is given");
    if (const Option* missing = named.table->missing())
        return usage_error(command_name_, missing->name() + " is missing");
    if (const auto& extra = named.table->extra(); !extra.empty())
        return usage_error(command_name_,
                           fmt::format("'{}' is one argument too many", printable(extra[0])));
    return chosen_.command;
}

}  // namespace holt::cli
