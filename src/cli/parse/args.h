// The command line read the GNU way into option tables: options and operands in any order, "--"
// ends the options, --opt=value, unique beginnings of long options, clusters of short ones.
//
// getopt_long is not used because it cannot read what zstd's users write: numbers behind a letter
// with more letters behind them (-b1e9), values that stand apart from their letter (-of OUT), and
// long options with three dashes (gzip's). It also has no word for an unknown option's neighbour.
//
// An option with the short name '#' takes a number written as the option itself (-1 to -19).
// A command's name has one word ("list") or two ("cache list"). Thread rule: pure functions.
#pragma once

#include <holt/error.hpp>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/parse/option_table.h"

namespace holt::cli {

/// The commands that the arguments may name.
struct KnownCommands {
    std::vector<std::string> names;
    /// The table of one of them, which must stay as long as it is read into.
    std::function<OptionTable*(const std::string& name)> table;
};

/// What was named: a command, or only the first word of some, or nothing.
struct Named {
    OptionTable* table = nullptr;
    std::string group;
};

/// Reads `arguments`, without the program's name, into `globals` until a command is named, and
/// into that command's table from there on. Errors: unknown command or option (with the nearest
/// known one), a missing or unexpected value. Operands in excess and missing ones are the
/// caller's to refuse.
Result<Named> read_arguments(OptionTable& globals, const KnownCommands& commands,
                             const std::vector<std::string>& arguments);

/// The known word nearest to `word` by insertions, deletions, replacements and swaps of
/// neighbours; empty when none is near.
std::string nearest(std::string_view word, const std::vector<std::string>& known);

/// A usage error of a command (empty: of the program), as in
/// "holt: <command>: <cause>; did you mean '<hint>'? see 'holt <command> --help'".
std::unexpected<Error> usage_error(std::string_view command, std::string cause,
                                   std::string_view hint = {});

/// That an option is not known; `option` as it was written, "--all" or "-a".
std::unexpected<Error> unknown_option_error(std::string_view command, std::string_view option,
                                            std::string_view hint = {});
/// The option of such an error; empty for any other error.
std::string unknown_option(const Error& error);

}  // namespace holt::cli
