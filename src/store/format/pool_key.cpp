#include "store/format/pool_key.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "codec/blake3/blake3.h"
#include "store/format/wire.h"

namespace holt::store {
namespace {

constexpr std::string_view kMagic = "hplf";
constexpr std::uint8_t kVersion = 1;

}  // namespace

bool can_be_pooled(const TreeEntry& entry) noexcept {
    return entry.kind == fs::Kind::file && entry.size > 0 && entry.holes.empty() &&
           (entry.mode & 07400) == 0400 && std::ranges::all_of(entry.xattrs, [](const auto& xattr) {
               return xattr.first.starts_with("user.");
           });
}

PoolFile pool_file(const TreeEntry& entry, fs::Owner owner, Time mtime) noexcept {
    return {.content = entry.content,
            .size = entry.size,
            .mode = pooled_mode(entry.mode),
            .uid = owner.uid,
            .gid = owner.gid,
            .mtime = mtime,
            .xattrs = &entry.xattrs};
}

void encode_pool_file(const PoolFile& file, Bytes& out) {
    WireWriter writer(out);
    writer.bytes(as_bytes(kMagic));
    writer.byte(kVersion);
    writer.digest(file.content);
    writer.varint(file.size);
    writer.byte(static_cast<std::uint8_t>(file.mode));
    writer.byte(static_cast<std::uint8_t>(file.mode >> 8));
    writer.varint(file.uid);
    writer.varint(file.gid);
    writer.time(file.mtime);
    writer.varint(file.xattrs->size());
    for (const auto& [name, value] : *file.xattrs) {
        writer.text(name);
        writer.text(value);
    }
}

Digest pool_id(const PoolFile& file) {
    Bytes bytes;
    encode_pool_file(file, bytes);
    return blake3::hash(bytes);
}

std::string record_problem(const PoolFile& file, const fs::FileStat& stat) {
    if (stat.kind != fs::Kind::file) return "it is not a file";
    if (stat.size != file.size) return fmt::format("it has {} bytes, not {}", stat.size, file.size);
    if (stat.mode != file.mode)
        return fmt::format("its mode is {:04o}, not {:04o}", stat.mode, file.mode);
    if (stat.uid != file.uid || stat.gid != file.gid)
        return fmt::format("its owner is {}:{}, not {}:{}", stat.uid, stat.gid, file.uid, file.gid);
    if (stat.mtime != file.mtime) return "its time of modification is another one";
    return {};
}

}  // namespace holt::store
