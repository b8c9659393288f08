// A file's Relocation (relocation/relocation.h) as bytes, which stand in its tree entry.
//
//   kind      u8; layout u8; varint count of texts, a text each: the prefixes, with an empty text
//             between those of one folder and the next (relocation/prefixes.h)
//   places    varint count, then each: u8 form; varint bytes between the end of the one before, in
//             the stored form, and this one; then by form
//               text, fixed, keep   u8 number of the prefix
//               line                u8 1 when something binary follows; text pattern
//               header              u8 type; varint length; varint count of places in the string
//               linked              text pattern; text instead of a longer one
//               cut                 text pattern; varint bytes that may be written
//               source              varint size; varint count; the places of the source
// Thread rule: pure functions.
#pragma once

#include "relocation/relocation.h"
#include "store/format/tree.h"
#include "store/format/wire.h"

namespace holt::store {

Bytes encode_relocation(const relocation::Relocation& relocation);

/// Of a file of `size` bytes that is stored in `stored_size`. Refuses what encode_relocation would
/// not have written and what does not fit the two sizes.
Result<relocation::Relocation> decode_relocation(ByteView bytes, std::uint64_t size,
                                                 std::uint64_t stored_size);

/// Of an entry that was read from a tree, so that it is known to be sound.
Result<relocation::Relocation> relocation_of(const TreeEntry& entry);

/// The most bytes that it takes. A file that names the folder more often than that is stored as it
/// is.
inline constexpr std::size_t kMaxRelocation = 1u << 20;

}  // namespace holt::store
