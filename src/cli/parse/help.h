// The text of --help: usage line, what the command does, operands, options by group, examples.
// Thread rule: pure.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace holt::cli {

/// Group of the options that every command takes.
inline constexpr char kGlobalGroup[] = "Options of every command";

class HelpFormatter : public CLI::FormatterBase {
  public:
    std::string make_help(const CLI::App* app, std::string name,
                          CLI::AppFormatMode mode) const override;
};

}  // namespace holt::cli
