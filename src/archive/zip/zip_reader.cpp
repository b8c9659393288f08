#include "archive/zip/zip_reader.h"

#include <algorithm>
#include <array>

#include "archive/zip/zip_attributes.h"
#include "base/endian.h"
#include "fs/metadata/posix_acl.h"

namespace holt::store {
namespace {

constexpr std::uint64_t kLongestTarget = 4095;  // PATH_MAX less its NUL
/// Descriptors without the magic: CRC, and two sizes of 4 or 8 bytes.
constexpr std::uint64_t kShortDescriptor = 12, kLongDescriptor = 20;

std::string why_not_read(const zip::Header& header) {
    using namespace zip;
    if ((header.flags & kStrongEncryption) != 0 || (header.flags & kMasked) != 0)
        return "its content is encrypted (strong encryption), which is not read";
    if ((header.flags & kEncrypted) != 0)
        return std::string("its content is encrypted (") +
               (header.method == 99 ? "AES" : "ZipCrypto") + "), which is not read";
    if ((header.flags & kPatched) != 0)
        return "its content is a patch (PKPatch), which is not read";
    if (Content::can_read(header.method)) return {};
    return "its content is compressed with " + std::string(method_name(header.method)) +
           " (method " + std::to_string(header.method) + "), which is not read";
}

/// Where the two headers differ in something that both say, in words.
const char* difference(const zip::Header& local, const zip::Header& directory) noexcept {
    using namespace zip;
    if (((local.flags ^ directory.flags) & ~kEffort) != 0) return "flags";
    if (local.method != directory.method) return "method";
    // Written before the content was known: then its descriptor says it.
    const bool later = (local.flags & kDescriptorFollows) != 0;
    if (local.crc != directory.crc && !(later && local.crc == 0)) return "CRC";
    const auto differ = [&](std::uint64_t a, std::uint64_t b) {
        return a != b && !(later && a == 0);
    };
    if (differ(local.size, directory.size)) return "size";
    if (differ(local.compressed, directory.compressed)) return "compressed size";
    return nullptr;
}

}  // namespace

Status ZipReader::open() {
    HOLT_TRY(directory_.open(limits_.max_entries));
    HOLT_TRY(check_gap(0, directory_.first()));
    return check_gap(directory_.behind(), reader_.size());
}

Result<ZipReader::Local> ZipReader::read_local() {
    using namespace zip;
    Local local;
    const std::uint64_t offset = at_.header.offset, end = directory_.end_of(offset);
    if (end - offset < kLocalSize) return directory_.refuse(at_.name, "two entries overlap");
    HOLT_TRY_LET(fixed, reader_.exactly(offset, kLocalSize));
    if (load_le<std::uint32_t>(fixed.data()) != kLocalMagic)
        return directory_.refuse(at_.name, "an entry that is not where the directory says");
    local.header = decode_local(fixed);
    const std::size_t name_size = local.header.name_size, extra_size = local.header.extra_size;
    const std::size_t size = kLocalSize + name_size + extra_size;
    local.content_at = offset + size;
    if (local.content_at > end) return directory_.refuse(at_.name, "two entries overlap");
    HOLT_TRY_LET(all, reader_.exactly(offset, size));
    const ByteView name = all.subspan(kLocalSize, name_size);
    if (as_text(name) != at_.name)
        return directory_.refuse(
            at_.name, "another name in its own header: '" + printable(as_text(name)) + "'");
    auto extras = parse_extras(all.subspan(kLocalSize + name_size), Place::local, name);
    if (!extras) return directory_.refuse(at_.name, std::move(extras).error());
    std::uint64_t no_offset = 0;
    const auto resolved = resolve_zip64(*extras, local.header, no_offset, 0);
    if (!resolved) return directory_.refuse(at_.name, resolved.error());
    extras->zip64.reset();
    local.extras = *std::move(extras);
    return local;
}

Status ZipReader::check_agreement(const Local& local) const {
    const zip::Header& header = at_.header.header;
    if (const char* const what = difference(local.header, header))
        return directory_.refuse(
            at_.name, std::string("another ") + what + " in its own header than in the directory");
    HOLT_TRY(check_unicode_names(local));
    if (std::string cause = why_not_read(header); !cause.empty())
        return directory_.refuse(at_.name, std::move(cause));
    if (header.method == zip::kStored && header.compressed != header.size)
        return directory_.refuse(at_.name, "stored content of two sizes");
    return {};
}

// A field may spell in Unicode what the header's name has no way to say. Where the flag says that
// the name is Unicode already, it must be the same; and the local header's must be the directory's.
Status ZipReader::check_unicode_names(const Local& local) const {
    const auto &one = local.extras.unicode_name, &other = at_.extras.unicode_name;
    const bool is_plain = (at_.header.header.flags & zip::kUtf8) != 0;
    const auto differs = [&](const std::optional<std::string>& name, const std::string& from) {
        return name && *name != from;
    };
    if (differs(one, other && !is_plain ? *other : at_.name))
        return directory_.refuse(at_.name, "another name in its own header");
    if (is_plain && differs(other, at_.name))
        return directory_.refuse(at_.name, "another Unicode name than the one that it has");
    return {};
}

Result<bool> ZipReader::descriptor_at(std::uint64_t at, std::size_t size_bytes, bool signed_) {
    const std::size_t size = (signed_ ? 4 : 0) + 4 + 2 * size_bytes;
    if (size > directory_.end_of(at_.header.offset) - at) return false;
    HOLT_TRY_LET(bytes, reader_.exactly(at, size));
    const std::uint8_t* from = bytes.data();
    if (signed_ && load_le<std::uint32_t>(from) != zip::kDescriptorMagic) return false;
    from += signed_ ? 4 : 0;
    const auto number = [&](std::size_t place) -> std::uint64_t {
        const std::uint8_t* const where = from + 4 + place * size_bytes;
        return size_bytes == 8 ? load_le<std::uint64_t>(where) : load_le<std::uint32_t>(where);
    };
    const zip::Header& header = at_.header.header;
    return load_le<std::uint32_t>(from) == header.crc && number(0) == header.compressed &&
           number(1) == header.size;
}

// Whether a reader would take what begins there for a descriptor: it has the magic, or it is all
// that stands in front of the next header, and as long as one without the magic.
Result<bool> ZipReader::is_descriptor(std::uint64_t at) {
    const std::uint64_t room = directory_.end_of(at_.header.offset) - at;
    if (room < kShortDescriptor) return false;
    HOLT_TRY_LET(bytes, reader_.exactly(at, sizeof zip::kDescriptorMagic));
    return load_le<std::uint32_t>(bytes.data()) == zip::kDescriptorMagic ||
           room == kShortDescriptor || room == kLongDescriptor;
}

// Content, and the descriptor behind it, whose form nothing states: with its magic or without, with
// sizes of 4 or 8 bytes. What is there must say what the directory says.
Result<std::uint64_t> ZipReader::end_of_content(const Local& local) {
    const zip::Header& header = at_.header.header;
    if (header.compressed > directory_.end_of(at_.header.offset) - local.content_at)
        return directory_.refuse(at_.name, "more content than there is room: two entries overlap");
    const std::uint64_t end = local.content_at + header.compressed;
    if ((header.flags & zip::kDescriptorFollows) == 0) return end;
    for (const bool with_magic : {true, false}) {
        for (const std::size_t size_bytes : {std::size_t{4}, std::size_t{8}}) {
            HOLT_TRY_LET(found, descriptor_at(end, size_bytes, with_magic));
            if (found) return end + (with_magic ? 4 : 0) + 4 + 2 * size_bytes;
        }
    }
    // Some programs set the flag, write all into the header, and no descriptor.
    const bool complete = local.header.crc == header.crc && local.header.size == header.size &&
                          local.header.compressed == header.compressed;
    HOLT_TRY_LET(wrong, is_descriptor(end));
    if (complete && !wrong) return end;
    return directory_.refuse(at_.name, "a descriptor that does not say what the directory says");
}

// Whether a reader that looks for entries would find one here. In a program that stands in front of
// the zip the magic may be a constant, and what follows it is no header then.
Result<bool> ZipReader::is_entry(std::uint64_t at, std::uint64_t end) {
    if (end - at < zip::kLocalSize) return false;
    HOLT_TRY_LET(bytes, reader_.exactly(at, zip::kLocalSize));
    if (load_le<std::uint32_t>(bytes.data()) != zip::kLocalMagic) return false;
    if (at == 0) return true;
    const zip::Header header = zip::decode_local(bytes);
    const std::uint64_t size = zip::kLocalSize + header.name_size + header.extra_size;
    constexpr std::uint16_t kHighestMethod = 99;
    if (header.name_size == 0 || header.method > kHighestMethod || size > end - at) return false;
    HOLT_TRY_LET(all, reader_.exactly(at, zip::kLocalSize + header.name_size));
    return std::ranges::all_of(all.subspan(zip::kLocalSize),
                               [](std::uint8_t byte) { return byte >= ' ' && byte != 0x7f; });
}

Status ZipReader::check_gap(std::uint64_t begin, std::uint64_t end) {
    constexpr std::array<std::uint8_t, 4> kMagic = {'P', 'K', 3, 4};
    for (std::uint64_t at = begin; end - at >= zip::kLocalSize;) {
        HOLT_TRY_LET(bytes, reader_.some(at, end - at));
        const auto found = std::ranges::search(bytes, kMagic);
        if (found.empty()) {
            // The magic may lie across the end of what is at hand.
            at += std::max<std::size_t>(bytes.size(), 4) - 3;
            continue;
        }
        at += static_cast<std::uint64_t>(found.begin() - bytes.begin());
        HOLT_TRY_LET(hidden, is_entry(at, end));
        if (hidden)
            return directory_.refuse(
                "", "an entry that its directory does not have, at byte " + std::to_string(at));
        ++at;
    }
    return {};
}

Status ZipReader::describe(const Local& local, ArchiveEntry& entry) {
    using What = ArchiveEntry::What;
    const zip::Extras& extras = at_.extras;
    const zip::Header& header = at_.header.header;
    entry.path = extras.unicode_name.value_or(at_.name);
    if (at_.name.contains('\0') || entry.path.contains('\0'))
        return directory_.refuse(at_.name, "a name with a NUL in it");
    const zip::Attributes attributes = zip::attributes_of(at_.header, at_.name, umask_);
    entry.what = attributes.what;
    entry.mode = attributes.mode;
    if (attributes.contradicts)
        return directory_.refuse(at_.name, "the name of a folder, and the type of something else");
    if (entry.what == What::folder && header.size != 0)
        return directory_.refuse(at_.name, "a folder with content");
    const std::uint64_t uid = extras.uid.value_or(local.extras.uid.value_or(0));
    const std::uint64_t gid = extras.gid.value_or(local.extras.gid.value_or(0));
    if (uid > fs::kNoId - 1 || gid > fs::kNoId - 1)
        return directory_.refuse(at_.name, "an owner that is negative or too large");
    entry.uid = static_cast<std::uint32_t>(uid);
    entry.gid = static_cast<std::uint32_t>(gid);
    // The directory counts where a program changed times and owners there alone; a local header
    // often has more.
    auto mtime = extras.mtime();
    const auto own = local.extras.mtime();
    if (!mtime || (own && own->seconds == mtime->seconds && own->nanoseconds != 0)) mtime = own;
    entry.mtime = mtime ? *mtime : zip::from_dos_time({header.time, header.date});
    entry.size = entry.what == What::file ? header.size : 0;
    return {};
}

Status ZipReader::read_target(ArchiveEntry& entry) {
    if (at_.header.header.size > kLongestTarget)
        return directory_.refuse(at_.name, "a symlink's target that no symlink can have");
    for (;;) {
        HOLT_TRY_LET(bytes, content_.read());
        if (bytes.empty()) return {};
        entry.link += as_text(bytes);
    }
}

Result<bool> ZipReader::next(ArchiveEntry& entry) {
    // To the end of the content before: its size and its CRC are checked there.
    for (;;) {
        HOLT_TRY_LET(rest, content_.read());
        if (rest.empty()) break;
    }
    HOLT_TRY_LET(more, directory_.next(at_));
    if (!more) return false;
    entry = {};
    HOLT_TRY_LET(local, read_local());
    HOLT_TRY(check_agreement(local));
    HOLT_TRY_LET(end, end_of_content(local));
    HOLT_TRY(check_gap(end, directory_.end_of(at_.header.offset)));
    HOLT_TRY(describe(local, entry));
    content_.begin(at_, local.content_at);
    if (entry.what == ArchiveEntry::What::symlink) HOLT_TRY(read_target(entry));
    return true;
}

}  // namespace holt::store
