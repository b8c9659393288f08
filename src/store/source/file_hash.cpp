#include "store/source/file_hash.h"

#include <algorithm>
#include <limits>
#include <vector>

#include "codec/blake3/blake3.h"
#include "fs/file.h"
#include "fs/sparse.h"

namespace holt::store {
namespace {

constexpr std::uint64_t kNoEnd = std::numeric_limits<std::uint64_t>::max();

// Hashes the bytes from `begin` to `end`, or to the end of the file; where it stopped.
Result<std::uint64_t> hash_data(int fd, std::uint64_t begin, std::uint64_t end,
                                MutableByteView buffer, const std::string& shown,
                                blake3::Hasher& hasher) {
    for (std::uint64_t at = begin; at < end;) {
        const auto piece =
            static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), end - at));
        HOLT_TRY_LET(got, fs::pread_full(fd, buffer.first(piece), at, shown));
        hasher.update(buffer.first(got));
        at += got;
        if (got < piece) return at;
    }
    return end;
}

}  // namespace

Result<HashedFile> hash_file(int fd, const fs::FileStat& stat, const std::string& shown,
                             fs::BufferPool& buffers) {
    const fs::BufferPool::Lease buffer = buffers.lease();
    // Most files are read by one call, and hashed as one piece.
    if (stat.size < buffer.size()) {
        HOLT_TRY_LET(got, fs::pread_full(fd, buffer.bytes(), 0, shown));
        if (got < buffer.size()) return HashedFile{blake3::hash(buffer.bytes().first(got)), got};
    }
    std::vector<fs::Range> leaps;
    if (fs::may_have_holes(stat)) {
        HOLT_TRY_LET(holes, fs::find_holes(fd, stat.size, shown));
        leaps = fs::long_holes(std::move(holes));
    }
    blake3::Hasher hasher;
    std::uint64_t at = 0;
    for (const fs::Range& hole : leaps) {
        HOLT_TRY_LET(reached, hash_data(fd, at, hole.offset, buffer.bytes(), shown, hasher));
        if (reached < hole.offset) return HashedFile{hasher.digest(), reached};
        hasher.update_zeros(hole.length);
        at = hole.offset + hole.length;
    }
    HOLT_TRY_LET(end, hash_data(fd, at, kNoEnd, buffer.bytes(), shown, hasher));
    return HashedFile{hasher.digest(), end};
}

}  // namespace holt::store
