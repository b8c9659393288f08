// A file that was moved with its tree (store/trees/move.h), as it lies on disk.
// Thread rule: any thread; the buffer pool is shared.
#pragma once

#include <string>

#include <holt/digest.hpp>
#include "base/error.h"
#include "fs/buffer_pool.h"
#include "relocation/splices.h"

namespace holt::store {

/// The digest of the original that the file leads back to. A place that does not hold what it
/// should gives the digest of another content.
Result<Digest> hash_original(int folder, const std::string& name, const relocation::Splices& back,
                             const std::string& shown, fs::BufferPool& buffers);

}  // namespace holt::store
