// The text of --help: usage line, what the command does, operands, options by group, examples.
// Thread rule: pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/parse/option_table.h"
#include "cli/session/command.h"

namespace holt::cli {

/// Names and first lines, by group, in their order.
std::string command_list(const std::vector<CommandInfo>& commands);

std::string program_help(std::string_view description, const std::vector<CommandInfo>& commands,
                         const OptionTable& globals, std::string_view footer);

/// `called`: the name that stands for the command, or empty.
std::string command_help(const CommandInfo& info, const OptionTable& table,
                         std::string_view called);

}  // namespace holt::cli
