#include "store/space/moved_file.h"

#include "codec/blake3/blake3.h"
#include "fs/file.h"

namespace holt::store {

Result<Digest> hash_original(int folder, const std::string& name, const relocation::Splices& back,
                             const std::string& shown, fs::BufferPool& buffers) {
    HOLT_TRY_LET(fd, fs::open_read(folder, name, shown));
    const fs::BufferPool::Lease buffer = buffers.lease();
    blake3::Hasher hasher;
    Bytes original;
    bool is_right = true;
    for (std::uint64_t at = 0;;) {
        HOLT_TRY_LET(got, fs::pread_full(fd.get(), buffer.bytes(), at, shown));
        original.clear();
        is_right &= back.apply(at, buffer.bytes().first(got), original);
        hasher.update(original);
        at += got;
        if (got < buffer.bytes().size()) break;
    }
    return is_right ? hasher.digest() : Digest{};
}

}  // namespace holt::store
