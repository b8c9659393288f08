// What kind of file system a folder lies on, how much room it has, and what can be done there: for
// those who ask before they choose a place. Thread rule: independent calls.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"

namespace holt::fs {

struct FileSystem {
    enum class Kind : std::uint8_t {
        local,
        memory,   ///< gone when the machine restarts
        overlay,  ///< layers: a change copies a file up
        network,  ///< another machine's: NFS, SMB, 9p, a FUSE file system
    };
    std::string name;  ///< "ext4"; a number in hex when it has no name here
    Kind kind = Kind::local;
    std::uint64_t bytes = 0, free_bytes = 0;    ///< free: for this user
    std::uint64_t inodes = 0, free_inodes = 0;  ///< 0 of 0: it does not count them
    bool read_only = false;
};
Result<FileSystem> look_at_file_system(int fd, std::string_view shown);

/// What was tried, with files without a name where possible; nothing of it stays.
enum class Trial : std::uint8_t { works, does_not, not_tried };
/// Whether a file of the folder `from` can get a name in the folder `to`.
Trial try_link(int from, int to);
/// Whether a file of `to` can share blocks of a file of `from`.
Trial try_clone(int from, int to);
/// Whether two open files of the folder exclude each other by a lock.
Trial try_lock(int folder);

}  // namespace holt::fs
