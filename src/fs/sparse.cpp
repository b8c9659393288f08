#include "fs/sparse.h"

#include <algorithm>
#include <cerrno>

#include "fs/sys.h"

namespace holt::fs {

Result<std::vector<Range>> find_holes(int fd, std::uint64_t size, std::string_view shown) {
    std::vector<Range> holes;
    std::uint64_t at = 0;
    // Each round moves `at` forward or returns: the answers of a file that others change between
    // the two calls may be anything.
    while (at < size && holes.size() < kMaxHoles) {
        const std::int64_t hole = sys::lseek(fd, static_cast<std::int64_t>(at), SEEK_HOLE);
        if (hole == -ENXIO) break;  // the file has become shorter
        // EINVAL: the file system does not know holes.
        if (hole == -EINVAL || hole == -EOPNOTSUPP) return holes;
        if (hole < 0)
            return fail_errno(static_cast<int>(-hole), "look for holes in", std::string(shown));
        const std::uint64_t begin = std::max(static_cast<std::uint64_t>(hole), at);
        if (begin >= size) break;
        const std::int64_t data = sys::lseek(fd, static_cast<std::int64_t>(begin), SEEK_DATA);
        if (data < 0 && data != -ENXIO)
            return fail_errno(static_cast<int>(-data), "look for data in", std::string(shown));
        // ENXIO: no data any more, the hole reaches to the end.
        const std::uint64_t end =
            data < 0 ? size : std::min(static_cast<std::uint64_t>(data), size);
        if (end <= begin) {
            at = begin + 512;  // no file system has smaller blocks
            continue;
        }
        if (!holes.empty() && holes.back().offset + holes.back().length == begin)
            holes.back().length += end - begin;
        else
            holes.push_back({begin, end - begin});
        at = end;
    }
    return holes;
}

std::vector<Range> long_holes(std::vector<Range> holes) {
    constexpr std::uint64_t kWorthALeap = 128u << 10;  // reads in the time of a few system calls
    std::erase_if(holes, [](const Range& hole) { return hole.length < kWorthALeap; });
    return holes;
}

}  // namespace holt::fs
