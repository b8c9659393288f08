// Files of globs for `snapshot --exclude-from`: one glob a line; empty lines and lines that begin
// with '#' are skipped; "\#" at the beginning stands for a real '#'; a trailing CR is dropped.
#pragma once

#include <holt/error.hpp>

#include <string>
#include <vector>

namespace holt::cli {

/// Appends the globs of `file` ("-": standard input) to `globs`.
Status read_globs(const std::string& file, std::vector<std::string>& globs);

}  // namespace holt::cli
