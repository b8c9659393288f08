// What CatalogFiles does with a journal that a killed writer left behind (catalog_undo.h).
#include "store/catalog/catalog_undo.h"

#include <sqlite3.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "fs/sys.h"
#include "store/catalog/catalog_files.h"

namespace holt::store {

namespace sys = fs::sys;

// SQLite found a journal that nobody is writing, and wants to play it back. Only then does it go
// from shared to exclusive at once.
int CatalogFiles::begin_undo() {
    if (writable_) {
        const int r = locks_.raise(database_.get(), SqliteLocks::Level::exclusive);
        if (r == -EAGAIN) return SQLITE_BUSY;
        if (r < 0) return failed(SQLITE_IOERR_LOCK, Part::database, r);
    } else {
        // The shared lock is enough: nobody can write to the database while we have it.
        bool reserved = false;
        if (const int code = is_reserved(reserved); code != SQLITE_OK) return code;
        if (reserved) return SQLITE_BUSY;
        undo_.emplace();
        undo_->in_memory = true;
    }
    undoing_ = true;
    return SQLITE_OK;
}

// It was played back, into the database or into memory, and cannot be removed.
int CatalogFiles::end_undo() {
    if (!undo_) undo_.emplace();
    undo_->done = true;
    // A writer that began meanwhile may yet make another journal of the same file.
    bool reserved = false;
    if (const int code = is_reserved(reserved); code != SQLITE_OK) return code;
    const bool by_another = reserved && locks_.level() == SqliteLocks::Level::shared;
    struct stat stat;
    if (!played_back_ || by_another) return SQLITE_OK;
    if (const int r = sys::fstat(played_back_.get(), &stat); r < 0)
        return failed(SQLITE_IOERR_FSTAT, Part::journal, r);
    undo_->journal = std::move(played_back_);
    undo_->dev = stat.st_dev;
    undo_->ino = stat.st_ino;
    undo_->lasts = true;
    return SQLITE_OK;
}

// Whether the journal that was undone is still there: if not, others have undone it too, and may
// have gone on.
int CatalogFiles::check_undo() {
    if (!undo_) return SQLITE_OK;
    struct stat stat;
    const int r = sys::fstatat(folder_.get(), journal_name_.c_str(), &stat);
    if (r < 0 && r != -ENOENT) return failed(SQLITE_IOERR_ACCESS, Part::journal, r);
    if (r == -ENOENT || stat.st_dev != undo_->dev || stat.st_ino != undo_->ino) undo_.reset();
    return SQLITE_OK;
}

std::optional<int> CatalogFiles::read_undone(void* into, int size, std::uint64_t at) const {
    if (!undone_in_memory()) return std::nullopt;
    if (undo_->size && at >= *undo_->size) {
        std::memset(into, 0, static_cast<std::size_t>(size));
        return SQLITE_IOERR_SHORT_READ;
    }
    const CatalogPage* page = undo_->page_at(at);
    const std::uint64_t offset = at % kCatalogPageSize;
    if (page == nullptr || offset + static_cast<std::uint64_t>(size) > page->size())
        return std::nullopt;
    std::memcpy(into, page->data() + offset, static_cast<std::size_t>(size));
    return SQLITE_OK;
}

}  // namespace holt::store
