// The records of a zip (APPNOTE.TXT 6.3), both ways. All numbers are little-endian.
//
//   local header     "PK\3\4"  version 2  flags 2  method 2  time 2  date 2  crc 4  compressed 4
//                    size 4  name length 2  extra length 2, then name, extra, content
//   descriptor       ["PK\7\8"]  crc 4  compressed 4 or 8  size 4 or 8, behind content whose header
//                    was written before these were known (flag 3)
//   directory entry  "PK\1\2"  made by 2  version 2  flags 2 ... size 4  as above  name length 2
//                    extra length 2  comment length 2  disk 2  internal 2  external 4  offset 4,
//                    then name, extra, comment
//   end of zip64     "PK\6\6"  length of the rest 8  made by 2  version 2  disk 4  disk 4
//                    entries here 8  entries 8  size 8  offset 8
//   locator          "PK\6\7"  disk 4  offset of the end of zip64 8  disks 4
//   end              "PK\5\6"  disk 2  disk 2  entries here 2  entries 2  size of the directory 4
//                    its offset 4  comment length 2, then a comment
// A number that does not fit is all ones, and stands in a zip64 extra field, or in the end of
// zip64. Thread rule: values and pure functions.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/bytes.h"

namespace holt::store::zip {

inline constexpr std::uint32_t kLocalMagic = 0x04034b50, kDescriptorMagic = 0x08074b50,
                               kDirectoryMagic = 0x02014b50, kEnd64Magic = 0x06064b50,
                               kLocatorMagic = 0x07064b50, kEndMagic = 0x06054b50,
                               kSpannedMagic = 0x30304b50;
inline constexpr std::size_t kLocalSize = 30, kDirectorySize = 46, kEnd64Size = 56,
                             kLocatorSize = 20, kEndSize = 22;
/// The end record is looked for in so many bytes.
inline constexpr std::size_t kLongestEnd = kEndSize + 0xFFFF;
inline constexpr std::uint16_t kFull16 = 0xFFFF;
inline constexpr std::uint32_t kFull32 = 0xFFFFFFFF;

inline constexpr std::uint16_t kEncrypted = 1u << 0, kDescriptorFollows = 1u << 3,
                               kPatched = 1u << 5, kStrongEncryption = 1u << 6, kUtf8 = 1u << 11,
                               kMasked = 1u << 13;
/// How hard the compressor tried: no two readers differ by it.
inline constexpr std::uint16_t kEffort = 3u << 1;

inline constexpr std::uint16_t kStored = 0, kDeflate = 8, kZstdOld = 20, kZstd = 93;
/// "Deflate64"; "an unknown method" for a number that has no name.
std::string_view method_name(std::uint16_t method) noexcept;

/// What a local header and a directory entry both say.
struct Header {
    std::uint16_t version = 0, flags = 0, method = 0, time = 0, date = 0;
    std::uint32_t crc = 0;
    std::uint64_t compressed = 0, size = 0;
    std::uint16_t name_size = 0, extra_size = 0;
};
struct DirectoryHeader {
    Header header{};
    std::uint16_t made_by = 0, comment_size = 0, disk = 0;
    std::uint32_t external = 0;
    std::uint64_t offset = 0;
};
/// `bytes`: kLocalSize or kDirectorySize of them, the magic right.
Header decode_local(ByteView bytes) noexcept;
DirectoryHeader decode_directory(ByteView bytes) noexcept;
/// Without name and extra. Sizes and offset must fit in 32 bits.
void append_local(Bytes& out, const Header& header);
void append_directory(Bytes& out, const DirectoryHeader& entry);

struct End {
    std::uint32_t disk = 0, directory_disk = 0;
    std::uint64_t count_here = 0, count = 0, size = 0, offset = 0;
};
/// `bytes`: kEndSize or kEnd64Size of them, the magic right.
End decode_end(ByteView bytes) noexcept;
End decode_end64(ByteView bytes) noexcept;
/// End of zip64 and locator where something does not fit without, and the end.
void append_end(Bytes& out, const End& end);

/// The end record, looked for from the end of a file.
struct FoundEnd {
    enum class What : std::uint8_t {
        none,
        found,
        cut,        ///< its comment goes on behind the end of the file
        followed,   ///< something that is not zeros stands behind it
        ambiguous,  ///< there is another one in its comment
    };
    What what = What::none;
    std::size_t at = 0;  ///< in what was looked through
};
/// `tail`: the last kLongestEnd bytes of the file, or all of them.
FoundEnd find_end(ByteView tail) noexcept;

template <class T>
void append_number(Bytes& out, T value) {
    for (std::size_t i = 0; i < sizeof value; ++i)
        out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

}  // namespace holt::store::zip
