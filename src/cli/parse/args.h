// The command line read the GNU way, before CLI11 sees it.
//
// CLI11 holds the table of commands and options, checks and documents them; but it takes "[a]" for
// a list, "" for "no value", and a snapshot named "list" for a command. So the arguments are first
// brought into one plain form: the command's name, each option by its full name, each value and
// operand behind a guard byte that no rule of CLI11 reacts to. On the way come the GNU habits:
// options and operands in any order, "--" ends the options, --opt=value, unique prefixes of long
// options, clusters of short ones. An option with the short name '#' takes a number written as
// the option itself (-1 to -19); one whose value is called '#' takes the digits written right
// behind its letter, so that more letters may follow (-b1e9, -3T2v). The value of one marked with
// kApart stands behind '=' or is the next argument (-of OUT). Thread rule: pure functions.
#pragma once

#include <holt/error.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
}

namespace holt::cli {

/// Stands before each value and operand in what normalise() returns.
inline constexpr char kGuard = '\x01';

/// What the value of an option is called that takes its number right behind its letter.
inline constexpr char kNumberBehind[] = "#";

/// Stands before the name of a value that is written behind '=' or as the next argument: more
/// letters may follow the option's own (-fo OUT, -of OUT).
inline constexpr char kApart[] = "\x02";

/// `arguments` without the program's name, for CLI::App::parse in its order. Errors: unknown
/// command or option (with the nearest known one), a missing or unexpected value.
Result<std::vector<std::string>> normalise(const CLI::App& app,
                                           const std::vector<std::string>& arguments);

/// The known word nearest to `word` by insertions, deletions, replacements and swaps of
/// neighbours; empty when none is near.
std::string nearest(std::string_view word, const std::vector<std::string>& known);

/// A usage error of a command (empty: of the program), as in
/// "holt: <command>: <cause>; did you mean '<hint>'? see 'holt <command> --help'".
std::unexpected<Error> usage_error(std::string_view command, std::string cause,
                                   std::string_view hint = {});

}  // namespace holt::cli
