#include "cli/gzip/gzip_env.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "cli/parse/args.h"

namespace holt::cli {
namespace {

constexpr std::string_view kBlanks = " \t";
constexpr std::string_view kLetters = "123456789vqnN";
constexpr std::array<std::string_view, 7> kLong = {"--best",  "--fast", "--rsyncable", "--verbose",
                                                   "--quiet", "--name", "--no-name"};

std::unexpected<Error> refused(std::string_view word, std::string_view why) {
    return usage_error("gzip",
                       fmt::format("{}: {} in GZIP environment variable", printable(word), why));
}

}  // namespace

Result<std::vector<std::string>> gzip_env_options(std::string_view text) {
    std::vector<std::string> options;
    while (true) {
        text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
        if (text.empty()) return options;
        const std::string_view word = text.substr(0, text.find_first_of(kBlanks));
        text.remove_prefix(word.size());
        if (!word.starts_with('-') || word == "-" || word == "--")
            return refused(word, "non-option");
        if (word.starts_with("--")) {
            if (std::ranges::find(kLong, word) == kLong.end())
                return refused(word, "option not valid");
            options.emplace_back(word);
            continue;
        }
        for (const char letter : word.substr(1)) {
            const std::string option = std::string("-") + letter;
            if (kLetters.find(letter) == std::string_view::npos)
                return refused(option, "option not valid");
            options.push_back(option);
        }
    }
}

}  // namespace holt::cli
