// What is known of a snapshot: its root entry and where it came from. It is stored in a pack as a
// chunk of its own kind, so that the catalog can be rebuilt from packs alone; its digest is the
// snapshot's id. Thread rule: values and pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "relocation/prefixes.h"
#include "store/format/tree.h"

namespace holt::store {

struct SnapshotRecord {
    TreeEntry root;  ///< kind folder, name empty
    std::string name{}, key{};
    std::vector<std::pair<std::string, std::string>> tags{};  ///< in the order given
    std::string source{};                                     ///< absolute path, bytes
    Time created{};
    std::uint64_t files = 0, folders = 0, symlinks = 0, others = 0;
    std::uint64_t bytes = 0;
    std::uint64_t left_out = 0;
    std::uint64_t hard_links =
        0;           ///< entries whose hard_link_to is set: restore then looks for first names
    Bytes fields{};  ///< extension fields as encoded (wire.h, cache_fields.h)
    bool operator==(const SnapshotRecord&) const = default;
};

/// Field 2 of a record: the paths that its files' places stand for, each a text (varint length,
/// bytes). None: a tree that is restored as it is, wherever to.
Result<std::optional<relocation::Prefixes>> prefixes_of(const SnapshotRecord& record);
void put_prefixes(const relocation::Prefixes& prefixes, SnapshotRecord& record);

/// Canonical bytes: magic "hsnp", version u8, the root entry (entry_codec.h), then name, key, tags,
/// source, time, counts and extension fields.
Bytes encode_record(const SnapshotRecord& record);

/// The reverse. Refuses, as corrupt, anything that encode_record would not have written, and a
/// name or key that is refused below.
Result<SnapshotRecord> decode_record(ByteView bytes, const std::string& object);

/// `usage` for a name that could be taken for something else where a SNAP is expected: empty, over
/// 255 bytes, with '/', ':' or control bytes, with a '-' in front, "latest", "." or "..", or 8 to
/// 64 hex digits, which read as an id.
Status check_snapshot_name(const std::string& name);

inline constexpr std::size_t kMaxKey = 1024;  ///< bytes

/// `usage` for a key that nobody could write as a SNAP, or read in a message: over kMaxKey bytes,
/// or with control bytes. The empty key is none. Any other is found (Catalog::look_up).
Status check_snapshot_key(const std::string& key);

}  // namespace holt::store
