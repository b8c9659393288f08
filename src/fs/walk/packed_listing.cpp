#include "fs/walk/packed_listing.h"

#include <string>

namespace holt::fs {
namespace {

using Numbers = std::array<std::uint64_t, 13>;

Numbers numbers_of(const FileStat& stat) noexcept {
    return {static_cast<std::uint64_t>(stat.kind),
            stat.mode,
            stat.uid,
            stat.gid,
            stat.size,
            stat.blocks,
            static_cast<std::uint64_t>(stat.mtime.seconds),
            stat.mtime.nanoseconds,
            static_cast<std::uint64_t>(stat.ctime.seconds),
            stat.ctime.nanoseconds,
            stat.dev,
            stat.ino,
            stat.nlink};
}

FileStat stat_of(const Numbers& numbers) noexcept {
    return {.kind = static_cast<Kind>(numbers[0]),
            .mode = static_cast<std::uint16_t>(numbers[1]),
            .uid = static_cast<std::uint32_t>(numbers[2]),
            .gid = static_cast<std::uint32_t>(numbers[3]),
            .size = numbers[4],
            .blocks = numbers[5],
            .mtime = {.seconds = static_cast<std::int64_t>(numbers[6]),
                      .nanoseconds = static_cast<std::uint32_t>(numbers[7])},
            .ctime = {.seconds = static_cast<std::int64_t>(numbers[8]),
                      .nanoseconds = static_cast<std::uint32_t>(numbers[9])},
            .dev = numbers[10],
            .ino = numbers[11],
            .nlink = static_cast<std::uint32_t>(numbers[12])};
}

// 0, -1, 1, -2, ... as 0, 1, 2, 3, ..., of differences modulo 2^64.
std::uint64_t zigzag(std::uint64_t value) noexcept {
    return (value << 1) ^ (0 - (value >> 63));
}
std::uint64_t unzigzag(std::uint64_t value) noexcept {
    return (value >> 1) ^ (0 - (value & 1));
}

}  // namespace

void PackedListing::number(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) bytes_.push_back(static_cast<std::uint8_t>(value | 0x80));
    bytes_.push_back(static_cast<std::uint8_t>(value));
}

void PackedListing::add(const DirEntry& entry) {
    number(entry.name.size());
    const ByteView name = as_bytes(entry.name);
    bytes_.insert(bytes_.end(), name.begin(), name.end());
    const Numbers now = numbers_of(entry.stat);
    for (std::size_t i = 0; i < now.size(); ++i) number(zigzag(now[i] - before_[i]));
    before_ = now;
    if (entry.stat.kind == Kind::symlink) {
        number(entry.symlink_target.size());
        const ByteView target = as_bytes(entry.symlink_target);
        bytes_.insert(bytes_.end(), target.begin(), target.end());
    }
    ++counts_[static_cast<std::size_t>(entry.stat.kind)];
    ++size_;
}

std::uint64_t PackedListing::Reader::number() noexcept {
    std::uint64_t value = 0;
    for (unsigned shift = 0;; shift += 7) {
        const std::uint8_t group = rest_.front();
        rest_ = rest_.subspan(1);
        value |= static_cast<std::uint64_t>(group & 0x7F) << shift;
        if (group < 0x80) return value;
    }
}

std::string PackedListing::Reader::text(std::size_t length) {
    std::string text(as_text(rest_.first(length)));
    rest_ = rest_.subspan(length);
    return text;
}

bool PackedListing::Reader::next(DirEntry& entry) {
    if (rest_.empty()) return false;
    entry.name = text(number());
    for (std::uint64_t& value : before_) value += unzigzag(number());
    entry.stat = stat_of(before_);
    entry.symlink_target.clear();
    if (entry.stat.kind == Kind::symlink) entry.symlink_target = text(number());
    return true;
}

}  // namespace holt::fs
