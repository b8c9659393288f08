// The folders of a cache entry, before they are restored, built or saved. Thread rule: pure but for
// the file system.
#pragma once

#include <span>
#include <string>

#include "base/error.h"

namespace holt::store {

/// No folder may lie in another: what is restored into the one would be extra in the other.
Status refuse_nested(std::span<const std::string> folders, const char* operation);

/// Folders whose paths cannot be looked for in their files are refused: as they are given, and as
/// links on the way make them.
Status check_movable_paths(std::span<const std::string> folders);

/// Makes the folders above each, as a command that builds it would have.
Status make_parents(std::span<const std::string> folders);

}  // namespace holt::store
