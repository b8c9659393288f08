// What an entry of a zip is, and its mode. Only a zip made on Unix or macOS says it as Unix does,
// in the upper half of the external attributes; of others the attributes of MS-DOS are used, and
// what the umask gives. Thread rule: pure functions.
#pragma once

#include <cstdint>
#include <string_view>

#include "archive/entries/entry.h"
#include "archive/format/zip_format.h"

namespace holt::store::zip {

struct Attributes {
    ArchiveEntry::What what = ArchiveEntry::What::file;
    std::uint16_t mode = 0;
    bool contradicts = false;  ///< the name ends in a slash, and it is no folder
};

Attributes attributes_of(const DirectoryHeader& entry, std::string_view name, std::uint16_t umask);

}  // namespace holt::store::zip
