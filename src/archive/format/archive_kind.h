// What an archive is, told by its first bytes; and what a file is that is none of those that are
// read. Thread rule: pure functions.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/bytes.h"

namespace holt::store {

enum class ArchiveKind : std::uint8_t {
    tar,
    zstd,
    gzip,
    xz,
    lzma,
    lzip,
    bzip2,
    lz4,
    zip,
    holt,
    unknown
};

/// `head`: the first 512 bytes, or all when there are fewer.
ArchiveKind recognise_archive(ByteView head) noexcept;

/// A program or a script, as they stand in front of a zip.
bool is_program(ByteView head) noexcept;

struct ForeignFormat {
    std::string_view magic;
    std::string_view name;       ///< behind "it is "
    std::string_view unpack_by;  ///< the program that makes of it what is read, or nothing
};
/// What it is, where it is something known that is not read; null otherwise.
const ForeignFormat* foreign_format(ByteView head) noexcept;

}  // namespace holt::store
