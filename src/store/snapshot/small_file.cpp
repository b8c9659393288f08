#include "store/snapshot/small_file.h"

#include <algorithm>
#include <utility>

#include "fs/file.h"
#include "fs/metadata/metadata.h"
#include "fs/sparse.h"
#include "store/source/file_reading.h"

namespace holt::store {
namespace {

// As many bytes as it had, so that one call does: a file that grew or shrank shows in its record.
// Of an empty one a byte is asked for all the same: files of /proc only say that they are empty.
Result<std::size_t> read_content(int fd, std::uint64_t expected, std::size_t offset, Bytes& data,
                                 const std::string& shown) {
    data.resize(offset + std::max<std::size_t>(expected, 1));
    HOLT_TRY_LET(size, fs::pread_full(fd, MutableByteView(data).subspan(offset), 0, shown));
    data.resize(offset + size);
    return size;
}

Result<bool> reads_the_same(int fd, ByteView content, const std::string& shown) {
    Bytes again;
    HOLT_TRY_LET(size, read_content(fd, content.size(), 0, again, shown));
    return size == content.size() && equal(again, content);
}

// False when the file changed meanwhile, or is larger than the limit.
Result<bool> read_once(int folder_fd, const std::string& name, const std::string& shown,
                       FileItem& item, Bytes& data, std::size_t limit) {
    HOLT_TRY_LET(fd, fs::open_read(folder_fd, name, shown));
    HOLT_TRY_LET(look, look_before_reading(fd.get(), item.folder->device->clock, shown));
    const fs::FileStat& before = look.stat;
    if (before.kind != fs::Kind::file) return std::unexpected(no_longer_a_file(shown));
    if (before.size > limit) return false;
    item.lost.clear();
    HOLT_TRY_LET(xattrs, fs::read_xattrs(fd.get(), shown, &item.lost));
    HOLT_TRY_LET(size, read_content(fd.get(), before.size, item.offset, data, shown));
    if (fs::may_have_holes(before)) {
        HOLT_TRY_LET(holes, fs::find_holes(fd.get(), before.size, shown));
        item.holes = std::move(holes);
    }
    bool stable = size == before.size;
    if (stable && !look.shows_changes) {
        HOLT_TRY_LET(same, reads_the_same(fd.get(), ByteView(data).subspan(item.offset), shown));
        stable = same;
    }
    HOLT_TRY_LET(after, fs::stat_fd(fd.get(), shown));
    stable = stable && is_same(before, after);
    item.length = size;
    item.stat = before;
    item.xattrs = std::move(xattrs);
    item.record = look.record();
    return stable;
}

}  // namespace

void read_small_file(int folder_fd, const std::string& name, const std::string& shown,
                     FileItem& item, Bytes& data, std::size_t limit) {
    item.offset = data.size();
    Status status;
    for (int tries = 0; tries < kMaxTries && status; ++tries) {
        item.holes.clear();
        data.resize(item.offset);
        const auto read = read_once(folder_fd, name, shown, item, data, limit);
        if (read && *read) return;
        status = read ? Status{} : std::unexpected(read.error());
    }
    item.what = FileItem::What::failed;
    item.error = status ? changed_while_read(shown) : std::move(status).error();
    data.resize(item.offset);
    item.length = 0;
}

}  // namespace holt::store
