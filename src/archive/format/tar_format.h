// A tar header block (POSIX ustar, with what GNU tar and star made of it), both ways.
//
// This is written here, and not left to libarchive, because of what SAFETY demands of an import:
// libarchive takes a negative owner for 0, cuts a name at a NUL, passes over malformed extended
// headers, and converts names by the locale; and the bytes of an export must not change with its
// version.
//
//   offset   0 name 100   100 mode 8   108 uid 8   116 gid 8   124 size 12   136 mtime 12
//          148 checksum 8   156 type 1   157 link name 100   257 magic "ustar\0" 6   263 "00"
//          265 user 32   297 group 32   329 device 8+8   345 prefix 155
//   numbers: octal digits, or binary with the first bit set (GNU)
// Thread rule: pure functions.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "fs/stat.h"

namespace holt::store::tar {

inline constexpr std::size_t kBlock = 512;
using Block = std::array<std::uint8_t, kBlock>;

/// Content is filled up to whole blocks.
constexpr std::uint64_t padding(std::uint64_t size) noexcept {
    return (kBlock - size % kBlock) % kBlock;
}

struct Field {
    std::size_t offset, size;
};
inline constexpr Field kName{0, 100}, kMode{100, 8}, kUid{108, 8}, kGid{116, 8}, kSize{124, 12},
    kMtime{136, 12}, kChecksum{148, 8}, kLinkName{157, 100}, kPrefix{345, 155};
inline constexpr std::size_t kType = 156, kMagic = 257;
// Of GNU's old sparse files (type S): four pieces, a flag that more blocks follow, the real size.
inline constexpr std::size_t kGnuSparse = 386, kGnuExtended = 482, kGnuSparseCount = 4;
inline constexpr Field kGnuRealSize{483, 12};
inline constexpr std::size_t kGnuMoreCount = 21, kGnuMoreExtended = 504;
// star has the same at other places: the flag before the pieces, the size behind them.
inline constexpr std::size_t kStarExtended = 355, kStarSparse = 356;
inline constexpr Field kStarRealSize{452, 12};

/// Largest number that a field of 12 or 8 bytes holds in octal.
inline constexpr std::uint64_t kMaxOctal12 = (std::uint64_t{1} << 33) - 1;
inline constexpr std::uint64_t kMaxOctal8 = (std::uint64_t{1} << 21) - 1;

inline ByteView field(const Block& block, Field f) noexcept {
    return ByteView(block).subspan(f.offset, f.size);
}
/// The bytes before the first NUL.
std::string_view text(ByteView field) noexcept;
/// Nothing for what is no number, or is beyond 64 bits with sign. An empty field is 0.
std::optional<std::int64_t> number(ByteView field) noexcept;
bool checksum_is_right(const Block& block) noexcept;
bool is_zero(ByteView block) noexcept;

enum class Dialect : std::uint8_t { old, posix, gnu, star };
Dialect dialect(const Block& block) noexcept;
/// Prefix and name put together.
std::string full_name(const Block& block);

/// For writing. Numbers must fit in octal.
void put_text(Block& block, Field f, std::string_view value) noexcept;
void put_number(Block& block, Field f, std::uint64_t value) noexcept;
/// Magic, version and, last of all, the checksum.
void finish(Block& block) noexcept;

}  // namespace holt::store::tar
