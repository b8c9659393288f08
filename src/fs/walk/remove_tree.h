// Removing a tree: never a step outside it, whatever others do in it meanwhile.
//
// Iterative, relative to descriptors, symlinks removed and not followed, folders without
// permissions opened up first, mounts and other subvolumes left alone with the folders above them,
// any depth with a bounded number of descriptors. Thread rule: pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace holt::fs {

/// Removes `name` below `parent`, whatever it is, with all below it. Nothing there: done. Each
/// mount that had to be left is put into `left`, and is no failure then; without `left` the first
/// one is the error, after all else is gone.
Status remove_tree(int parent, const std::string& name, std::string_view shown,
                   std::vector<Error>* left = nullptr);
/// Empties an open folder.
Status remove_contents(int folder, std::string_view shown);

}  // namespace holt::fs
