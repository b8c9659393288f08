// A layer between SQLite and the file system, for the catalog only: page checksums, and faults.
//
// Checksums: the last 8 bytes of each page of the database (SQLite calls them reserved and leaves
// them alone) hold the xxHash64 of the rest of the page and of its number, so that a changed byte,
// a page of zeros and a page in another's place are errors and not wrong answers. They are made
// when SQLite writes a page and checked when it reads one. The rollback journal has SQLite's own
// checksums. Twice SQLite reads less than a page: the 100 bytes of the header to learn the page
// size, and 16 bytes of it to see whether its cache is still fresh. Both read page 1 whole before
// anything in it is believed. A page that SQLite skips when it makes the file longer is written as
// zeros with their checksum, so that every page of the file can be checked.
//
// Faults: every system call that SQLite makes on files passes fs::sys::checkpoint first, so that
// the fault plans of the tests reach it (fs/fault.h).
//
// The layer is registered under a name of its own and only used by who asks for it: other users of
// SQLite in the process do not notice. Thread rule: any function from any thread; a file belongs to
// its connection.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "store/sqlite.h"

namespace holt::store {

/// The page size that the layer insists on. 4096: the unit that file systems write anyway.
inline constexpr int kCatalogPageSize = 4096;
/// Bytes at the end of each page that the checksum takes.
inline constexpr int kPageChecksumSize = 8;

/// The checksum of a page without its last 8 bytes. Pages count from 1.
std::uint64_t page_checksum(ByteView page, std::uint64_t number) noexcept;

/// The name to give to Database::open; registered at the first call. Null when that failed.
const char* catalog_vfs() noexcept;

/// Makes a new, still empty database leave room for the checksums. Without it the layer refuses to
/// write.
Status reserve_page_checksums(Database& database);

/// Reads every page of the file, also those that nothing refers to. Call it in a transaction that
/// has read something. Numbers of the pages that are damaged; the file's length in pages is
/// compared with `pages`, what SQLite takes it to be.
struct PageCheck {
    std::vector<std::uint64_t> damaged{};
    bool wrong_length = false;
};
Result<PageCheck> check_pages(Database& database, std::uint64_t pages);

}  // namespace holt::store
