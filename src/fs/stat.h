// What the kernel tells of one name in a folder. Thread rule: values.
#pragma once

#include <holt/time.hpp>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace holt::fs {

enum class Kind : std::uint8_t {
    file = 1,
    folder = 2,
    symlink = 3,
    fifo = 4,
    socket = 5,
    char_device = 6,
    block_device = 7
};

struct FileStat {
    Kind kind = Kind::file;
    std::uint16_t mode = 0;  ///< permission bits with setuid, setgid, sticky: 07777
    std::uint32_t uid = 0, gid = 0;
    std::uint64_t size = 0;    ///< bytes
    std::uint64_t blocks = 0;  ///< 512-byte units really allocated
    Time mtime{}, ctime{};
    std::uint64_t dev = 0, ino = 0;
    std::uint32_t nlink = 1;
};

/// Device and number: one inode, which may have several names.
using Inode = std::pair<std::uint64_t, std::uint64_t>;

/// Extended attributes, sorted by name (bytes).
using Xattrs = std::vector<std::pair<std::string, std::string>>;

/// A byte range of a file.
struct Range {
    std::uint64_t offset = 0, length = 0;
    bool operator==(const Range&) const = default;
};

}  // namespace holt::fs
