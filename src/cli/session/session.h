// What a running command has: the global options, where to write, the store. Thread rule: as Out
// and Console.
#pragma once

#include <holt/error.hpp>
#include <holt/store.hpp>

#include <string>
#include <string_view>

#include "cli/output/console.h"
#include "cli/output/globals.h"
#include "cli/output/json.h"
#include "cli/output/out.h"

namespace holt::cli {

class Session {
  public:
    Session(std::string command, const Globals& globals, Out& out, Console& console)
        : command_(std::move(command)),
          globals_(globals),
          out_(out),
          console_(console),
          out_style_(globals.color, out.fd()) {}

    const std::string& command() const noexcept { return command_; }
    const Globals& globals() const noexcept { return globals_; }
    /// The name that the program was called by, when that stands for a command; else "holt".
    const std::string& called() const noexcept { return called_; }
    void set_called(std::string name) { called_ = std::move(name); }
    /// Called by the name of another program: messages and exit codes are that program's.
    bool stands_in() const noexcept { return called_ != "holt"; }
    bool json() const noexcept { return globals_.json; }
    Out& out() noexcept { return out_; }
    Console& console() noexcept { return console_; }
    const Style& out_style() const noexcept { return out_style_; }

    /// One JSON line, on standard output, or on standard error when data of another kind goes to
    /// standard output.
    void emit(const Json& object);
    void data_to_stdout() noexcept { data_to_stdout_ = true; }
    /// Standard output is for data, such as an archive.
    bool is_filter() const noexcept { return data_to_stdout_; }
    /// The last JSON line of a command that did its work.
    Json summary(int exit_code) const;

    /// A line about how it went, on standard error; not with -q nor --json.
    void tell(std::string_view text);

    OpenOptions open_options(Access access) const;
    Result<Store> open_store(Access access) const;

  private:
    std::string command_;
    std::string called_ = "holt";
    const Globals& globals_;
    Out& out_;
    Console& console_;
    Style out_style_;
    bool data_to_stdout_ = false;
};

}  // namespace holt::cli
