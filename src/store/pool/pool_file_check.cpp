#include "store/pool/pool_file_check.h"

#include "codec/blake3/blake3.h"
#include "fs/file.h"

namespace holt::store {

Result<std::string> find_problem(int fd, const PoolFile& wanted, fs::FileStat& stat) {
    HOLT_TRY_LET(found, fs::stat_fd(fd, ""));
    stat = found;
    std::string problem = record_problem(wanted, stat);
    if (!problem.empty()) return problem;
    HOLT_TRY_LET(xattrs, fs::read_xattrs(fd, ""));
    if (xattrs != *wanted.xattrs) return "its extended attributes are others";
    return "";
}

Result<Digest> hash_in_pieces(int fd, std::uint64_t size, MutableByteView buffer) {
    blake3::Hasher hasher;
    for (std::uint64_t at = 0; at < size;) {
        HOLT_TRY_LET(got, fs::pread_full(fd, buffer, at, ""));
        if (got == 0) break;
        hasher.update(buffer.first(got));
        at += got;
    }
    return hasher.digest();
}

Result<std::string> as_problem(const Error& error) {
    if (is_shortage(error.sys_errno)) return std::unexpected(error);
    return "it cannot be read: " + errno_text(error.sys_errno);
}

}  // namespace holt::store
