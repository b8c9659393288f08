// What a key's inputs are made of: files and variables are read here, texts and what tools printed
// are given. Thread rule: independent calls from any thread; the environment must not change
// meanwhile.
#pragma once

#include <holt/cache.hpp>

namespace holt::store {

/// Sorted. `failed` for a file that is missing or cannot be read; `usage` for a glob that finds
/// none, so that a misspelt one does not make a key that never changes.
Result<std::vector<KeyInput>> read_key_inputs(const KeyOptions& options);

}  // namespace holt::store
