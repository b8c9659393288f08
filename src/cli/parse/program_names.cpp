#include "cli/parse/program_names.h"

namespace holt::cli {
namespace {

struct ProgramName {
    std::string_view name, command, options;  // options: one word, or none
};

constexpr ProgramName kNames[] = {
    {"gzip", "gzip", ""},         {"gunzip", "gzip", "-d"},  {"zcat", "gzip", "-dc"},
    {"gzcat", "gzip", "-dc"},     {"zstd", "zstd", ""},      {"unzstd", "zstd", "-d"},
    {"zstdcat", "zstd", "-dcfq"}, {"zstdmt", "zstd", "-T0"},
};

constexpr std::string_view kLinked[] = {"zstd", "unzstd", "zstdcat", "zstdmt",
                                        "gzip", "gunzip", "zcat"};

}  // namespace

std::span<const std::string_view> filter_names() noexcept {
    return kLinked;
}

std::string_view base_name(std::string_view path) noexcept {
    const std::size_t slash = path.rfind('/');
    return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

std::vector<std::string> arguments_of_name(std::string_view argv0) {
    const std::string_view called = base_name(argv0);
    for (const ProgramName& known : kNames) {
        if (known.name != called) continue;
        std::vector<std::string> arguments{std::string(known.command)};
        if (!known.options.empty()) arguments.emplace_back(known.options);
        return arguments;
    }
    return {};
}

}  // namespace holt::cli
