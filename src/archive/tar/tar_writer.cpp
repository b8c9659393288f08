#include "archive/tar/tar_writer.h"

#include <algorithm>
#include <optional>

#include "archive/format/tar_format.h"
#include "archive/tar/acl.h"
#include "archive/tar/tar_pax.h"
#include "base/utf8.h"
#include "fs/metadata/posix_acl.h"

namespace holt::store::tar {
namespace {

struct Names {
    std::string path, link;
};

std::string base_name(const std::string& path) {
    const std::size_t end = path.find_last_not_of('/');
    if (end == path.npos) return "root";
    const std::size_t slash = path.find_last_of('/', end);
    const std::size_t begin = slash == path.npos ? 0 : slash + 1;
    return path.substr(begin, end + 1 - begin);
}

// The name for programs that do not know extended headers: cut where it is too long.
std::string stand_in(std::string_view folder, const std::string& path) {
    return (std::string(folder) + "/" + base_name(path)).substr(0, kName.size);
}

/// Where a name is cut so that both parts fit, or npos.
std::size_t prefix_cut(const std::string& path) {
    if (path.size() > kPrefix.size + 1 + kName.size) return path.npos;
    const std::size_t slash = path.rfind('/', kPrefix.size);
    // A folder's own slash at the end is part of the name.
    if (slash == path.npos || slash == 0 || slash + 1 == path.size()) return path.npos;
    return path.size() - slash - 1 <= kName.size ? slash : path.npos;
}

bool put_path(Block& block, const std::string& path) {
    if (path.size() <= kName.size) {
        put_text(block, kName, path);
        return true;
    }
    const std::size_t cut = prefix_cut(path);
    if (cut == path.npos) {
        put_text(block, kName, stand_in("LongName", path));
        return false;
    }
    put_text(block, kPrefix, std::string_view(path).substr(0, cut));
    put_text(block, kName, std::string_view(path).substr(cut + 1));
    return true;
}

/// A number, or 0 and a record where it does not fit.
bool put_or_record(Block& block, Field f, std::uint64_t value, std::uint64_t most,
                   std::string_view key, Bytes& records) {
    const bool fits = value <= most;
    put_number(block, f, fits ? value : 0);
    if (!fits) append_record(records, key, std::to_string(value));
    return fits;
}

char type_of(const TreeEntry& entry, const std::string& link_to) {
    if (!link_to.empty()) return '1';
    switch (entry.kind) {
        case fs::Kind::folder:
            return '5';
        case fs::Kind::symlink:
            return '2';
        case fs::Kind::fifo:
            return '6';
        default:
            return '0';
    }
}

// The lines that stand before the content of a sparse file, up to a whole block. A hole at the end
// is ended by an empty piece: GNU tar takes the file's size from it.
std::string sparse_map(const TreeEntry& entry) {
    std::vector<fs::Range> data = data_ranges(entry);
    const fs::Range& last_hole = entry.holes.back();
    if (last_hole.offset + last_hole.length == entry.size) data.push_back({entry.size, 0});
    std::string map = std::to_string(data.size()) + "\n";
    for (const fs::Range& piece : data)
        map += std::to_string(piece.offset) + "\n" + std::to_string(piece.length) + "\n";
    map.append(padding(map.size()), '\0');
    return map;
}

void append(Bytes& out, ByteView bytes) {
    out.insert(out.end(), bytes.begin(), bytes.end());
}

// Access lists as text, which is what `tar --acls` and bsdtar read.
void append_attributes(Bytes& records, const fs::Xattrs& xattrs) {
    for (const auto& [name, value] : xattrs) {
        const bool access = name == fs::kAccessAcl;
        const auto acl =
            access || name == fs::kDefaultAcl ? fs::decode_acl(value) : std::optional<fs::Acl>();
        if (acl) {
            append_record(records, access ? "SCHILY.acl.access" : "SCHILY.acl.default",
                          acl_text(*acl));
        } else {
            append_record(records, "SCHILY.xattr." + encode_key(name), value);
        }
    }
}

void append_extended_header(Bytes& out, const std::string& path, const Bytes& records) {
    if (records.empty()) return;
    Block block{};
    put_text(block, kName, stand_in("PaxHeaders", path));
    put_number(block, kMode, 0644);
    put_number(block, kUid, 0);
    put_number(block, kGid, 0);
    put_number(block, kSize, records.size());
    put_number(block, kMtime, 0);
    put_number(block, {329, 8}, 0);
    put_number(block, {337, 8}, 0);
    block[kType] = 'x';
    finish(block);
    append(out, block);
    append(out, records);
    out.resize(out.size() + padding(records.size()));
}

}  // namespace

std::vector<fs::Range> data_ranges(const TreeEntry& entry) {
    std::vector<fs::Range> data;
    std::uint64_t at = 0;
    for (const fs::Range& hole : entry.holes) {
        if (hole.offset > at) data.push_back({at, hole.offset - at});
        at = hole.offset + hole.length;
    }
    if (entry.size > at) data.push_back({at, entry.size - at});
    return data;
}

std::uint64_t stored_size(const TreeEntry& entry) noexcept {
    std::uint64_t size = entry.size;
    for (const fs::Range& hole : entry.holes) size -= hole.length;
    return size;
}

void append_header(Bytes& out, const TreeEntry& entry, const std::string& path,
                   const std::string& link_to) {
    std::string name = path.empty() ? "." : path;
    if (entry.kind == fs::Kind::folder) name += '/';
    const std::string& link = link_to.empty() ? entry.symlink_target : link_to;
    const bool is_file = entry.kind == fs::Kind::file && link_to.empty();
    const bool sparse = is_file && !entry.holes.empty();
    const std::string map = sparse ? sparse_map(entry) : std::string();
    const std::uint64_t size = is_file ? map.size() + tar::stored_size(entry) : 0;

    Block block{};
    Bytes names, numbers;
    if (sparse) {
        put_text(block, kName, stand_in("GNUSparseFile.0", path));
        append_record(names, "GNU.sparse.major", "1");
        append_record(names, "GNU.sparse.minor", "0");
        append_record(names, "GNU.sparse.name", name);
        append_record(names, "GNU.sparse.realsize", std::to_string(entry.size));
    } else if (!put_path(block, name)) {
        append_record(names, "path", name);
    }
    if (link.size() > kLinkName.size) append_record(names, "linkpath", link);
    put_text(block, kLinkName, link);
    put_number(block, kMode, entry.mode);
    put_or_record(block, kSize, size, kMaxOctal12, "size", numbers);
    put_or_record(block, kUid, entry.uid, kMaxOctal8, "uid", numbers);
    put_or_record(block, kGid, entry.gid, kMaxOctal8, "gid", numbers);
    const bool whole_seconds = entry.mtime.seconds >= 0 && entry.mtime.nanoseconds == 0;
    const auto seconds = static_cast<std::uint64_t>(std::max<std::int64_t>(entry.mtime.seconds, 0));
    put_number(block, kMtime, std::min(seconds, kMaxOctal12));
    if (!whole_seconds || seconds > kMaxOctal12)
        append_record(numbers, "mtime", time_text(entry.mtime));
    put_number(block, {329, 8}, 0);
    put_number(block, {337, 8}, 0);
    block[kType] = static_cast<std::uint8_t>(type_of(entry, link_to));
    finish(block);

    Bytes records;
    if (!names.empty() && !utf8_valid(as_text(names)))
        append_record(records, "hdrcharset", "BINARY");
    append(records, names);
    append(records, numbers);
    // Of a hard link, the first name has said it.
    if (link_to.empty()) append_attributes(records, entry.xattrs);
    append_extended_header(out, path, records);
    append(out, block);
    append(out, as_bytes(map));
}

}  // namespace holt::store::tar
