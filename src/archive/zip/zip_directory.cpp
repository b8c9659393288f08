#include "archive/zip/zip_directory.h"

#include <algorithm>

#include "base/endian.h"

namespace holt::store::zip {
namespace {

constexpr const char* kSplit = "it is a part of a split zip";

bool is_split(const End& end) noexcept {
    return end.disk != 0 || end.directory_disk != 0 || end.count_here != end.count;
}

/// Whether the smaller record says what the larger one says, where it can.
bool agree(const End& end, const End& end64) noexcept {
    return (end.count == end64.count || end.count == kFull16) &&
           (end.size == end64.size || end.size == kFull32) &&
           (end.offset == end64.offset || end.offset == kFull32);
}

}  // namespace

std::unexpected<Error> Directory::refuse(const std::string& path, std::string cause) const {
    return fail(ErrorKind::unsafe_input, "import '" + printable(reader_.shown()) + "'", path,
                std::move(cause), "nothing was imported");
}

Status Directory::open(std::uint64_t max_entries) {
    HOLT_TRY_LET(end, find_end_record());
    HOLT_TRY(place(end));
    if (count_ > max_entries) {
        return fail(ErrorKind::no_space, "import", reader_.shown(),
                    "the archive has over " + std::to_string(max_entries) + " entries",
                    Advice::allow_entries);
    }
    return check_offsets();
}

Result<End> Directory::find_end_record() {
    const auto tail_size =
        static_cast<std::size_t>(std::min<std::uint64_t>(reader_.size(), kLongestEnd));
    const std::uint64_t tail_at = reader_.size() - tail_size;
    HOLT_TRY_LET(tail, reader_.exactly(tail_at, tail_size));
    const FoundEnd found = find_end(tail);
    switch (found.what) {
        case FoundEnd::What::found:
            break;
        case FoundEnd::What::followed:
            break;
        case FoundEnd::What::ambiguous:
            return refuse("", "it has two end records, one in the comment of the other");
        case FoundEnd::What::none:
        case FoundEnd::What::cut:
            HOLT_TRY(refuse_first_part());
            return fail(ErrorKind::corrupt, "read archive", reader_.shown(),
                        "a zip's directory is missing at its end", Advice::get_whole_copy);
    }
    End end = decode_end(tail.subspan(found.at));
    end_ = tail_at + found.at;
    behind_ = end_ + kEndSize + load_le<std::uint16_t>(tail.data() + found.at + kEndSize - 2);
    is_followed_ = found.what == FoundEnd::What::followed;
    HOLT_TRY(take_zip64(end_, end));
    if (is_split(end)) return refuse("", kSplit);
    return end;
}

// Of a split zip, only the last part has an end.
Status Directory::refuse_first_part() {
    if (reader_.size() < kLocalSize) return {};
    HOLT_TRY_LET(head, reader_.exactly(0, 8));
    const bool split = load_le<std::uint32_t>(head.data()) == kDescriptorMagic &&
                       load_le<std::uint32_t>(head.data() + 4) == kLocalMagic;
    if (split) return refuse("", kSplit);
    return {};
}

// A locator right before the end says where the larger record is, which ends right before it.
Status Directory::take_zip64(std::uint64_t end_at, End& end) {
    if (end_at < kLocatorSize) return {};
    const std::uint64_t locator_at = end_at - kLocatorSize;
    HOLT_TRY_LET(locator, reader_.exactly(locator_at, kLocatorSize));
    if (load_le<std::uint32_t>(locator.data()) != kLocatorMagic) return {};
    const auto disk = load_le<std::uint32_t>(locator.data() + 4);
    const auto stated_at = load_le<std::uint64_t>(locator.data() + 8);
    const auto disks = load_le<std::uint32_t>(locator.data() + 16);
    if (disk != 0 || disks > 1) return refuse("", kSplit);
    // Without the extensible part, which nobody writes, its place is known.
    std::uint64_t at = locator_at - std::min<std::uint64_t>(locator_at, kEnd64Size);
    for (const std::uint64_t place : {at, stated_at}) {
        if (place > locator_at || locator_at - place < kEnd64Size) continue;
        HOLT_TRY_LET(bytes, reader_.exactly(place, kEnd64Size));
        const auto rest = load_le<std::uint64_t>(bytes.data() + 4);
        if (load_le<std::uint32_t>(bytes.data()) != kEnd64Magic || rest != locator_at - place - 12)
            continue;
        const End end64 = decode_end64(bytes);
        if (!agree(end, end64)) return refuse("", "its two end records do not say the same");
        end = end64;
        end_ = place;
        const std::uint64_t directory_at = end.size > place ? 0 : place - end.size;
        if (stated_at > place || directory_at < end.offset ||
            place - stated_at != directory_at - end.offset)
            return refuse("", "its zip64 locator points to another place than the record's");
        return {};
    }
    return refuse("", "its zip64 locator points to no zip64 record");
}

Status Directory::place(const End& end) {
    if (end.size > end_ || end.offset > end_ - end.size)
        return refuse("", "its directory is said to be larger, or elsewhere, than it can be");
    begin_ = at_ = end_ - end.size;
    shift_ = begin_ - end.offset;
    count_ = end.count;
    if (count_ > end.size / kDirectorySize)
        return refuse("", "it says that it has more entries than its directory has room for");
    return {};
}

Status Directory::check_offsets() {
    offsets_.reserve(static_cast<std::size_t>(count_));
    DirectoryEntry entry;
    for (;;) {
        HOLT_TRY_LET(more, next(entry));
        if (!more) break;
        offsets_.push_back(entry.header.offset);
    }
    if (!std::ranges::is_sorted(offsets_)) std::ranges::sort(offsets_);
    if (std::ranges::adjacent_find(offsets_) != offsets_.end())
        return refuse("", "two entries with the same content in it: they overlap");
    at_ = begin_;
    taken_ = 0;
    return {};
}

std::uint64_t Directory::end_of(std::uint64_t offset) const noexcept {
    const auto next = std::ranges::upper_bound(offsets_, offset);
    return next == offsets_.end() ? begin_ : *next;
}

Result<bool> Directory::next(DirectoryEntry& entry) {
    if (taken_ == count_) {
        if (at_ == end_) return false;
        return refuse("", "its directory is longer than its " + std::to_string(count_) +
                              " entries: some would be left out");
    }
    const std::uint64_t left = end_ - at_;
    if (left < kDirectorySize) return refuse("", "its directory has fewer entries than it says");
    HOLT_TRY_LET(fixed, reader_.exactly(at_, kDirectorySize));
    if (load_le<std::uint32_t>(fixed.data()) != kDirectoryMagic)
        return refuse("", "its directory is not where, or not as large as, its end says");
    DirectoryHeader& header = entry.header;
    header = decode_directory(fixed);
    const std::size_t name_size = header.header.name_size, extra_size = header.header.extra_size;
    const std::size_t size = kDirectorySize + name_size + extra_size + header.comment_size;
    if (left < size) return refuse("", "its directory is longer than its end says");
    HOLT_TRY_LET(all, reader_.exactly(at_, size));
    const ByteView name = all.subspan(kDirectorySize, name_size);
    entry.name = as_text(name);
    auto extras =
        parse_extras(all.subspan(kDirectorySize + name_size, extra_size), Place::directory, name);
    if (!extras) return refuse(entry.name, std::move(extras).error());
    const auto resolved = resolve_zip64(*extras, header.header, header.offset, header.disk);
    if (!resolved) return refuse(entry.name, resolved.error());
    if (header.disk != 0 && header.disk != kFull16) return refuse(entry.name, kSplit);
    extras->zip64.reset();
    entry.extras = *std::move(extras);
    // Without overflow: an offset is compared before it is moved.
    if (header.offset > begin_ - shift_ || begin_ - shift_ - header.offset < kLocalSize)
        return refuse(entry.name, "an entry that begins where none can be");
    header.offset += shift_;
    at_ += size;
    ++taken_;
    return true;
}

}  // namespace holt::store::zip
