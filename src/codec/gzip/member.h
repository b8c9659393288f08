// The header and trailer of a gzip member (RFC 1952), and the two extra fields that tell how long a
// member is, so that a reader can cut a file into members without decoding it:
//
//     BGZF (htslib)  'B' 'C'  2  0   le16 member size - 1      members up to 64 KiB
//     ours           'H' 'L'  4  0   le32 member size          members up to 4 GiB
//
// The size counts the member's first header byte to its last trailer byte. It is a hint: whoever
// uses it must find that the deflate stream really ends there. Thread rule: pure functions, values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "codec/gzip/error.h"

namespace holt::gzip {

inline constexpr std::uint8_t kMagic0 = 0x1F, kMagic1 = 0x8B;
inline constexpr std::size_t kFixedHeader = 10;
inline constexpr std::size_t kTrailer = 8;
/// Longest header that is read: the 64 KiB that an extra field may have, and more than any name.
inline constexpr std::size_t kMaxHeader = std::size_t{1} << 20;

/// What the end of a BGZF file looks like: a member without content.
ByteView bgzf_end() noexcept;

struct Header {
    std::size_t size = 0;           ///< bytes of the header itself
    std::uint32_t mtime = 0;        ///< seconds since 1970; 0: not stated
    std::string name{};             ///< the original file's name, raw bytes; empty: not stated
    std::uint64_t member_size = 0;  ///< by either extra field; 0: not stated
};

/// Reads the header at the start of `input`. Nothing, without an error, when `input` ends before
/// the header does. The error's input_offset counts from the start of `input`.
Expected<std::optional<Header>> parse_header(ByteView input);

enum class LengthField : std::uint8_t { none, ours, bgzf };

struct HeaderFields {
    std::uint32_t mtime = 0;
    std::uint8_t extra_flags = 0;  ///< XFL: 2 slowest, 4 fastest
    std::uint8_t system = 3;       ///< OS: 3 Unix, 255 unknown
    std::string_view name{};       ///< without NUL
    LengthField length = LengthField::none;
};

std::size_t header_size(const HeaderFields& fields) noexcept;
/// Writes header_size() bytes to `out`; a length field is filled for a member of `member_size`.
void write_header(const HeaderFields& fields, std::uint64_t member_size, std::uint8_t* out);
/// Writes kTrailer bytes.
void write_trailer(std::uint32_t crc, std::uint32_t length, std::uint8_t* out) noexcept;

}  // namespace holt::gzip
