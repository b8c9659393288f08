// The scripts that make shells complete: they ask the program itself (`holt completion --answer`),
// so that what they offer is what it takes. Thread rule: pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace holt::cli {

enum class Shell : std::uint8_t { bash, zsh, fish };
std::string_view name(Shell shell) noexcept;
std::string_view completion_script(Shell shell) noexcept;

}  // namespace holt::cli
