// A rebuilt catalog: made beside the one in use, and put in its place in one step.
#include <string>
#include <utility>

#include "fs/file.h"
#include "fs/paths.h"
#include "store/catalog_impl.h"
#include "store/sqlite_vfs.h"

namespace holt::store {
namespace {

constexpr const char* kRebuilt = "rebuilt.db";
constexpr const char* kCatalog = "catalog.db";

std::string journal_of(const std::string& name) {
    return name + "-journal";
}

}  // namespace

Result<Catalog> Catalog::create_beside(const StoreFolder& folder) {
    HOLT_TRY_LET(tmp, folder.open_part("tmp"));
    const std::string path = folder.shown("tmp/") + kRebuilt;
    HOLT_TRY(fs::unlink_file(tmp.get(), kRebuilt, path));
    HOLT_TRY(fs::unlink_file(tmp.get(), journal_of(kRebuilt), journal_of(path)));
    HOLT_TRY_LET(database, open_catalog_database(path, {.mode = Database::Mode::create,
                                                        .lock_timeout = std::chrono::seconds(1),
                                                        .holders = {}}));
    HOLT_TRY(create_catalog(database));
    return Catalog(std::make_unique<Impl>(std::move(database)));
}

Status Catalog::replace_with(Catalog rebuilt, const StoreFolder& folder) {
    rebuilt.impl_.reset();  // closes the database: its journal is gone by now
    HOLT_TRY_LET(tmp, folder.open_part("tmp"));
    // A journal that the old catalog left must not be rolled back into the new one.
    HOLT_TRY(fs::unlink_file(folder.fd(), journal_of(kCatalog), journal_of(folder.catalog_path())));
    HOLT_TRY(fs::sync_fd(folder.fd(), folder.path()));
    HOLT_TRY(fs::rename_replace(tmp.get(), kRebuilt, folder.fd(), kCatalog, folder.catalog_path()));
    return fs::sync_fd(folder.fd(), folder.path());
}

}  // namespace holt::store
