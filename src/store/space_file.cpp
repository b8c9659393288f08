#include "store/space_file.h"

#include "codec/blake3/blake3.h"
#include "fs/file.h"
#include "fs/metadata.h"

namespace holt::store {
namespace {

Result<Digest> hash_content(int fd, std::uint64_t size, const std::string& shown,
                            fs::BufferPool& buffers) {
    const fs::BufferPool::Lease buffer = buffers.lease();
    HOLT_TRY_LET(first, fs::read_full(fd, buffer.bytes(), shown));
    // Most files are read by one call, and hashed as one piece.
    if (first == size && first < buffer.size()) return blake3::hash(buffer.bytes().first(first));
    blake3::Hasher hasher;
    for (std::size_t got = first; got > 0;) {
        hasher.update(buffer.bytes().first(got));
        HOLT_TRY_LET(more, fs::read_full(fd, buffer.bytes(), shown));
        got = more;
    }
    return hasher.digest();
}

bool same_record(const fs::FileStat& a, const fs::FileStat& b) noexcept {
    return a.size == b.size && a.mtime == b.mtime && a.ctime == b.ctime;
}

}  // namespace

Result<FileFacts> read_file_facts(int folder_fd, const std::string& name, std::uint64_t size,
                                  HashWhat what, const std::string& shown,
                                  fs::BufferPool& buffers) {
    FileFacts facts;
    HOLT_TRY_LET(fd, fs::open_read(folder_fd, name, shown));
    HOLT_TRY_LET(before, fs::stat_fd(fd.get(), shown));
    facts.stat = before;
    facts.is_file = before.kind == fs::Kind::file;
    if (!facts.is_file || (what == HashWhat::same_size && before.size != size)) return facts;
    HOLT_TRY_LET(xattrs, fs::read_xattrs(fd.get(), shown));
    facts.xattrs = std::move(xattrs);
    HOLT_TRY_LET(content, hash_content(fd.get(), before.size, shown, buffers));
    facts.content = content;
    HOLT_TRY_LET(after, fs::stat_fd(fd.get(), shown));
    facts.stable = same_record(before, after);
    return facts;
}

}  // namespace holt::store
