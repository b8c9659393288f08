// Which folder is the store. Thread rule: reads the environment.
#pragma once

#include <holt/error.hpp>

#include <string>

#include "cli/output/globals.h"

namespace holt::cli {

/// --store, else $HOLT_STORE, else that of a configuration file, else $XDG_DATA_HOME/holt, else
/// $HOME/.local/share/holt. Empty variables count as not set, and XDG's must be absolute (XDG Base
/// Directory Specification).
Result<std::string> store_path(const Globals& globals);

}  // namespace holt::cli
