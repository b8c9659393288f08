// The first line of a script.
//
// The kernel takes a line of at most 127 bytes, and cuts the interpreter at the first space. Where
// a new path needs more, the script begins with `#!/bin/sh` and a line that the shell execs and
// that the script's own language passes over; such a beginning is known again.
// Thread rule: pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "relocation/prefixes.h"
#include "relocation/target.h"

namespace holt::relocation {

/// The bytes at the beginning of a script that name its interpreter: the line with "#!", or the
/// whole of a form that execs it. 0: no script.
std::size_t first_line_length(std::string_view content) noexcept;

/// What they become at another path. A path that is no longer is filled up, so that what follows
/// stays where it is; `payload` says that it must. Nothing when there is no form that works.
std::optional<std::string> moved_line(const std::string& line, const Prefixes& prefixes,
                                      bool payload, const Target& target);

}  // namespace holt::relocation
