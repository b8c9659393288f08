// Runs the real program as a child and keeps all that it says. Thread rule: one thread.
#pragma once

#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace holt::test {

using Json = nlohmann::json;

struct Finished {
    int code = -1;   ///< exit code, or -1
    int signal = 0;  ///< that ended it, or 0
    std::string out, err;

    /// Every line of `out` (or of `err`) parsed; fails the test for one that is no JSON object with
    /// a type.
    std::vector<Json> json() const;
    std::vector<Json> json_of(const std::string& text) const;
};

struct Program {
    std::string path = HOLT_PROGRAM;
    std::vector<std::string> args{};
    std::string input{};
    /// On top of PATH, LANG and a HOME that does not exist.
    std::map<std::string, std::string> environment{};
    std::string folder{};          ///< to run in; empty: this one
    std::string output_to{};       ///< a file or device as standard output instead of a pipe
    bool close_output = false;     ///< standard output is closed
    bool keep_input_open = false;  ///< standard input never ends

    Finished run() const;
    /// Starts it, calls `ready` until that is true, sends the signal, waits for the end.
    template <class Ready>
    Finished run_and_signal(int number, Ready ready) const {
        return run_with({number}, ready);
    }

  private:
    Finished run_with(std::vector<int> signals, const std::function<bool()>& ready) const;
};

/// `holt` with these arguments.
Finished holt(std::vector<std::string> args, std::string input = {});
/// Any other program that is in PATH; nothing when it is not installed.
std::optional<Finished> other(const std::string& name, std::vector<std::string> args,
                              std::string input = {});

/// Some process has a file open below `folder` that has no name (yet).
bool someone_writes_unnamed(const std::string& folder);

/// Whole files.
std::string read_file(const std::string& path);
void write_file(const std::string& path, const std::string& content);

}  // namespace holt::test
