#include "archive/zip/zip_extra.h"

#include <algorithm>
#include <array>
#include <ctime>
#include <limits>

#include "base/endian.h"
#include "base/utf8.h"
#include "codec/gzip/crc32.h"

namespace holt::store::zip {
namespace {

constexpr std::uint16_t kZip64 = 0x0001, kNtfs = 0x000a, kUnixTime = 0x5455, kUnixOld = 0x5855,
                        kOwner16 = 0x7855, kOwner = 0x7875, kUnicodePath = 0x7075, kOurs = 0x4c48;
constexpr std::size_t kFieldHead = 4;
constexpr std::uint8_t kExactTime = 1;
constexpr std::size_t kExactTimeSize = 13;
constexpr std::int64_t kTicksPerSecond = 10'000'000, kNsPerTick = 100;
/// From 1601-01-01, where NTFS counts from, to 1970-01-01.
constexpr std::int64_t k1601 = 11'644'473'600;

using Done = std::expected<void, std::string>;

Done malformed(const char* what) {
    return std::unexpected(std::string("a malformed extra field: ") + what);
}

template <class T>
Done set_once(std::optional<T>& field, T value, const char* what) {
    if (field) return std::unexpected(std::string("two extra fields with ") + what);
    field = std::move(value);
    return {};
}

Time seconds(std::uint32_t value) noexcept {
    return {.seconds = static_cast<std::int32_t>(value)};
}

Done read_unix_time(ByteView data, Place place, Extras& extras) {
    if (data.empty()) return malformed("times");
    const std::size_t stated = static_cast<std::size_t>(__builtin_popcount(data[0] & 7));
    // The directory repeats the first of the times that the local header has, and says of the
    // others that they are there. Some programs write the same into both.
    const std::size_t size = data.size() - 1;
    const bool first = place == Place::directory && size == 4;
    if (size % 4 != 0 || (size > 4 * stated && !first)) return malformed("times");
    if ((data[0] & 1) == 0 || size == 0) return {};
    return set_once(extras.unix_time, seconds(load_le<std::uint32_t>(data.data() + 1)), "times");
}

Done read_unix_old(ByteView data, Extras& extras) {
    if (data.size() != 8 && data.size() != 12) return malformed("Unix times");
    if (!extras.unix_time) extras.unix_time = seconds(load_le<std::uint32_t>(data.data() + 4));
    if (data.size() == 12 && !extras.uid) {
        extras.uid = load_le<std::uint16_t>(data.data() + 8);
        extras.gid = load_le<std::uint16_t>(data.data() + 10);
    }
    return {};
}

Done read_owner16(ByteView data, Extras& extras) {
    if (data.empty()) return {};  // in a directory
    if (data.size() != 4) return malformed("an owner");
    if (extras.uid) return {};
    extras.uid = load_le<std::uint16_t>(data.data());
    extras.gid = load_le<std::uint16_t>(data.data() + 2);
    return {};
}

// A number of as many bytes as it has; what is longer must be zeros.
bool read_number(ByteView& data, std::uint64_t& value) {
    if (data.empty() || data.size() - 1 < data[0]) return false;
    const ByteView digits = data.subspan(1, data[0]);
    data = data.subspan(1 + digits.size());
    value = 0;
    for (std::size_t i = digits.size(); i-- > 0;) {
        if (value >> 56 != 0) return false;
        value = value << 8 | digits[i];
    }
    return true;
}

Done read_owner(ByteView data, Extras& extras) {
    if (data.empty()) return malformed("an owner");
    if (data[0] != 1) return {};  // a version that means something else
    data = data.subspan(1);
    std::uint64_t uid = 0, gid = 0;
    if (!read_number(data, uid) || !read_number(data, gid) || !data.empty())
        return malformed("an owner");
    // The older field says the same in fewer bits.
    extras.uid = uid;
    extras.gid = gid;
    return {};
}

Time from_ticks(std::uint64_t ticks) noexcept {
    const auto per_second = static_cast<std::uint64_t>(kTicksPerSecond);
    return {.seconds = static_cast<std::int64_t>(ticks / per_second) - k1601,
            .nanoseconds = static_cast<std::uint32_t>(ticks % per_second * kNsPerTick)};
}

Done read_ntfs(ByteView data, Extras& extras) {
    if (data.size() < 4) return malformed("NTFS times");
    for (data = data.subspan(4); !data.empty();) {
        if (data.size() < kFieldHead) return malformed("NTFS times");
        const auto tag = load_le<std::uint16_t>(data.data());
        const std::size_t size = load_le<std::uint16_t>(data.data() + 2);
        data = data.subspan(kFieldHead);
        if (size > data.size() || (tag == 1 && size != 24)) return malformed("NTFS times");
        if (tag == 1) {
            const auto ticks = load_le<std::uint64_t>(data.data());
            if (auto set = set_once(extras.ntfs_time, from_ticks(ticks), "NTFS times"); !set)
                return set;
        }
        data = data.subspan(size);
    }
    return {};
}

// It counts only while it belongs to the name that the header has (4.6.9): a program that does not
// know the field may have changed the name.
Done read_unicode_path(ByteView data, ByteView name, Extras& extras) {
    if (data.size() < 5) return malformed("a Unicode path");
    const bool belongs =
        data[0] == 1 && load_le<std::uint32_t>(data.data() + 1) == gzip::crc32(0, name);
    if (!belongs) return {};
    const std::string_view path = as_text(data.subspan(5));
    if (path.empty() || !utf8_valid(path)) return malformed("a Unicode path that is no UTF-8");
    return set_once(extras.unicode_name, std::string(path), "Unicode paths");
}

Done read_ours(ByteView data, Extras& extras) {
    if (data.empty() || data[0] != kExactTime) return {};  // of a later version
    if (data.size() != kExactTimeSize) return malformed("an exact time");
    const Time time{.seconds = static_cast<std::int64_t>(load_le<std::uint64_t>(data.data() + 1)),
                    .nanoseconds = load_le<std::uint32_t>(data.data() + 9)};
    if (time.nanoseconds >= kNanosecondsPerSecond) return malformed("an exact time");
    return set_once(extras.exact_time, time, "exact times");
}

Done read_field(std::uint16_t id, ByteView data, Place place, ByteView name, Extras& extras) {
    switch (id) {
        case kZip64:
            return set_once(extras.zip64, data, "zip64 sizes");
        case kUnixTime:
            return read_unix_time(data, place, extras);
        case kUnixOld:
            return read_unix_old(data, extras);
        case kOwner16:
            return read_owner16(data, extras);
        case kOwner:
            return read_owner(data, extras);
        case kNtfs:
            return read_ntfs(data, extras);
        case kUnicodePath:
            return read_unicode_path(data, name, extras);
        case kOurs:
            return read_ours(data, extras);
        default:
            return {};
    }
}

/// What NTFS can say: 100 ns, from 1601 on, in 63 bits.
std::optional<std::uint64_t> ticks_of(Time time) noexcept {
    constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max() / kTicksPerSecond;
    if (time.seconds < -k1601 || time.seconds >= kMost - k1601) return std::nullopt;
    return static_cast<std::uint64_t>((time.seconds + k1601) * kTicksPerSecond +
                                      time.nanoseconds / kNsPerTick);
}

bool fits_unix(std::int64_t seconds) noexcept {
    return seconds >= std::numeric_limits<std::int32_t>::min() &&
           seconds <= std::numeric_limits<std::int32_t>::max();
}

void append_head(Bytes& out, std::uint16_t id, std::size_t size) {
    append_number(out, id);
    append_number(out, static_cast<std::uint16_t>(size));
}

}  // namespace

std::optional<Time> Extras::mtime() const noexcept {
    if (exact_time) return exact_time;
    if (!unix_time) return ntfs_time;
    // The finer one, while both speak of the same second.
    if (ntfs_time && ntfs_time->seconds == unix_time->seconds) return ntfs_time;
    return unix_time;
}

OrCause<Extras> parse_extras(ByteView extra, Place place, ByteView name) {
    Extras extras;
    while (extra.size() >= kFieldHead) {
        const auto id = load_le<std::uint16_t>(extra.data());
        const std::size_t size = load_le<std::uint16_t>(extra.data() + 2);
        extra = extra.subspan(kFieldHead);
        if (size > extra.size())
            return std::unexpected("an extra field that is longer than its header says");
        if (auto done = read_field(id, extra.first(size), place, name, extras); !done)
            return std::unexpected(std::move(done).error());
        extra = extra.subspan(size);
    }
    // Programs that move content to round addresses fill up with zeros.
    if (std::ranges::any_of(extra, [](std::uint8_t byte) { return byte != 0; }))
        return std::unexpected("something behind the extra fields that is none");
    if (extras.exact_time && extras.unix_time &&
        extras.exact_time->seconds != extras.unix_time->seconds)
        return std::unexpected("extra fields that say two times");
    return extras;
}

std::expected<void, std::string> resolve_zip64(const Extras& extras, Header& header,
                                               std::uint64_t& offset, std::uint16_t disk) {
    struct Number {
        std::uint64_t* value;
        bool wanted;
    };
    const std::array<Number, 3> numbers{{{&header.size, header.size == kFull32},
                                         {&header.compressed, header.compressed == kFull32},
                                         {&offset, offset == kFull32}}};
    const bool disk_wanted = disk == kFull16;
    std::size_t needed = disk_wanted ? 4 : 0;
    for (const Number& number : numbers) needed += number.wanted ? 8 : 0;
    if (!extras.zip64) {
        if (needed == 0) return {};
        return std::unexpected("a size or place that is all ones, and no zip64 field");
    }
    ByteView data = *extras.zip64;
    // Some programs write all of them whether they are wanted or not.
    const bool all = data.size() != needed && data.size() >= 8 && data.size() <= 28 &&
                     (data.size() % 8 == 0 || data.size() == 28);
    if (!all && data.size() != needed)
        return std::unexpected("a zip64 field that does not have what the header needs");
    for (const Number& number : numbers) {
        if (!number.wanted && !all) continue;
        if (data.size() < 8) {
            if (number.wanted)
                return std::unexpected("a zip64 field that does not have what the header needs");
            continue;
        }
        const auto value = load_le<std::uint64_t>(data.data());
        data = data.subspan(8);
        if (number.wanted) {
            *number.value = value;
        } else if (value != *number.value && value != 0) {
            return std::unexpected("a zip64 field that says other sizes than the header");
        }
    }
    if (data.size() == 4 && load_le<std::uint32_t>(data.data()) != 0)
        return std::unexpected("content on another disk: a part of a split zip");
    if (disk_wanted && data.size() != 4)
        return std::unexpected("a zip64 field that does not have what the header needs");
    return {};
}

void append_zip64(Bytes& out, std::initializer_list<std::uint64_t> values) {
    if (values.size() == 0) return;
    append_head(out, kZip64, 8 * values.size());
    for (const std::uint64_t value : values) append_number(out, value);
}

void append_unix_extras(Bytes& out, Time mtime, std::uint32_t uid, std::uint32_t gid) {
    const bool in_unix = fits_unix(mtime.seconds);
    if (in_unix) {
        append_head(out, kUnixTime, 5);
        out.push_back(1);
        append_number(out, static_cast<std::uint32_t>(mtime.seconds));
    }
    const bool more = !in_unix || mtime.nanoseconds != 0;
    const auto ticks = more ? ticks_of(mtime) : std::nullopt;
    if (ticks) {
        append_head(out, kNtfs, 32);
        append_number(out, std::uint32_t{0});
        append_head(out, 1, 24);
        for (int i = 0; i < 3; ++i) append_number(out, *ticks);
    }
    if (more && (!ticks || mtime.nanoseconds % kNsPerTick != 0)) {
        append_head(out, kOurs, kExactTimeSize);
        out.push_back(kExactTime);
        append_number(out, static_cast<std::uint64_t>(mtime.seconds));
        append_number(out, mtime.nanoseconds);
    }
    append_head(out, kOwner, 11);
    out.push_back(1);
    out.push_back(4);
    append_number(out, uid);
    out.push_back(4);
    append_number(out, gid);
}

DosTime dos_time(Time time) noexcept {
    constexpr std::int64_t k1980 = 315'532'800, k2108 = 4'354'819'200;
    const std::time_t seconds =
        static_cast<std::time_t>(std::clamp(time.seconds, k1980, k2108 - 2));
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    return {.time = static_cast<std::uint16_t>(parts.tm_hour << 11 | parts.tm_min << 5 |
                                               parts.tm_sec / 2),
            .date = static_cast<std::uint16_t>((parts.tm_year - 80) << 9 | (parts.tm_mon + 1) << 5 |
                                               parts.tm_mday)};
}

Time from_dos_time(DosTime time) noexcept {
    std::tm parts{};
    parts.tm_year = (time.date >> 9) + 80;
    parts.tm_mon = (time.date >> 5 & 15) - 1;
    parts.tm_mday = time.date & 31;
    parts.tm_hour = time.time >> 11;
    parts.tm_min = time.time >> 5 & 63;
    parts.tm_sec = (time.time & 31) * 2;
    parts.tm_isdst = -1;
    return {.seconds = std::mktime(&parts)};
}

}  // namespace holt::store::zip
