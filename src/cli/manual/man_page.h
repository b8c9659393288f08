// Manual pages, made of what --help is made of. Thread rule: pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/parse/option_table.h"
#include "cli/session/command.h"

namespace holt::cli {

/// What stands in each page's head and foot.
struct PageFrame {
    std::string date;  ///< "2026-11-30"
    std::string version;
};

/// holt-COMMAND(1).
std::string man_page(const CommandInfo& info, const OptionTable& table, const PageFrame& frame);
/// holt(1): what the program is, its commands, options, environment and exit codes.
std::string program_man_page(std::string_view description, const std::vector<CommandInfo>& commands,
                             const OptionTable& globals, const PageFrame& frame);

}  // namespace holt::cli
