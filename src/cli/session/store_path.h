// Which folder is the store. Thread rule: reads the environment.
#pragma once

#include <holt/error.hpp>

#include <optional>
#include <string>

namespace holt::cli {

/// --store, else $HOLT_STORE, else $XDG_DATA_HOME/holt, else $HOME/.local/share/holt. Empty
/// variables count as not set, and XDG's must be absolute (XDG Base Directory Specification).
Result<std::string> store_path(const std::optional<std::string>& option);

}  // namespace holt::cli
