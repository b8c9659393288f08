#include "cli/parse/stand_in_words.h"

#include <fmt/format.h>

#include "base/error.h"
#include "cli/parse/args.h"

namespace holt::cli {
namespace {

std::string of_gzip(std::string_view called, std::string_view option) {
    const bool is_long = option.starts_with("--");
    return fmt::format("{}: {}\nTry `{} --help' for more information.", called,
                       is_long ? fmt::format("unrecognized option '{}'", option)
                               : fmt::format("invalid option -- '{}'", option.substr(1)),
                       called);
}

}  // namespace

std::string incorrect_parameter(std::string_view called, std::string_view parameter) {
    return fmt::format(
        "Incorrect parameter: {} \n\nUsage: {} [OPTIONS] [INPUT... | -] [-o OUTPUT] \n\nOptions:\n"
        "  -h, --help  tells all of them",
        parameter, called);
}

std::string stand_in_usage(std::string_view command, std::string_view called, const Error& error) {
    const std::string option = unknown_option(error);
    if (option.empty()) return fmt::format("{}: {}", called, error.cause);
    return command == "zstd" ? incorrect_parameter(called, option) : of_gzip(called, option);
}

}  // namespace holt::cli
