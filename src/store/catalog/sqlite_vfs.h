// The file layer that SQLite is given for a catalog: it turns SQLite's calls into those of a
// CatalogFiles, which has all that there is to know about them.
//
// Each connection has a layer of its own, registered under a name of its own for as long as the
// connection lives: other users of SQLite in the process do not notice, and the folder that the
// files are in is held open instead of being looked up by its path each time. SQLite is told
// made-up names; any other name, such as one that a journal claims to belong to, does not exist for
// it. Thread rule: a CatalogVfs belongs to its connection; check_pages as Database.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/error.h"
#include "store/catalog/catalog_files.h"
#include "store/catalog/sqlite.h"

namespace holt::store {

class CatalogVfs {
  public:
    /// Null when SQLite has no layer below, for what has nothing to do with files. After a fork the
    /// child's copy is left alone for ever: to take it out of SQLite's list needs a lock that
    /// another thread of the parent may have held.
    static std::shared_ptr<CatalogVfs> make(CatalogFiles files);
    CatalogVfs(const CatalogVfs&) = delete;
    CatalogVfs& operator=(const CatalogVfs&) = delete;
    ~CatalogVfs();

    CatalogFiles& files() noexcept;
    const char* name() const noexcept;           ///< of the layer, for sqlite3_open_v2
    const char* database_name() const noexcept;  ///< of the database in it

    struct Impl;

  private:
    explicit CatalogVfs(std::unique_ptr<Impl> impl) noexcept;
    std::unique_ptr<Impl> impl_;
};

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
