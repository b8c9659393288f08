#include "archive/tar/tar_reader.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "archive/tar/acl.h"
#include "fs/metadata/posix_acl.h"

namespace holt::store {
namespace {

constexpr std::uint64_t kMaxId = fs::kNoId - 1;
constexpr std::uint64_t kMaxFileSize = std::numeric_limits<std::int64_t>::max();

// Records that hold for all entries, unless an entry's own say otherwise.
void merge_global(const tar::Pax& global, tar::Pax& pax) {
    if (!pax.path) pax.path = global.path;
    if (!pax.link) pax.link = global.link;
    if (!pax.uid) pax.uid = global.uid;
    if (!pax.gid) pax.gid = global.gid;
    if (!pax.mtime) pax.mtime = global.mtime;
    for (const auto& xattr : global.xattrs) pax.xattrs.insert(xattr);
    for (const auto& xattr : global.other_xattrs) pax.other_xattrs.insert(xattr);
    if (!pax.access_acl) pax.access_acl = global.access_acl;
    if (!pax.default_acl) pax.default_acl = global.default_acl;
    pax.lost.insert(global.lost.begin(), global.lost.end());
}

std::uint64_t whole_blocks(std::uint64_t size) noexcept {
    return size + tar::padding(size);
}

}  // namespace

// Names the header that it is about.
std::unexpected<Error> TarReader::refuse(std::string cause) const {
    return fail(ErrorKind::unsafe_input, "read archive", in_.shown(),
                std::move(cause) + ", at byte " + std::to_string(header_at_) + " of the tar",
                "make the archive again with GNU tar or bsdtar, if you trust its source");
}

Result<ByteView> TarReader::read() {
    if (left_ == 0) return ByteView{};
    HOLT_TRY_LET(piece, in_.some_exact(left_));
    left_ -= piece.size();
    return piece;
}

void TarReader::tell(Severity severity, ErrorKind kind, std::string cause,
                     AdviceText advice) const {
    tell_(severity,
          fail(kind, "read archive", in_.shown(), std::move(cause), std::move(advice)).error());
}

// False at the end of the archive.
Result<bool> TarReader::read_header() {
    HOLT_TRY(in_.skip(std::exchange(left_, 0)));
    HOLT_TRY(in_.skip(std::exchange(padding_, 0)));
    header_at_ = in_.offset();
    HOLT_TRY_LET(got, in_.read(block_));
    if (got == 0 && entries_ > 0 && !pending_.any()) {
        tell(Severity::warning, ErrorKind::partial,
             "it has no end: it may be cut behind its last entry, at byte " +
                 std::to_string(header_at_) + " of the tar",
             "get a whole copy of it, unless its author left the end away");
        ended_ = true;
        return false;
    }
    if (got < block_.size()) return in_.cut_short();
    const bool after_link = std::exchange(sized_link_, false);
    if (tar::is_zero(block_)) return read_end();
    if (tar::checksum_is_right(block_)) return true;
    if (after_link) return refuse("a hard link with content of its own behind it");
    const bool is_none = header_at_ == 0 && tar::dialect(block_) == tar::Dialect::old;
    return refuse(is_none ? "what it holds is no tar: there is no header with a right checksum"
                          : "a header has a wrong checksum");
}

// The first block of zeros was read. Always false. Other programs stop here, too, whatever follows.
Result<bool> TarReader::read_end() {
    if (pending_.any()) return refuse("a header without its entry");
    HOLT_TRY_LET(got, in_.read(block_));
    if (got == 0) {
        tell(Severity::info, ErrorKind::partial,
             "it ends in one block of zeros, where two are usual", "");
        ended_ = true;
        return false;
    }
    if (got < block_.size()) return in_.cut_short();
    HOLT_TRY(read_to_the_end(tar::is_zero(block_) ? Behind::zeros : Behind::something));
    return false;
}

// Programs fill up their last record with zeros. The rest is read in any case: a decoder checks its
// sums at the end, and whoever writes into a pipe wants to get rid of it.
Status TarReader::read_to_the_end(Behind behind) {
    for (;;) {
        HOLT_TRY_LET(rest, in_.some(std::numeric_limits<std::uint64_t>::max()));
        if (rest.empty()) break;
        if (!tar::is_zero(rest)) behind = Behind::something;
    }
    ended_ = true;
    if (behind == Behind::something)
        tell(Severity::warning, ErrorKind::partial,
             "something stands behind its end, at byte " + std::to_string(header_at_) +
                 " of the tar, and was not read",
             "cut it there, and import the rest by itself if it is another archive");
    if (const std::string_view ignored = in_.ignored(); !ignored.empty())
        tell(Severity::warning, ErrorKind::partial, std::string(ignored), "");
    return {};
}

Result<bool> TarReader::next(ArchiveEntry& entry) {
    if (ended_) return false;
    for (;;) {
        HOLT_TRY_LET(found, read_header());
        if (!found) return false;
        HOLT_TRY_LET(extended, take_extension());
        if (extended) continue;
        entry = {};
        HOLT_TRY(take_entry(entry));
        pending_ = {};
        extension_.release();
        ++entries_;
        return true;
    }
}

Result<Bytes> TarReader::extension(std::uint64_t limit) {
    HOLT_TRY_LET(size, unsigned_field(tar::kSize, limit, "an extended header is too long"));
    // Its bytes, and what becomes of them: records are short, and each is an object on the heap.
    HOLT_TRY(extension_.add(4 * size));
    Bytes bytes(size);
    HOLT_TRY(in_.read_exact(bytes));
    HOLT_TRY(in_.skip(tar::padding(size)));
    return bytes;
}

Status TarReader::take_pax() {
    if (pending_.pax) return refuse("two extended headers for one entry");
    HOLT_TRY_LET(bytes, extension(tar::kMaxPaxBytes));
    pending_.pax.emplace();
    if (const char* problem = tar::read_pax(bytes, tar::PaxScope::entry, *pending_.pax))
        return refuse(problem);
    return {};
}

// Into those that are there: of two records with one key the last counts.
Status TarReader::take_global() {
    if (pending_.any()) return refuse("a header without its entry");
    HOLT_TRY_LET(bytes, extension(tar::kMaxPaxBytes));
    if (const char* problem = tar::read_pax(bytes, tar::PaxScope::all, global_))
        return refuse(problem);
    if (tar::bytes_of(global_) > kMaxGlobal)
        return refuse("headers for all entries with over 64 KiB of names and attributes");
    extension_.release();
    return {};
}

Status TarReader::take_long_name() {
    const bool is_link = block_[tar::kType] == 'K';
    std::optional<std::string>& into = is_link ? pending_.link : pending_.name;
    if (into) return refuse("two long names for one entry");
    HOLT_TRY_LET(bytes, extension(kMaxLongName));
    std::string_view name = as_text(bytes);
    // Some fill it up with zeros.
    name = name.substr(0, name.find_last_not_of('\0') + 1);
    if (name.empty()) return refuse("an empty name");
    if (name.find('\0') != name.npos) return refuse("a name with a NUL in it");
    into = std::string(name);
    return {};
}

Result<bool> TarReader::take_extension() {
    switch (block_[tar::kType]) {
        case 'x':
        case 'X':
            HOLT_TRY(take_pax());
            return true;
        case 'g':
            HOLT_TRY(take_global());
            return true;
        case 'L':
        case 'K':
            HOLT_TRY(take_long_name());
            return true;
        case 'A':  // Solaris: an access control list, in a form that nothing here has a place for
            HOLT_TRY(extension(kMaxLongName));
            pending_.solaris_acl = true;
            return true;
        case 'V':  // the archive's own label
            if (pending_.any()) return refuse("a header without its entry");
            HOLT_TRY(extension(kMaxLongName));
            extension_.release();
            return true;
        default:
            return false;
    }
}

Status TarReader::take_entry(ArchiveEntry& entry) {
    tar::Pax pax = pending_.pax ? std::move(*pending_.pax) : tar::Pax{};
    merge_global(global_, pax);
    HOLT_TRY(take_type(pax, entry));
    HOLT_TRY(take_names(pax, entry));
    HOLT_TRY(take_numbers(pax, entry));
    HOLT_TRY(take_size(pax, entry));
    HOLT_TRY(take_attributes(pax, entry));
    if (pax.is_sparse() || block_[tar::kType] == 'S') return take_sparse(pax, entry);
    return {};
}

Status TarReader::take_attributes(const tar::Pax& pax, ArchiveEntry& entry) {
    std::map<std::string, std::string> all = pax.xattrs;
    all.insert(pax.other_xattrs.begin(), pax.other_xattrs.end());
    entry.xattrs.assign(all.begin(), all.end());
    for (const std::string& key : pax.lost)
        entry.lost.push_back(key + " has no place in a snapshot");
    if (pending_.solaris_acl)
        entry.lost.push_back("an access control list of Solaris has no place in a snapshot");
    if (pax.access_acl) HOLT_TRY(take_acl(*pax.access_acl, fs::kAccessAcl, entry));
    if (pax.default_acl) HOLT_TRY(take_acl(*pax.default_acl, fs::kDefaultAcl, entry));
    return {};
}

// As an attribute, unless the archive has it in that form too: numbers count more than names.
Status TarReader::take_acl(std::string_view text, std::string_view attribute, ArchiveEntry& entry) {
    const auto is_it = [&](const auto& xattr) { return xattr.first == attribute; };
    if (std::ranges::any_of(entry.xattrs, is_it)) return {};
    // One that stands in a header for all is the same for each.
    if (text != acl_text_) {
        acl_ = parse_acl_text(text, names_);
        acl_text_ = text;
    }
    const std::optional<AclText>& parsed = acl_;
    if (!parsed) return refuse("an access control list that is none");
    if (!parsed->unknown.empty()) {
        entry.lost.push_back("its access control list names '" +
                             printable(parsed->unknown.front()) +
                             "', which this machine does not know");
        fs::Acl whole = parsed->acl;
        whole.insert(whole.end(), parsed->of_unknown.begin(), parsed->of_unknown.end());
        if (attribute == fs::kAccessAcl) entry.mode = fs::mode_without_acl(entry.mode, whole);
        return {};
    }
    if (parsed->acl.empty()) return {};
    entry.xattrs.emplace_back(attribute, fs::encode_acl(parsed->acl));
    std::ranges::sort(entry.xattrs);
    return {};
}

Status TarReader::take_type(const tar::Pax& pax, ArchiveEntry& entry) {
    using What = ArchiveEntry::What;
    const char type = static_cast<char>(block_[tar::kType]);
    switch (type) {
        case '\0':
        case '0':
        case '7':
        case 'S':
            entry.what = What::file;
            break;
        case '1':
            entry.what = What::hard_link;
            break;
        case '2':
            entry.what = What::symlink;
            break;
        case '3':
        case '4':
            entry.what = What::device;
            break;
        case '5':
        case 'D':  // GNU tar's --listed-incremental: the folder, with its names as content
            entry.what = What::folder;
            break;
        case '6':
            entry.what = What::fifo;
            break;
        case 'M':
            return of_another_volume();
        default:
            // By POSIX, and to other programs, what has a type that is not known is a file.
            entry.what = What::file;
            tell_unknown(type);
    }
    if (pax.multi_volume) return of_another_volume();
    if (pax.is_sparse() && (entry.what != What::file || type == 'S'))
        return refuse("a sparse map where none can be");
    return {};
}

std::unexpected<Error> TarReader::of_another_volume() const {
    return refuse(
        "the rest of a file that begins in another volume: archives of several volumes are not "
        "read");
}

void TarReader::tell_unknown(char type) const {
    const auto code = static_cast<unsigned char>(type);
    const std::string shown = code >= 0x20 && code < 0x7F ? "'" + std::string(1, type) + "'"
                                                          : "number " + std::to_string(code);
    tell(Severity::warning, ErrorKind::partial,
         "an entry of type " + shown + ", which is not known here, at byte " +
             std::to_string(header_at_) + " of the tar: it is kept as a file",
         "");
}

Status TarReader::take_names(const tar::Pax& pax, ArchiveEntry& entry) {
    if ((pax.path && pending_.name) || (pax.link && pending_.link))
        return refuse("two long names for one entry");
    if (pax.sparse_name && !pax.is_sparse()) return refuse("a sparse name without a map");
    if (pax.sparse_name) {
        entry.path = *pax.sparse_name;
    } else if (pax.path) {
        entry.path = *pax.path;
    } else if (pending_.name) {
        entry.path = *pending_.name;
    } else {
        entry.path = tar::full_name(block_);
    }
    if (entry.path.empty()) return refuse("an empty name");
    // Before there was a type for folders, a slash at the end meant one.
    const bool slash = entry.path.ends_with('/');
    const char type = static_cast<char>(block_[tar::kType]);
    if (slash && entry.what == ArchiveEntry::What::file) {
        const bool old = (type == '\0' || type == '0') && !pax.is_sparse();
        if (!old) return refuse("a name of a file that ends in a slash");
        entry.what = ArchiveEntry::What::folder;
        // In an old header, the size is of no more meaning than in one of a folder.
        if (type == '0' && tar::number(field(block_, tar::kSize)).value_or(1) != 0)
            return refuse("a folder, by the slash at the end of its name, with content");
    }
    // To other programs it says nothing in the name of a link or of a device.
    if (slash && entry.what != ArchiveEntry::What::folder) {
        entry.path.erase(entry.path.find_last_not_of('/') + 1);
        if (entry.path.empty()) return refuse("a name of no folder that ends in a slash");
    }

    const bool links =
        entry.what == ArchiveEntry::What::symlink || entry.what == ArchiveEntry::What::hard_link;
    if (!links) return {};
    entry.link = pax.link        ? *pax.link
                 : pending_.link ? *pending_.link
                                 : std::string(tar::text(field(block_, tar::kLinkName)));
    if (entry.link.empty()) return refuse("a link to nowhere");
    return {};
}

Result<std::uint64_t> TarReader::unsigned_field(tar::Field f, std::uint64_t max,
                                                const char* what) const {
    const auto value = tar::number(field(block_, f));
    if (!value || *value < 0 || static_cast<std::uint64_t>(*value) > max) return refuse(what);
    return static_cast<std::uint64_t>(*value);
}

Status TarReader::take_numbers(const tar::Pax& pax, ArchiveEntry& entry) {
    // Some write the kind of file into the mode, too.
    HOLT_TRY_LET(mode, unsigned_field(tar::kMode, 0177777, "a mode that is none"));
    entry.mode = static_cast<std::uint16_t>(mode & 07777);
    HOLT_TRY_LET(uid, unsigned_field(tar::kUid, kMaxId, "an owner that is negative or too large"));
    HOLT_TRY_LET(gid, unsigned_field(tar::kGid, kMaxId, "a group that is negative or too large"));
    if (pax.uid.value_or(0) > kMaxId || pax.gid.value_or(0) > kMaxId)
        return refuse("an owner that is too large");
    entry.uid = static_cast<std::uint32_t>(pax.uid.value_or(uid));
    entry.gid = static_cast<std::uint32_t>(pax.gid.value_or(gid));
    const auto seconds = tar::number(field(block_, tar::kMtime));
    if (!seconds) return refuse("a time that is none, or is out of range");
    entry.mtime = pax.mtime.value_or(Time{.seconds = *seconds});
    return {};
}

Status TarReader::take_size(const tar::Pax& pax, ArchiveEntry& entry) {
    HOLT_TRY_LET(stated,
                 unsigned_field(tar::kSize, kMaxFileSize, "a size that is negative or too large"));
    std::uint64_t size = stated;
    if (pax.size) {
        if (*pax.size > kMaxFileSize) return refuse("a size that is too large");
        // A program that does not know extended headers goes by the other one, and finds another
        // archive inside this one, unless the next header is at the same place.
        const bool same_place = whole_blocks(*pax.size) == whole_blocks(stated);
        if (!same_place && *pax.size <= tar::kMaxOctal12) return refuse("two sizes that disagree");
        size = *pax.size;
    }
    const bool is_file = entry.what == ArchiveEntry::What::file;
    // What has no content may state a size all the same: some programs write that of the file which
    // a link leads to, or of a folder on disk.
    sized_link_ = entry.what == ArchiveEntry::What::hard_link && size > 0;
    if (!is_file && block_[tar::kType] != 'D') return {};
    entry.size = is_file ? size : 0;
    left_ = size;
    padding_ = tar::padding(size);
    return {};
}

}  // namespace holt::store
