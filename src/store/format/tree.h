// Trees: one folder's entries in canonical bytes.
//
// The same folder gives the same bytes on every machine, so a subtree that did not change is one
// digest that did not change. Requirements that shaped the format: 45,000 files must not cost more
// than a few MB (a file of one chunk stores its digest once, since chunk digest and file digest are
// equal then); and it must be encoded in one pass over a tree of any size (a hard link names the
// first of its names in walk order, instead of a group number that would need a second pass).
//
// An encoded tree is stored like a file's content: one chunk, or several when it is larger than a
// chunk may be. docs/FORMAT.md has the byte table.
// Thread rule: values and pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <holt/digest.hpp>
#include "base/bytes.h"
#include "base/error.h"
#include "fs/stat.h"

namespace holt::store {

/// Content of at most 4 MiB, addressed by its digest.
struct ChunkRef {
    Digest digest;
    std::uint32_t length = 0;  ///< bytes, uncompressed
    bool operator==(const ChunkRef&) const = default;
};

/// Why an item of the source is not in the snapshot, although it was there.
enum class LeftOut : std::uint8_t {
    no = 0,        ///< it is in the snapshot
    denied = 1,    ///< whoever took the snapshot was not permitted to read it
    io = 2,        ///< the disk could not read it
    changing = 3,  ///< it changed each time it was read
    limit = 4,     ///< it lies deeper than a snapshot goes, or is larger
    unseen = 5,    ///< its record could not be read: nothing but its name is known
    other = 6
};

struct TreeEntry {
    std::string name;  ///< one component: no '/', no NUL, not "", "." or "..", at most 255 bytes
    fs::Kind kind = fs::Kind::file;  ///< file, folder, symlink or fifo
    std::uint16_t mode = 0;          ///< 07777; 0777 for symlinks
    std::uint32_t uid = 0, gid = 0;
    Time mtime{};
    std::uint64_t size = 0;          ///< bytes: of a file, or of a folder's encoded tree
    Digest content{};                ///< BLAKE3 of the whole file, or of the whole encoded tree
    std::vector<ChunkRef> chunks{};  ///< in order, their lengths add up to size; empty when size is
                                     ///< 0; one that equals (content, size) is not stored twice.
                                     ///< With places, of the stored form, which has its own size
    std::string symlink_target{};
    fs::Xattrs xattrs{};         ///< sorted by name
    std::string hard_link_to{};  ///< path from the snapshot's root of this inode's first name in
                                 ///< walk order; empty for that first name itself
    std::vector<fs::Range> holes{};  ///< ascending, not touching, within size
    /// Files: its places as encoded (relocation_codec.h), when what is stored has placeholders
    /// where it names the folder it stood in. `size` and `content` are the original's.
    Bytes relocation{};
    /// Not stored: the path that a restore moves the tree to. `size` is that of the moved file
    /// then; `content` stays the original's.
    std::string moved_to{};
    /// Not `no`: of this item only kind, mode, owner and time are known (`unseen`: not even those),
    /// and what was at or below its path is unknown. It has no content, no target, no attributes.
    LeftOut left_out = LeftOut::no;
    bool attributes_left_out = false;  ///< its extended attributes could not be read
    bool incomplete = false;           ///< a folder: something below it was left out
    Bytes fields{};                    ///< extension fields as encoded (wire.h)

    bool operator==(const TreeEntry&) const = default;
};

/// True when something at or below the entry was left out: it never counts as equal to anything,
/// and is no reason to remove anything.
inline bool is_incomplete(const TreeEntry& entry) noexcept {
    return entry.left_out != LeftOut::no || entry.attributes_left_out || entry.incomplete;
}

/// Bytes of its chunks.
std::uint64_t stored_size(const TreeEntry& entry) noexcept;

/// "permission denied": why it was left out, in words.
const char* reason_of(LeftOut left_out) noexcept;

/// Entries sorted by name, bytewise, no name twice.
using Tree = std::vector<TreeEntry>;

/// Canonical bytes. `entries` must be sorted and valid (asserted in developer builds).
Bytes encode_tree(const Tree& entries);

/// The reverse; `object` names the tree in errors. Refuses, as corrupt, anything that encode_tree
/// would not have written: unsorted or doubled names, names with '/', sizes that do not add up,
/// trailing bytes.
Result<Tree> decode_tree(ByteView bytes, const std::string& object);

/// One entry as it stands in a tree: used for a snapshot's root.
void encode_entry(const TreeEntry& entry, Bytes& out);

/// Largest chunk in bytes, of files and of encoded trees.
inline constexpr std::uint32_t kMaxChunk = 4u << 20;

}  // namespace holt::store
