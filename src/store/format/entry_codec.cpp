#include "store/format/entry_codec.h"

#include <cassert>
#include <limits>

#include "store/format/relocation_codec.h"

namespace holt::store {
namespace {

using fs::Kind;

constexpr std::uint8_t kKindMask = 0x07, kHasXattrs = 0x08, kHasHardLink = 0x10, kHasChunks = 0x20,
                       kHasHoles = 0x40, kHasMore = 0x80;
constexpr std::uint8_t kLeftOut = 0x01, kAttributesLeftOut = 0x02, kIncomplete = 0x04,
                       kHasFields = 0x08, kRelocated = 0x10, kKnownMore = 0x1F;
constexpr std::size_t kMaxName = 255;             // NAME_MAX
constexpr std::size_t kMaxTarget = 4095;          // PATH_MAX less its NUL
constexpr std::size_t kMaxXattrValue = 64 << 10;  // XATTR_SIZE_MAX
constexpr std::uint16_t kSymlinkMode = 0777;
constexpr std::uint64_t kMaxFileSize = std::numeric_limits<std::int64_t>::max();  // off_t

bool has_nul(std::string_view text) noexcept {
    return text.find('\0') != text.npos;
}

// Iterative: a path may have a thousand components.
bool valid_path(std::string_view path) noexcept {
    while (true) {
        const std::size_t slash = path.find('/');
        if (!valid_component(path.substr(0, slash))) return false;
        if (slash == path.npos) return true;
        path.remove_prefix(slash + 1);
    }
}

// What needs no list: its content is one chunk.
bool one_chunk(const TreeEntry& entry) noexcept {
    return entry.chunks.size() <= 1 && entry.relocation.empty();
}

[[maybe_unused]] bool is_left_out_with_content(const TreeEntry& entry) noexcept {
    return entry.size > 0 || !entry.chunks.empty() || !entry.symlink_target.empty() ||
           !entry.xattrs.empty() || !entry.hard_link_to.empty() || !entry.holes.empty() ||
           entry.attributes_left_out || entry.incomplete || !entry.relocation.empty();
}

bool read_chunks(WireReader& in, std::size_t least, std::uint64_t& total, TreeEntry& entry) {
    const std::size_t count = in.count(1 + Digest::kSize, "more chunks than there are bytes");
    if (!in.require(count >= least, "a list of fewer than two chunks")) return false;
    entry.chunks.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
        const std::uint64_t length = in.varint(kMaxChunk, "a chunk is too long");
        if (!in.require(length > 0 && length <= kMaxFileSize - total,
                        "the chunks do not add up to the size"))
            return false;
        total += length;
        entry.chunks.push_back({in.digest(), static_cast<std::uint32_t>(length)});
    }
    return in.ok();
}

bool read_content(WireReader& in, bool listed, bool relocated, TreeEntry& entry) {
    entry.size = in.varint(kMaxFileSize, "a size is over 2^63 - 1");
    if (entry.kind == Kind::folder)
        in.require(entry.size >= kMinTreeSize, "a folder's tree is shorter than a tree can be");
    if (entry.size == 0) {
        entry.content = kEmptyDigest;
        return in.require(!listed, "an empty file has chunks");
    }
    entry.content = in.digest();
    if (!listed) {
        if (!in.require(entry.size <= kMaxChunk, "a chunk is too long")) return false;
        entry.chunks.push_back({entry.content, static_cast<std::uint32_t>(entry.size)});
        return true;
    }
    std::uint64_t total = 0;
    if (!read_chunks(in, relocated ? 1 : 2, total, entry)) return false;
    return in.require(relocated || total == entry.size, "the chunks do not add up to the size");
}

// What is stored holds placeholders: its places, which must give the size.
bool read_relocation(WireReader& in, TreeEntry& entry) {
    const ByteView bytes = in.text(1, kMaxRelocation, "a file has too many places");
    if (!in.ok()) return false;
    const auto relocation = decode_relocation(bytes, entry.size, stored_size(entry));
    if (!relocation && relocation.error().kind == ErrorKind::no_store)
        return in.refuse_version("a place has a form that this version of holt does not know");
    if (!in.require(relocation.has_value(), "places that no file can have")) return false;
    entry.relocation.assign(bytes.begin(), bytes.end());
    return in.require(encode_relocation(*relocation) == entry.relocation,
                      "places that are not in their one form");
}

bool read_xattrs(WireReader& in, TreeEntry& entry) {
    const std::size_t count = in.count(3, "more attributes than there are bytes");
    if (!in.require(count > 0, "an empty list of attributes")) return false;
    entry.xattrs.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
        const std::string_view name =
            as_text(in.text(1, kMaxName, "an attribute's name has a wrong length"));
        const std::string_view value =
            as_text(in.text(0, kMaxXattrValue, "an attribute's value is too long"));
        if (!in.require(!has_nul(name), "a NUL in an attribute's name")) return false;
        if (i > 0 && !in.require(entry.xattrs.back().first < name, "attributes are not sorted"))
            return false;
        entry.xattrs.emplace_back(name, value);
    }
    return true;
}

