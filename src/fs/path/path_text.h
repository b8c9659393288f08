// Paths as texts: put in normal form, and seen from one another. Thread rule: pure functions, but
// for resolve_path, which reads links.
#pragma once

#include <optional>
#include <string>

namespace holt::fs {

/// Without ".", doubled slashes, and "x/.." pairs.
std::string normal_path(const std::string& path);
/// The path from `folder` to `path`, both absolute and normal; nothing when it is not below it.
std::optional<std::string> path_below(const std::string& path, const std::string& folder);
/// The name alone: "b" of "/x/a/b".
std::string last_part(const std::string& path);
/// Absolute, with the links resolved in as much of it as is there.
std::string resolve_path(const std::string& path);
/// Whether one is the other or lies in it; both absolute and normal.
bool one_holds_other(const std::string& a, const std::string& b);

}  // namespace holt::fs
