#include "cli/output/style.h"

#include <unistd.h>

#include <cstdlib>

namespace holt::cli {
namespace {

bool set_and_not_empty(const char* variable) noexcept {
    const char* value = std::getenv(variable);
    return value != nullptr && *value != '\0';
}

bool terminal_takes_colors(int fd) noexcept {
    if (set_and_not_empty("NO_COLOR") || ::isatty(fd) == 0) return false;
    const char* term = std::getenv("TERM");
    return term != nullptr && std::string_view(term) != "dumb";
}

// ECMA-48 "select graphic rendition".
std::string_view start_of(Color color) noexcept {
    switch (color) {
        case Color::none:
            return "";
        case Color::bold:
            return "\033[1m";
        case Color::dim:
            return "\033[2m";
        case Color::red:
            return "\033[31m";
        case Color::green:
            return "\033[32m";
        case Color::yellow:
            return "\033[33m";
        case Color::cyan:
            return "\033[36m";
    }
    return "";
}

}  // namespace

Style::Style(ColorWhen when, int fd) noexcept
    : enabled_(when == ColorWhen::always ||
               (when == ColorWhen::automatic && terminal_takes_colors(fd))) {}

std::string Style::operator()(Color color, std::string_view text) const {
    if (!enabled_ || color == Color::none || text.empty()) return std::string(text);
    std::string out(start_of(color));
    out += text;
    out += "\033[0m";
    return out;
}

}  // namespace holt::cli
