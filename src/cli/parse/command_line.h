// From argv to a command with its options set.
// Thread rule: one thread.
#pragma once

#include <holt/error.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "cli/config/config.h"
#include "cli/output/globals.h"
#include "cli/parse/args.h"
#include "cli/parse/option_table.h"
#include "cli/session/command.h"

namespace holt::cli {

class CommandLine {
  public:
    CommandLine();
    ~CommandLine();
    CommandLine(const CommandLine&) = delete;
    CommandLine& operator=(const CommandLine&) = delete;

    /// A text to print instead of running a command: --help, --version.
    struct Text {
        std::string text;
    };
    /// The command to run, owned by this.
    using Parsed = std::variant<Command*, Text>;
    Result<Parsed> parse(const std::vector<std::string>& arguments);
    /// What options are before the command line is read (config.h); before parse().
    void set_defaults(std::vector<Setting> settings) { settings_ = std::move(settings); }

    /// The name that the program was called by, when that stands for a command; before parse().
    void set_called(std::string_view name) { called_ = name; }

    /// The top-level help.
    std::string help() const;
    /// What the program is, for help and manual.
    static std::string_view description() noexcept;
    /// All commands, and what one takes, or null; a table stays until the next call.
    std::vector<CommandInfo> infos() const;
    OptionTable* table_of(const std::string& name);
    /// The options that every command takes.
    const OptionTable& globals_table() const noexcept { return table_; }
    /// Set by parse().
    const Globals& globals() const noexcept;
    /// The command that was named, or empty.
    const std::string& command_name() const noexcept { return command_name_; }
    /// CommandInfo::error_code of that command, or 0.
    int error_code() const;

  private:
    struct GlobalTexts;  // the global options as they were given

    /// One that was named, with its options declared.
    struct Chosen {
        Command* command = nullptr;
        std::unique_ptr<OptionTable> table;
    };

    void define_globals(OptionTable& table);
    Status apply_settings(OptionTable& table, const std::string& command);
    OptionTable* choose(const std::string& name);
    Result<Parsed> check_named(const Named& named);
    Status read_globals(const OptionTable* command);
    std::string help_of(const Named& named) const;

    OptionTable table_;
    std::vector<std::unique_ptr<Command>> commands_;
    Chosen chosen_;
    std::unique_ptr<GlobalTexts> texts_;
    std::vector<Setting> settings_;
    std::optional<Error> wrong_setting_;
    Globals globals_;
    std::string command_name_, called_;
};

}  // namespace holt::cli
