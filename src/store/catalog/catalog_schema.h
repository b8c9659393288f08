// The catalog's tables, and how a database is told to be one. docs/FORMAT.md describes the columns.
// Thread rule: as Database.
#pragma once

#include "store/catalog/sqlite.h"
#include "store/catalog/sqlite_vfs.h"

namespace holt::store {

inline constexpr std::int64_t kCatalogVersion = 6;

/// The state of a pack (SAFETY, garbage collection). Only live packs may be referred to.
enum class PackState : std::uint8_t { live = 0, condemned = 1, deleting = 2 };

/// Opens the database `name` in an open folder as a catalog: through the layer of page checksums,
/// and set up for durability, memory and trust. `shown` is its path, for errors; `options` need no
/// vfs.
Result<Database> open_catalog_database(UniqueFd folder, const std::string& name,
                                       const std::string& shown, Database::Options options);

/// Makes the tables in one transaction. `failed` when there is a catalog already.
Status create_catalog(Database& database);

/// `corrupt` when the database is no catalog, `no_store` when it is of another version.
Status check_catalog(Database& database);

}  // namespace holt::store
