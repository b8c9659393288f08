#include "store/format/tree.h"

#include <cassert>
#include <string_view>

#include "store/format/entry_codec.h"
#include "store/format/wire.h"

// An encoded tree: magic "htre", version u8, varint count, the entries (entry_codec.h).

namespace holt::store {
namespace {

constexpr std::string_view kMagic = "htre";
constexpr std::uint8_t kVersion = 2;

}  // namespace

Bytes encode_tree(const Tree& entries) {
    Bytes out;
    // A file with one chunk takes some 60 bytes: name 15, digest 32, the rest 13.
    out.reserve(kMinTreeSize + 64 * entries.size());
    WireWriter writer(out);
    writer.bytes(as_bytes(kMagic));
    writer.byte(kVersion);
    writer.varint(entries.size());
    for (const TreeEntry& entry : entries) {
        assert(&entry == &entries.front() || (&entry)[-1].name < entry.name);
        write_entry(entry, writer);
    }
    return out;
}

Result<Tree> decode_tree(ByteView bytes, const std::string& object) {
    WireReader reader(bytes);
    reader.head(kMagic, kVersion, "it does not begin as a tree",
                "it is a tree of another version than 2");
    Tree entries;
    const std::size_t count = reader.count(kMinEntrySize, "more entries than there are bytes");
    if (reader.ok()) entries.reserve(count);
    for (std::size_t i = 0; i < count && reader.ok(); ++i) {
        TreeEntry& entry = entries.emplace_back();
        if (!read_entry(reader, EntryName::component, entry)) break;
        reader.require(i == 0 || entries[i - 1].name < entry.name, "names are not sorted");
    }
    HOLT_TRY(reader.finish("read tree", object));
    return entries;
}

const char* reason_of(LeftOut left_out) noexcept {
    switch (left_out) {
        case LeftOut::denied:
            return "permission denied";
        case LeftOut::io:
            return "the disk could not read it";
        case LeftOut::changing:
            return "it kept changing while it was read";
        case LeftOut::limit:
            return "it lies too deep or is too large";
        case LeftOut::unseen:
            return "its record could not be read";
        case LeftOut::no:
        case LeftOut::other:
            break;
    }
    return "it could not be read";
}

void encode_entry(const TreeEntry& entry, Bytes& out) {
    WireWriter writer(out);
    write_entry(entry, writer);
}

}  // namespace holt::store
