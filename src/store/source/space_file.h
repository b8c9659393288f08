// One file of a space, read to know whether it is what a snapshot says.
// Thread rule: any thread; the buffer pool is shared.
#pragma once

#include <string>

#include "fs/buffer_pool.h"
#include "fs/file_clock.h"
#include "fs/metadata/metadata.h"
#include "fs/stat.h"
#include "store/format/tree.h"

namespace holt::store {

struct FileFacts {
    fs::FileStat stat{};  ///< through its descriptor, before it was read
    Digest content{};     ///< of what was read
    fs::Xattrs xattrs{};
    fs::XattrLosses lost{};  ///< only by read_stable_file_facts
    bool stable = true;      ///< it did not change while it was read
    bool is_file = true;     ///< false: something else has taken its place; nothing was read
};

enum class HashWhat : std::uint8_t {
    same_size,  ///< only a file of the expected size: another one differs anyway
    all
};

/// Opens `name` below `folder_fd`, following nothing, and reads what the entry is compared with.
Result<FileFacts> read_file_facts(int folder_fd, const std::string& name, std::uint64_t size,
                                  HashWhat what, const std::string& shown, fs::BufferPool& buffers);

/// All of a file, as it is at one moment: read again while it changes, `partial` when it keeps
/// changing (file_reading.h).
Result<FileFacts> read_stable_file_facts(int folder_fd, const std::string& name,
                                         fs::FileClock& clock, const std::string& shown,
                                         fs::BufferPool& buffers);

}  // namespace holt::store
