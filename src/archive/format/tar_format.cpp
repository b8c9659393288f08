#include "archive/format/tar_format.h"

#include <algorithm>
#include <cstring>
#include <limits>

namespace holt::store::tar {
namespace {

constexpr std::string_view kPosixMagic{"ustar\0", 6}, kGnuMagic{"ustar  \0", 8};
constexpr std::string_view kStarTail{"tar\0", 4};
constexpr Field kStarPrefix{345, 131};
constexpr std::size_t kStarTailAt = 508, kStarAccessed = 476;

std::string_view at(const Block& block, std::size_t offset, std::size_t size) noexcept {
    return as_text(ByteView(block).subspan(offset, size));
}

// GNU's numbers: the first byte is 0x80 before a positive one, 0xff before a negative one.
std::optional<std::int64_t> binary_number(ByteView bytes) noexcept {
    const bool negative = (bytes[0] & 0x40) != 0;
    const std::uint8_t fill = negative ? 0xff : 0x00;
    std::uint64_t value = negative ? ~std::uint64_t{0} : 0;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        const auto byte =
            i == 0 ? static_cast<std::uint8_t>((bytes[0] & 0x7f) | (fill & 0x80)) : bytes[i];
        const bool beyond = bytes.size() - i > sizeof value;
        if (beyond && byte != fill) return std::nullopt;
        value = value << 8 | byte;
    }
    const auto result = static_cast<std::int64_t>(value);
    if ((result < 0) != negative) return std::nullopt;
    return result;
}

// star's newer form has no tail, but times of access and change where POSIX has the end of a
// prefix.
bool has_star_times(const Block& block) noexcept {
    const auto is_time = [&](std::size_t offset) {
        return block[offset] >= '0' && block[offset] <= '7' && block[offset + 11] == ' ';
    };
    return block[kStarPrefix.offset + kStarPrefix.size - 1] == 0 && is_time(kStarAccessed) &&
           is_time(kStarAccessed + 12);
}

}  // namespace

std::string_view text(ByteView bytes) noexcept {
    const std::string_view all = as_text(bytes);
    return all.substr(0, all.find('\0'));
}

std::optional<std::int64_t> number(ByteView bytes) noexcept {
    if ((bytes[0] & 0x80) != 0) return binary_number(bytes);
    std::size_t i = 0;
    while (i < bytes.size() && bytes[i] == ' ') ++i;
    std::uint64_t value = 0;
    for (; i < bytes.size() && bytes[i] >= '0' && bytes[i] <= '7'; ++i) {
        value = value << 3 | (bytes[i] - std::uint8_t{'0'});  // 12 digits at most: 36 bits
    }
    // What stands behind the end of the digits is left over from before.
    if (i < bytes.size() && bytes[i] != ' ' && bytes[i] != 0) return std::nullopt;
    return static_cast<std::int64_t>(value);
}

// The sum of all bytes, the checksum itself counted as spaces. Old programs took bytes as signed.
bool checksum_is_right(const Block& block) noexcept {
    const auto stated = number(field(block, kChecksum));
    if (!stated) return false;
    std::int64_t plain = 0, with_sign = 0;
    for (std::size_t i = 0; i < kBlock; ++i) {
        const bool own = i >= kChecksum.offset && i < kChecksum.offset + kChecksum.size;
        const std::uint8_t byte = own ? std::uint8_t{' '} : block[i];
        plain += byte;
        with_sign += static_cast<std::int8_t>(byte);
    }
    return *stated == plain || *stated == with_sign;
}

bool is_zero(ByteView block) noexcept {
    return std::ranges::all_of(block, [](std::uint8_t byte) { return byte == 0; });
}

Dialect dialect(const Block& block) noexcept {
    if (at(block, kMagic, kGnuMagic.size()) == kGnuMagic) return Dialect::gnu;
    if (at(block, kMagic, kPosixMagic.size()) != kPosixMagic) return Dialect::old;
    if (at(block, kStarTailAt, kStarTail.size()) == kStarTail) return Dialect::star;
    return has_star_times(block) ? Dialect::star : Dialect::posix;
}

std::string full_name(const Block& block) {
    const std::string_view name = text(field(block, kName));
    const Dialect is = dialect(block);
    if (is == Dialect::old || is == Dialect::gnu) return std::string(name);
    // A sparse file of star has its map there.
    if (is == Dialect::star && block[kType] == 'S') return std::string(name);
    const std::string_view prefix = text(field(block, is == Dialect::star ? kStarPrefix : kPrefix));
    if (prefix.empty()) return std::string(name);
    return std::string(prefix) + "/" + std::string(name);
}

void put_text(Block& block, Field f, std::string_view value) noexcept {
    std::memcpy(block.data() + f.offset, value.data(), std::min(value.size(), f.size));
}

// Leading zeros, and a NUL at the end.
void put_number(Block& block, Field f, std::uint64_t value) noexcept {
    std::uint8_t* const begin = block.data() + f.offset;
    for (std::size_t i = f.size - 1; i-- > 0; value >>= 3) {
        begin[i] = static_cast<std::uint8_t>('0' + (value & 7));
    }
    begin[f.size - 1] = 0;
}

void finish(Block& block) noexcept {
    put_text(block, {kMagic, 8}, std::string_view("ustar\00000", 8));
    put_text(block, kChecksum, "        ");
    std::uint64_t sum = 0;
    for (const std::uint8_t byte : block) sum += byte;
    put_number(block, {kChecksum.offset, 7}, sum);  // six digits, NUL, and the space that is there
}

}  // namespace holt::store::tar
