// A page of the catalog, with the checksum in it.
//
// The last 8 bytes of each page of the database (SQLite calls them reserved and leaves them alone)
// hold the xxHash64 of the rest of the page and of its number, so that a changed byte, a page of
// zeros and a page in another's place are errors and not wrong answers. Thread rule: pure
// functions.
#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.h"

namespace holt::store {

/// The only page size. 4096: the unit that file systems write anyway.
inline constexpr int kCatalogPageSize = 4096;
/// Bytes at the end of each page that the checksum takes.
inline constexpr int kPageChecksumSize = 8;

using CatalogPage = std::array<std::uint8_t, kCatalogPageSize>;

/// The checksum of a page without its last 8 bytes. Pages count from 1.
std::uint64_t page_checksum(ByteView page, std::uint64_t number) noexcept;

/// A page as it is written: the bytes of `page` but for the last 8, and their checksum.
CatalogPage with_checksum(const std::uint8_t* page, std::uint64_t number) noexcept;
/// Whether a page of a file is what was written there.
bool has_checksum(const std::uint8_t* page, std::uint64_t number) noexcept;

/// Whether page 1 says that pages are of our size and leave room for the checksum.
bool has_room_for_checksums(const std::uint8_t* first_page) noexcept;

}  // namespace holt::store