// The second byte of flags; 0 when there is none.
std::uint8_t read_more(WireReader& in, std::uint8_t head, TreeEntry& entry) {
    if ((head & kHasMore) == 0) return 0;
    const std::uint8_t more = in.byte();
    in.require(more != 0, "a second byte of flags without any");
    if ((more & ~kKnownMore) != 0)
        in.refuse_version("an entry has a flag that this version of holt does not know");
    entry.attributes_left_out = (more & kAttributesLeftOut) != 0;
    entry.incomplete = (more & kIncomplete) != 0;
    in.require(!entry.incomplete || entry.kind == Kind::folder,
               "something below what is no folder");
    return more;
}

// Only what could be seen of it follows its name.
bool read_left_out(WireReader& in, std::uint8_t head, bool relocated, TreeEntry& entry) {
    in.require((head & (kHasXattrs | kHasHardLink | kHasChunks | kHasHoles)) == 0 &&
                   !entry.attributes_left_out && !entry.incomplete && !relocated,
               "content of an entry that was left out");
    const std::uint8_t reason = in.byte();
    in.require(reason >= 1 && reason <= static_cast<std::uint8_t>(LeftOut::other),
               "an unknown reason for leaving out");
    entry.left_out = static_cast<LeftOut>(reason);
    return in.ok();
}

bool read_fields(WireReader& in, std::uint8_t more, TreeEntry& entry) {
    if ((more & kHasFields) == 0) return in.ok();
    const ByteView fields = in.fields();
    entry.fields.assign(fields.begin(), fields.end());
    return in.require(!fields.empty(), "an empty list of extension fields");
}

bool read_holes(WireReader& in, TreeEntry& entry) {
    const std::size_t count = in.count(2, "more holes than there are bytes");
    if (!in.require(count > 0, "an empty list of holes")) return false;
    entry.holes.reserve(count);
    std::uint64_t at = 0;
    for (std::size_t i = 0; i < count; ++i) {
        const std::uint64_t gap = in.varint(entry.size - at, "a hole is outside the file");
        at += gap;
        const std::uint64_t length = in.varint(entry.size - at, "a hole is outside the file");
        if (!in.require(length > 0, "an empty hole") ||
            !in.require(i == 0 || gap > 0, "two holes touch"))
            return false;
        entry.holes.push_back({at, length});
        at += length;
    }
    return true;
}

}  // namespace

// The first vector of the BLAKE3 test vectors.
const Digest kEmptyDigest{{0xaf, 0x13, 0x49, 0xb9, 0xf5, 0xf9, 0xa1, 0xa6, 0xa0, 0x40, 0x4d,
                           0xea, 0x36, 0xdc, 0xc9, 0x49, 0x9b, 0xcb, 0x25, 0xc9, 0xad, 0xc1,
                           0x12, 0xb7, 0xcc, 0x9a, 0x93, 0xca, 0xe4, 0x1f, 0x32, 0x62}};

bool valid_component(std::string_view name) noexcept {
    return !name.empty() && name.size() <= kMaxName && name != "." && name != ".." &&
           name.find('/') == name.npos && !has_nul(name);
}

