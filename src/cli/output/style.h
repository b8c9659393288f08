// Colours for a terminal, or none. Thread rule: a value.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "cli/output/globals.h"

namespace holt::cli {

enum class Color : std::uint8_t { none, bold, dim, red, green, yellow, cyan };

class Style {
  public:
    Style() = default;
    /// `automatic` colours when `fd` is a terminal, TERM is not "dumb" and NO_COLOR is not set
    /// (no-color.org).
    Style(ColorWhen when, int fd) noexcept;

    bool enabled() const noexcept { return enabled_; }
    std::string operator()(Color color, std::string_view text) const;

  private:
    bool enabled_ = false;
};

}  // namespace holt::cli
