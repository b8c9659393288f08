// Compares two folders on disk by plain system calls of its own, so that it shares nothing with
// what it judges.
#pragma once

#include <string>
#include <vector>

namespace holt::test {

/// What differs, a line each: names, kinds, modes, owners, times in ns, contents, symlink targets,
/// user.* attributes, which names are hard links of each other. Empty when the trees are equal.
std::vector<std::string> tree_differences(const std::string& a, const std::string& b);

}  // namespace holt::test
