// A store that a group shares: its folder belongs to the group, has the setgid bit, and a default
// access list that gives the owner and the group all rights and others none. What is made below
// inherits all three, so that every member may write what another has made, whatever the umask of
// either: where a folder has a default access list the kernel does not ask for the umask. Rejected:
// setting each file's mode after it was made, which leaves a moment, and a file that a killed
// process left, in which the others are locked out. Thread rule: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/error.h"

namespace holt::store {

/// Makes the open, empty folder one that the group shares. The error says whether the caller may
/// not give it to the group, or the file system keeps no access lists.
Status share_folder(int folder, std::uint32_t group, const std::string& shown);

/// The group that shares the folder, if one does.
Result<std::optional<std::uint32_t>> group_of_shared(int folder, const std::string& shown);

}  // namespace holt::store
