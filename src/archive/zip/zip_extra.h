// The extra fields of a zip that mean something here, both ways: id 2, length 2, then so many
// bytes, one behind the other.
//
//   0001  zip64: what is all ones in the header, in this order: size 8, compressed 8, offset 8,
//   disk 5455  UT: which times follow 1, then seconds since 1970 (signed 4) each; the first is the
//   mtime 5855  older Unix: atime 4, mtime 4, in local headers user 2, group 2 7855  user 2, group
//   2, in local headers 7875  ux: version 1, then user and group, each with its length 1 before it
//   000a  NTFS: reserved 4, then tag 2, length 2; tag 1 is mtime, atime, ctime: 100 ns since 1601
//   7075  Unicode path: version 1, CRC of the name in the header 4, the name as UTF-8
//   4c48  ours ("HL"): kind 1; kind 1 is the exact mtime: seconds (signed 8), nanoseconds 4
// Others are passed over. Thread rule: values and pure functions.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>

#include "archive/format/zip_format.h"
#include "base/bytes.h"
#include "fs/stat.h"

namespace holt::store::zip {

enum class Place : std::uint8_t { local, directory };

struct Extras {
    std::optional<ByteView> zip64{};  ///< as it stands there
    std::optional<Time> unix_time{};  ///< whole seconds
    std::optional<Time> ntfs_time{};
    std::optional<Time> exact_time{};
    std::optional<std::uint64_t> uid{}, gid{};
    std::optional<std::string> unicode_name{};  ///< of the very name that the header has

    /// The best that is known of the time; nothing when no field has it.
    std::optional<Time> mtime() const noexcept;
};

/// Why a header is refused, in words.
template <class T>
using OrCause = std::expected<T, std::string>;

/// `name`: of the same header.
OrCause<Extras> parse_extras(ByteView extra, Place place, ByteView name);

/// Sizes and offset out of the zip64 field where the header has all ones. In a local header the
/// offset is not asked for: give it as 0.
std::expected<void, std::string> resolve_zip64(const Extras& extras, Header& header,
                                               std::uint64_t& offset, std::uint16_t disk);

void append_zip64(Bytes& out, std::initializer_list<std::uint64_t> values);
/// Time, exactly, and owner.
void append_unix_extras(Bytes& out, Time mtime, std::uint32_t uid, std::uint32_t gid);

/// The time of a header: to two seconds, from 1980 to 2107, of no stated zone. Written as UTC, so
/// that the bytes are the same everywhere; read as local time, as every zip program does.
struct DosTime {
    std::uint16_t time = 0, date = 0;
};
DosTime dos_time(Time time) noexcept;
Time from_dos_time(DosTime time) noexcept;

}  // namespace holt::store::zip
