// One thing that an archive describes, whatever its format, and the reader that yields them.
// Nothing in it was checked but its form: what may become of it decides ArchiveTree.
// Thread rule: one reader, one thread at a time.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "fs/stat.h"

namespace holt::store {

struct ArchiveEntry {
    enum class What : std::uint8_t { file, folder, symlink, hard_link, fifo, device };

    std::string path{};  ///< as it stands in the archive
    What what = What::file;
    std::uint16_t mode = 0;  ///< 07777
    std::uint32_t uid = 0, gid = 0;
    Time mtime{};
    std::uint64_t size = 0;  ///< of the file's content, holes included
    std::string link{};      ///< target of a symlink or hard link
    fs::Xattrs xattrs{};     ///< sorted by name
    /// What the archive has and a tree has no place for, in words: each is told by kind.
    std::vector<std::string> lost{};
    bool sparse = false;            ///< only `data` is in the archive; all else is holes
    std::vector<fs::Range> data{};  ///< ascending, not overlapping, within size
};

class ArchiveReader {
  public:
    virtual ~ArchiveReader() = default;
    /// The next entry; false at the end, when all of the archive was looked at. What was not read
    /// of the entry before is passed over.
    virtual Result<bool> next(ArchiveEntry& entry) = 0;
    /// The next bytes of the entry's content as they are stored, valid until the next call; empty
    /// at their end.
    virtual Result<ByteView> read() = 0;
};

}  // namespace holt::store
