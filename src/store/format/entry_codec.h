// One tree entry as bytes, shared by trees and snapshot records.
//
//   name      varint length (1..255; 0 for a snapshot's root), bytes
//   head      u8: bits 0-2 kind (1 file, 2 folder, 3 symlink, 4 fifo); bit 3 xattrs, bit 4 hard
//             link, bit 5 chunk list, bit 6 holes follow; bit 7 a second byte follows at once
//   head 2    u8, not 0: bit 0 left out, bit 1 attributes left out, bit 2 (folders) something below
//             was left out, bit 3 extension fields follow, bit 4 (files) places follow: what is
//             stored holds placeholders; bits 5-7 are 0
//   mode      u16; uid, gid  varint; mtime  varint zigzag seconds, varint nanoseconds
//   if left out: u8 reason (LeftOut), and nothing of what follows but extension fields
//   file, folder:  varint size; digest of the content when size > 0
//   symlink:  varint length, target
//   if bit 5: varint count (2 or more; with places 1), then each chunk's varint length and digest.
//             Without it the content is one chunk, and its digest is the content's
//   if bit 3: varint count, then each attribute's name and value, both with a varint length
//   if bit 4: varint length, path of the inode's first name
//   if bit 6: varint count, then for each hole the data bytes before it and its length, varints
//   if bit 4 of head 2: varint length, places (relocation_codec.h)
//   if bit 3 of head 2: extension fields (wire.h)
// Thread rule: pure functions.
#pragma once

#include "store/format/tree.h"
#include "store/format/wire.h"

namespace holt::store {

/// An entry of a tree must have a name; a snapshot's root must have none.
enum class EntryName : std::uint8_t { component, none };

/// Reads one entry; false, with the problem in `in`, for anything write_entry would not write.
bool read_entry(WireReader& in, EntryName rule, TreeEntry& entry);
void write_entry(const TreeEntry& entry, WireWriter& out);

/// How an encoded tree of so many entries begins.
void write_tree_head(std::size_t count, WireWriter& out);

/// The least bytes an entry takes: name 2, head 1, mode 2, uid, gid, mtime 2.
inline constexpr std::size_t kMinEntrySize = 9;
/// The least bytes an encoded tree takes: magic, version, count.
inline constexpr std::size_t kMinTreeSize = 6;

/// BLAKE3 of no bytes: what `content` is for an empty file.
extern const Digest kEmptyDigest;

/// One path component as a tree may hold it: not empty, ".", "..", no '/', no NUL, at most 255
/// bytes.
bool valid_component(std::string_view name) noexcept;

}  // namespace holt::store
