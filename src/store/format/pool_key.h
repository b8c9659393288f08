// Which file of the pool an entry wants: its id, made of everything that a hard link shares.
//
// A hard link has its inode's mode, owner, time and attributes, so files that differ in any of them
// are different files of the pool. Its files cannot be written to: what a program changes in one
// restored tree would change in all of them. So the mode has no write bits, and that is the one
// thing in which a hard-linked file differs from its snapshot.
//
// The id is the BLAKE3 of: "hplf"; u8 version 1; digest of the content; varint size; u16 mode;
// varint uid; varint gid; mtime (as in a tree entry); varint count of attributes, then text name
// and text value of each. All of it can be read off the file, so that `verify` can tell a changed
// file without a snapshot. Thread rule: values and pure functions.
#pragma once

#include <holt/digest.hpp>
#include "fs/metadata/metadata.h"
#include "fs/stat.h"
#include "store/format/tree.h"

namespace holt::store {

/// What of a file its id covers.
struct PoolFile {
    Digest content{};
    std::uint64_t size = 0;
    std::uint16_t mode = 0;
    std::uint32_t uid = 0, gid = 0;
    Time mtime{};
    const fs::Xattrs* xattrs = nullptr;  ///< borrowed
};

/// True for what may be shared: a file with content (an empty one costs nothing to make), without
/// holes (a listing of them is not the same on every file system), that gives nobody rights (setuid
/// and the like would stand in a folder that others may reach) and that its owner can read, with
/// plain attributes only.
bool can_be_pooled(const TreeEntry& entry) noexcept;

/// The mode of a file that shares its inode with the pool.
constexpr std::uint16_t pooled_mode(std::uint16_t mode) noexcept {
    return static_cast<std::uint16_t>(mode & ~0222);
}

/// `owner` and `mtime`: what a restored file gets, which need not be what the entry says.
PoolFile pool_file(const TreeEntry& entry, fs::Owner owner, Time mtime) noexcept;

/// Appends what the id is the digest of.
void encode_pool_file(const PoolFile& file, Bytes& out);
Digest pool_id(const PoolFile& file);

/// What of a file's record is not as its id says ("its mode is 0644, not 0444"); empty: all is.
std::string record_problem(const PoolFile& file, const fs::FileStat& stat);

}  // namespace holt::store