bool read_entry(WireReader& in, EntryName rule, TreeEntry& entry) {
    if (rule == EntryName::component) {
        const std::string_view name = as_text(in.text(1, kMaxName, "a name has a wrong length"));
        if (!in.ok() || !in.require(valid_component(name), "a name that no file can have"))
            return false;
        entry.name = name;
    } else if (in.text(0, 0, "the root has a name"); !in.ok()) {
        return false;
    }

    const std::uint8_t head = in.byte();
    const unsigned kind = head & kKindMask;
    if (!in.require(kind >= 1 && kind <= 4, "an unknown kind of entry")) return false;
    entry.kind = static_cast<Kind>(kind);
    const std::uint8_t more = read_more(in, head, entry);
    const bool is_file = entry.kind == Kind::file;
    const bool has_content = is_file || entry.kind == Kind::folder;
    in.require(has_content || (head & kHasChunks) == 0, "chunks where none can be");
    in.require(is_file || (head & kHasHoles) == 0, "holes where none can be");
    in.require(entry.kind != Kind::folder || (head & kHasHardLink) == 0, "a hard link to a folder");
    const bool relocated = (more & kRelocated) != 0;
    in.require(!relocated || (is_file && (head & kHasChunks) != 0 && (head & kHasHoles) == 0),
               "places where none can be");

    entry.mode = in.byte();
    entry.mode = static_cast<std::uint16_t>(entry.mode | in.byte() << 8);
    in.require(entry.mode <= 07777, "a mode with unknown bits");
    in.require(entry.kind != Kind::symlink || entry.mode == kSymlinkMode, "a symlink with a mode");
    constexpr std::uint64_t kMaxId = std::numeric_limits<std::uint32_t>::max();
    entry.uid = static_cast<std::uint32_t>(in.varint(kMaxId, "an owner is over 32 bits"));
    entry.gid = static_cast<std::uint32_t>(in.varint(kMaxId, "a group is over 32 bits"));
    entry.mtime = in.time();
    if (!in.ok()) return false;

    if (more & kLeftOut)
        return read_left_out(in, head, relocated, entry) && read_fields(in, more, entry);
    if (has_content && !read_content(in, (head & kHasChunks) != 0, relocated, entry)) return false;
    if (entry.kind == Kind::symlink) {
        entry.symlink_target = as_text(in.text(1, kMaxTarget, "a symlink's target is too long"));
        if (!in.ok() || !in.require(!has_nul(entry.symlink_target), "a NUL in a symlink's target"))
            return false;
    }
    if ((head & kHasXattrs) && !read_xattrs(in, entry)) return false;
    if (head & kHasHardLink) {
        entry.hard_link_to =
            as_text(in.text(1, in.remaining(), "a hard link's path is longer than its tree"));
        if (!in.ok() || !in.require(valid_path(entry.hard_link_to), "a hard link to a wrong path"))
            return false;
    }
    if ((head & kHasHoles) && !read_holes(in, entry)) return false;
    if (relocated && !read_relocation(in, entry)) return false;
    return read_fields(in, more, entry);
}

void write_entry(const TreeEntry& entry, WireWriter& out) {
    assert(entry.name.empty() || valid_component(entry.name));
    assert(entry.kind >= Kind::file && entry.kind <= Kind::fifo && entry.mode <= 07777);
    const bool has_content = entry.kind == Kind::file || entry.kind == Kind::folder;
    unsigned head = static_cast<unsigned>(entry.kind);
    if (!entry.xattrs.empty()) head |= kHasXattrs;
    if (!entry.hard_link_to.empty()) head |= kHasHardLink;
    if (!one_chunk(entry)) head |= kHasChunks;
    if (!entry.holes.empty()) head |= kHasHoles;
    unsigned more = 0;
    if (entry.left_out != LeftOut::no) more |= kLeftOut;
    if (entry.attributes_left_out) more |= kAttributesLeftOut;
    if (entry.incomplete) more |= kIncomplete;
    if (!entry.fields.empty()) more |= kHasFields;
    if (!entry.relocation.empty()) more |= kRelocated;
    if (more != 0) head |= kHasMore;

    out.text(entry.name);
    out.byte(static_cast<std::uint8_t>(head));
    if (more != 0) out.byte(static_cast<std::uint8_t>(more));
    out.byte(static_cast<std::uint8_t>(entry.mode));
    out.byte(static_cast<std::uint8_t>(entry.mode >> 8));
    out.varint(entry.uid);
    out.varint(entry.gid);
    out.time(entry.mtime);
    if (more & kLeftOut) {
        assert(!is_left_out_with_content(entry));
        out.byte(static_cast<std::uint8_t>(entry.left_out));
        if (more & kHasFields) out.fields(entry.fields);
        return;
    }
    if (has_content) {
        out.varint(entry.size);
        if (entry.size > 0) out.digest(entry.content);
    }
    if (entry.kind == Kind::symlink) out.text(entry.symlink_target);
    if (head & kHasChunks) {
        out.varint(entry.chunks.size());
        for (const ChunkRef& chunk : entry.chunks) {
            out.varint(chunk.length);
            out.digest(chunk.digest);
        }
    } else {
        assert(entry.size == 0
                   ? entry.chunks.empty()
                   : entry.chunks.size() == 1 && entry.chunks[0].digest == entry.content &&
                         entry.chunks[0].length == entry.size);
    }
    if (head & kHasXattrs) {
        out.varint(entry.xattrs.size());
        for (const auto& [name, value] : entry.xattrs) {
            out.text(name);
            out.text(value);
        }
    }
    if (head & kHasHardLink) out.text(entry.hard_link_to);
    if (head & kHasHoles) {
        out.varint(entry.holes.size());
        std::uint64_t at = 0;
        for (const fs::Range& hole : entry.holes) {
            out.varint(hole.offset - at);
            out.varint(hole.length);
            at = hole.offset + hole.length;
        }
    }
    if (more & kRelocated) out.text(as_text(entry.relocation));
    if (more & kHasFields) out.fields(entry.fields);
}

}  // namespace holt::store
