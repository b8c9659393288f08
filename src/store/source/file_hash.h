// The digest of an open file's content, without reading its holes.
// Thread rule: any thread; the buffer pool is shared.
#pragma once

#include <string>

#include <holt/digest.hpp>
#include "base/error.h"
#include "fs/buffer_pool.h"
#include "fs/stat.h"

namespace holt::store {

struct HashedFile {
    Digest content{};
    std::uint64_t size = 0;  ///< bytes hashed: up to the end as it was met
};

/// From its beginning to its end; `stat` is its record.
Result<HashedFile> hash_file(int fd, const fs::FileStat& stat, const std::string& shown,
                             fs::BufferPool& buffers);

}  // namespace holt::store
