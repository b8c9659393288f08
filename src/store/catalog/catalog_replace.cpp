// A rebuilt catalog: made beside the one in use, and put in its place in one step.
//
// A reader holds SQLite's shared lock on the file that it reads for as long as a transaction lasts,
// and asks at its beginning whether that file is still the catalog (catalog_files.h). So the name
// is moved under SQLite's exclusive lock on the old file: nobody is reading it then, and whoever
// comes later, or was between two transactions, is told. The lock needs no readable database, only
// the file.
#include <cerrno>
#include <optional>
#include <string>
#include <utility>

#include "base/process.h"
#include "fs/file.h"
#include "fs/paths.h"
#include "fs/range_lock_holders.h"
#include "fs/sys.h"
#include "store/catalog/catalog_impl.h"
#include "store/catalog/sqlite_locks.h"

namespace holt::store {
namespace {

constexpr const char* kRebuilt = "rebuilt.db";
constexpr const char* kCatalog = StoreFolder::kCatalogName;
constexpr const char* kReplace = "replace catalog";

std::string journal_of(const std::string& name) {
    return name + "-journal";
}

// The old catalog's file, under SQLite's exclusive lock until this goes.
class ExcludedReaders {
  public:
    // Nothing to exclude anyone from is fine.
    static Result<ExcludedReaders> hold(const StoreFolder& folder, const fs::LockWait& wait) {
        ExcludedReaders excluded;
        const int fd = fs::sys::openat(folder.fd(), kCatalog, O_RDWR | O_NOFOLLOW | O_NONBLOCK);
        if (fd == -ENOENT) return excluded;
        if (fd < 0) return fail_errno(-fd, kReplace, folder.catalog_path());
        excluded.file_ = UniqueFd(fd);
        using Level = SqliteLocks::Level;
        for (const Level level : {Level::shared, Level::reserved, Level::exclusive})
            HOLT_TRY(excluded.raise(level, folder.catalog_path(), wait));
        return excluded;
    }

    ExcludedReaders(ExcludedReaders&&) noexcept = default;
    ExcludedReaders& operator=(ExcludedReaders&&) = delete;
    ~ExcludedReaders() {
        // Closing alone would leave the lock with a child that was forked meanwhile.
        if (file_) locks_.lower(file_.get(), SqliteLocks::Level::none);
    }

  private:
    ExcludedReaders() noexcept = default;

    Status raise(SqliteLocks::Level level, const std::string& shown, const fs::LockWait& wait) {
        for (fs::LockWaiter waiter(wait);;) {
            const int r = locks_.raise(file_.get(), level);
            if (r == 0) return {};
            if (r != -EAGAIN) return fail_errno(-r, kReplace, shown);
            switch (waiter.pause()) {
                case fs::LockWaiter::Verdict::again:
                    break;
                case fs::LockWaiter::Verdict::timed_out:
                    return fail(ErrorKind::busy, kReplace, shown, "it is being read" + readers(),
                                Advice::wait_longer);
                case fs::LockWaiter::Verdict::cancelled:
                    return fs::cancelled_waiting(shown);
            }
        }
    }

    // " by pid 4711 (holt verify)", or nothing.
    std::string readers() const {
        std::string text;
        for (const std::string& one : fs::range_lock_holders(file_.get()))
            if (!one.starts_with("pid " + std::to_string(current_process()) + " "))
                text += (text.empty() ? " by " : ", ") + one;
        return text;
    }

    UniqueFd file_;
    SqliteLocks locks_;
};

// What an earlier rebuild left.
Status remove_rebuilt(int tmp, const std::string& path) {
    HOLT_TRY(fs::unlink_file(tmp, kRebuilt, path));
    HOLT_TRY(fs::unlink_file(tmp, journal_of(kRebuilt), journal_of(path)));
    return {};
}

}  // namespace

RebuiltFiles::~RebuiltFiles() {
    // What cannot be removed is removed by the next rebuild.
    if (tmp_ && process_ == current_process())
        static_cast<void>(remove_rebuilt(tmp_.get(), kRebuilt));
}

Result<Catalog> Catalog::create_beside(const StoreFolder& folder, const fs::LockWait& wait) {
    HOLT_TRY_LET(tmp, folder.open_part("tmp"));
    const std::string path = folder.shown("tmp/") + kRebuilt;
    HOLT_TRY(remove_rebuilt(tmp.get(), path));
    HOLT_TRY_LET(own, fs::duplicate(tmp.get(), path));
    RebuiltFiles files(std::move(tmp));
    HOLT_TRY_LET(database, open_catalog_database(std::move(own), kRebuilt, path,
                                                 {.mode = Database::Mode::create, .wait = wait}));
    HOLT_TRY(create_catalog(database));
    auto impl = std::make_unique<Impl>(std::move(database));
    impl->files = std::move(files);
    return Catalog(std::move(impl));
}

Status Catalog::replace_with(Catalog rebuilt, const StoreFolder& folder) {
    const fs::LockWait wait = rebuilt.impl_->db.options().wait;
    RebuiltFiles files = std::move(rebuilt.impl_->files);
    rebuilt.impl_.reset();  // closes the database: its journal is gone by now
    HOLT_TRY(folder.put_aside_what_is_no_catalog());
    HOLT_TRY_LET(excluded, ExcludedReaders::hold(folder, wait));
    // A journal that the old catalog left must not be rolled back into the new one.
    HOLT_TRY(fs::unlink_file(folder.fd(), journal_of(kCatalog), journal_of(folder.catalog_path())));
    HOLT_TRY(fs::sync_fd(folder.fd(), folder.path()));
    HOLT_TRY(
        fs::rename_replace(files.tmp(), kRebuilt, folder.fd(), kCatalog, folder.catalog_path()));
    files.keep();
    return fs::sync_fd(folder.fd(), folder.path());
}

}  // namespace holt::store
