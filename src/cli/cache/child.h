// Running other programs: a command in the foreground, and tools that print something.
//
// A command has our descriptors, working directory and process group, so what the terminal sends
// (Ctrl-C, Ctrl-Z) reaches it by itself. What is sent to this process alone is passed on to it. It
// gets the signal dispositions and the limit of open files that this process was started with.
// Nothing ends this process while the command runs. Thread rule: one command at a time.
#pragma once

#include <holt/error.hpp>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace holt::cli {

struct ChildEnd {
    int code = 0;    ///< exit code; 127 when there is no such program, 126 when it cannot be run
    int signal = 0;  ///< that ended it, or 0
    std::optional<Error> not_run{};  ///< why it could not be run: the code says so, too

    bool succeeded() const noexcept { return code == 0 && signal == 0; }
    /// As a shell has it: 128 and the signal.
    int as_exit_code() const noexcept;
};

/// Where the command sees its folders (neutral_path.h).
class NeutralPaths;

struct ChildCommand {
    std::vector<std::string> arguments;                              ///< the program first
    std::vector<std::pair<std::string, std::string>> environment{};  ///< set besides ours
    const NeutralPaths* neutral = nullptr;
};

/// Runs it and waits for its end.
Result<ChildEnd> run_child(const ChildCommand& command);

/// What `command` prints, run by /bin/sh; `failed` when it fails.
Result<std::string> output_of_tool(const std::string& command);

}  // namespace holt::cli
