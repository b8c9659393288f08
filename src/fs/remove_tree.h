// Removing a tree: never a step outside it, whatever others do in it meanwhile.
//
// Iterative, relative to descriptors, symlinks removed and not followed, folders without
// permissions made accessible first, other file systems not entered, any depth with a bounded
// number of descriptors. Thread rule: pure functions.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"

namespace holt::fs {

/// Removes `name` below `parent`, whatever it is, with all below it. Nothing there: done.
Status remove_tree(int parent, const std::string& name, std::string_view shown);
/// Empties an open folder.
Status remove_contents(int folder, std::string_view shown);

}  // namespace holt::fs
