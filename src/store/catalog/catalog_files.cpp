#include "store/catalog/catalog_files.h"

#include <sqlite3.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/guard.h"
#include "fs/range_lock_holders.h"
#include "fs/sys.h"

namespace holt::store {
namespace {

namespace sys = fs::sys;

constexpr Advice kRepairAdvice = Advice::repair_store;
constexpr int kOpenFlags = O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;  // a FIFO must not make us wait
constexpr int kStandardDescriptors = 3;

constexpr int kHeaderSize = 100;
constexpr std::uint64_t kFreshnessAt = 24;  // change counter, page count, free list
constexpr int kFreshnessSize = 16;

// The caller may not change this file, or nobody may.
bool is_refusal(int result) noexcept {
    return result == -EACCES || result == -EPERM || result == -EROFS;
}

// What opening something else than a file gives: a symlink, a folder, a socket or a device.
bool is_no_file(int result) noexcept {
    return result == -ELOOP || result == -EISDIR || result == -ENXIO || result == -ENODEV;
}

bool is_full(int result) noexcept {
    return result == -ENOSPC || result == -EDQUOT;
}

// A standard descriptor that was closed must not come to mean the catalog: whatever is printed
// would be written into it.
int open_file(int folder, const std::string& name, int flags, unsigned mode = 0) {
    const int fd = sys::openat(folder, name.c_str(), flags | kOpenFlags, mode);
    if (fd < 0 || fd >= kStandardDescriptors) return fd;
    const int other = sys::duplicate(fd);
    sys::close(fd);
    return other;
}

bool is_whole_page(int size, std::uint64_t at) noexcept {
    return size == kCatalogPageSize && at % kCatalogPageSize == 0;
}
std::uint64_t page_number(std::uint64_t at) noexcept {
    return at / kCatalogPageSize + 1;
}

}  // namespace

CatalogFiles::CatalogFiles(UniqueFd folder, std::string name, std::string shown)
    : folder_(std::move(folder)),
      name_(std::move(name)),
      journal_name_(name_ + "-journal"),
      shown_(std::move(shown)),
      shown_journal_(shown_ + "-journal"),
      shown_folder_(shown_.substr(0, shown_.rfind('/'))) {}

// --- What went wrong ---

int CatalogFiles::failed(int code, Part part, int result) noexcept {
    return refused(code, part, Trouble::system, -result);
}

int CatalogFiles::refused(int code, Part part, Trouble trouble, int err) noexcept {
    trouble_ = trouble;
    part_ = part;
    errno_ = err;
    return code;
}

const std::string& CatalogFiles::shown(Part part) const noexcept {
    switch (part) {
        case Part::database:
            break;
        case Part::journal:
            return shown_journal_;
        case Part::folder:
            return shown_folder_;
    }
    return shown_;
}

std::optional<Error> CatalogFiles::explain(const std::string& operation) const {
    switch (trouble_) {
        case Trouble::none:
            break;
        case Trouble::system:
            return fail_errno(errno_, operation, shown(part_)).error();
        case Trouble::missing:
            return fail(ErrorKind::corrupt, operation, shown(part_), "it is missing", kRepairAdvice)
                .error();
        case Trouble::no_file:
            return fail(ErrorKind::corrupt, operation, shown(part_), "it is no regular file",
                        kRepairAdvice)
                .error();
        case Trouble::replaced:
            return fail(ErrorKind::busy, operation, shown(part_),
                        "a repair put another catalog in its place", "run it again")
                .error();
    }
    return std::nullopt;
}

std::vector<std::string> CatalogFiles::lock_holders() const {
    return fs::range_lock_holders(database_.get());
}

// --- The database ---

int CatalogFiles::open_database(Missing missing) {
    trouble_ = Trouble::none;
    int fd =
        open_file(folder_.get(), name_, O_RDWR | (missing == Missing::make ? O_CREAT : 0), 0666);
    writable_ = fd >= 0;
    if (is_refusal(fd) && missing == Missing::error) fd = open_file(folder_.get(), name_, O_RDONLY);
    if (fd == -ENOENT) return refused(SQLITE_CANTOPEN, Part::database, Trouble::missing, ENOENT);
    if (is_no_file(fd)) return refused(SQLITE_CANTOPEN, Part::database, Trouble::no_file, -fd);
    if (fd < 0) return failed(SQLITE_CANTOPEN, Part::database, fd);
    database_ = UniqueFd(fd);
    struct stat stat;
    if (const int r = sys::fstat(fd, &stat); r < 0) {
        database_.reset();
        return failed(SQLITE_CANTOPEN, Part::database, r);
    }
    if (!S_ISREG(stat.st_mode)) {
        database_.reset();
        return refused(SQLITE_CANTOPEN, Part::database, Trouble::no_file);
    }
    dev_ = stat.st_dev;
    ino_ = stat.st_ino;
    mode_ = stat.st_mode & 0777;
    uid_ = stat.st_uid;
    gid_ = stat.st_gid;
    return SQLITE_OK;
}

void CatalogFiles::close_database() noexcept {
    unlock_database(SqliteLocks::Level::none);
    database_.reset();
}

int CatalogFiles::read_database(void* into, int size, std::uint64_t at) {
    if (const std::optional<int> code = read_undone(into, size, at)) return *code;
    const int code = read_at(database_.get(), Part::database, into, size, at);
    if (code == SQLITE_IOERR_SHORT_READ) {
        // SQLite takes what is missing for zeros. Beyond the end that is right; a part of a page
        // means that the file was cut.
        std::uint64_t length = 0;
        const int sized = database_size(length);
        if (sized != SQLITE_OK) return sized;
        return at < length ? SQLITE_IOERR_DATA : code;
    }
    if (code != SQLITE_OK) return code;
    if (is_whole_page(size, at))
        return !guard("checksum of a page") ||
                       has_checksum(static_cast<const std::uint8_t*>(into), page_number(at))
                   ? SQLITE_OK
                   : SQLITE_IOERR_DATA;
    const bool header =
        (at == 0 && size == kHeaderSize) || (at == kFreshnessAt && size == kFreshnessSize);
    // Any other read is of another page size, taken from a damaged header.
    return header ? SQLITE_OK : SQLITE_IOERR_DATA;
}

int CatalogFiles::write_database(const void* bytes, int size, std::uint64_t at) {
    const auto* page = static_cast<const std::uint8_t*>(bytes);
    if (!is_whole_page(size, at) || (at == 0 && !has_room_for_checksums(page)))
        return failed(SQLITE_IOERR_WRITE, Part::database, -EINVAL);
    const CatalogPage out = with_checksum(page, page_number(at));
    if (undone_in_memory()) {
        undo_->pages.insert_or_assign(page_number(at), out);
        if (undo_->size) undo_->size = std::max(*undo_->size, at + out.size());
        return SQLITE_OK;
    }
    if (const int code = fill_gap(at); code != SQLITE_OK) return code;
    const int code = write_at(database_.get(), Part::database, out.data(), out.size(), at);
    if (code != SQLITE_OK)
        end_.reset();
    else
        end_ = std::max(*end_, at + kCatalogPageSize);
    return code;
}

// Pages between the end of the file and `at`: SQLite leaves out free pages that it need not write.
int CatalogFiles::fill_gap(std::uint64_t at) {
    if (!end_) {
        std::uint64_t size = 0;
        if (const int code = database_size(size); code != SQLITE_OK) return code;
        end_ = size - size % kCatalogPageSize;
    }
    static constexpr CatalogPage kZeros{};
    while (*end_ < at) {
        const CatalogPage page = with_checksum(kZeros.data(), page_number(*end_));
        const int code = write_at(database_.get(), Part::database, page.data(), page.size(), *end_);
        if (code != SQLITE_OK) return code;
        *end_ += kCatalogPageSize;
    }
    return SQLITE_OK;
}

int CatalogFiles::truncate_database(std::uint64_t size) {
    if (undone_in_memory()) {
        undo_->size = size;
        return SQLITE_OK;
    }
    end_.reset();
    const int r = sys::ftruncate(database_.get(), size);
    return r < 0 ? failed(SQLITE_IOERR_TRUNCATE, Part::database, r) : SQLITE_OK;
}

int CatalogFiles::sync_database() {
    if (undone_in_memory()) return SQLITE_OK;
    // After a failure the kernel forgets which pages it could not write, and the next fsync would
    // say that all is well. The journal stays; who opens the catalog next undoes the commit.
    if (!guard("fsync of the catalog")) return SQLITE_OK;
    const int r = sync_failed_ < 0 ? sync_failed_ : sys::fdatasync(database_.get());
    sync_failed_ = r;
    return r < 0 ? failed(SQLITE_IOERR_FSYNC, Part::database, r) : SQLITE_OK;
}

int CatalogFiles::database_size(std::uint64_t& size) {
    if (undone_in_memory() && undo_->size) {
        size = *undo_->size;
        return SQLITE_OK;
    }
    struct stat stat;
    const int r = sys::fstat(database_.get(), &stat);
    if (r < 0) return failed(SQLITE_IOERR_FSTAT, Part::database, r);
    size = static_cast<std::uint64_t>(stat.st_size);
    return SQLITE_OK;
}

int CatalogFiles::lock_database(SqliteLocks::Level level) {
    using Level = SqliteLocks::Level;
    if (locks_.level() == Level::none) return begin_transaction();
    if (level == Level::exclusive && locks_.level() == Level::shared) return begin_undo();
    if (level >= Level::reserved && (!writable_ || undo_)) return SQLITE_READONLY;
    const int r = locks_.raise(database_.get(), level);
    if (r == -EAGAIN) return SQLITE_BUSY;
    return r < 0 ? failed(SQLITE_IOERR_LOCK, Part::database, r) : SQLITE_OK;
}

void CatalogFiles::unlock_database(SqliteLocks::Level level) noexcept {
    locks_.lower(database_.get(), level);
    end_.reset();
    undoing_ = false;
    played_back_.reset();
    if (level == SqliteLocks::Level::none && undo_ && !undo_->lasts) undo_.reset();
}

int CatalogFiles::is_reserved(bool& reserved) {
    reserved = locks_.level() >= SqliteLocks::Level::reserved;
    if (reserved) return SQLITE_OK;
    const int r = SqliteLocks::reserved_by_another(database_.get());
    if (r < 0) return failed(SQLITE_IOERR_CHECKRESERVEDLOCK, Part::database, r);
    reserved = r == 1;
    return SQLITE_OK;
}

int CatalogFiles::begin_transaction() {
    trouble_ = Trouble::none;
    const int r = locks_.raise(database_.get(), SqliteLocks::Level::shared);
    if (r == -EAGAIN) return SQLITE_BUSY;
    if (r < 0) return failed(SQLITE_IOERR_LOCK, Part::database, r);
    int code = check_identity();
    if (code == SQLITE_OK) code = check_undo();
    if (code != SQLITE_OK) unlock_database(SqliteLocks::Level::none);
    return code;
}

int CatalogFiles::check_identity() {
    bool replaced = false;
    if (const int code = is_replaced(replaced); code != SQLITE_OK) return code;
    if (!replaced) return SQLITE_OK;
    return refused(SQLITE_READONLY_DBMOVED, Part::database, Trouble::replaced);
}

int CatalogFiles::is_replaced(bool& replaced) {
    struct stat named;
    const int r = sys::fstatat(folder_.get(), name_.c_str(), &named);
    replaced = r == -ENOENT || (r == 0 && (named.st_dev != dev_ || named.st_ino != ino_));
    return r < 0 && !replaced ? failed(SQLITE_IOERR_FSTAT, Part::database, r) : SQLITE_OK;
}

// --- Its journal ---

int CatalogFiles::journal_exists(bool& exists) {
    exists = false;
    if (undo_ && undo_->done) return SQLITE_OK;
    struct stat stat;
    const int r = sys::fstatat(folder_.get(), journal_name_.c_str(), &stat);
    if (r == -ENOENT) return SQLITE_OK;
    if (r < 0) return failed(SQLITE_IOERR_ACCESS, Part::journal, r);
    exists = !S_ISREG(stat.st_mode) || stat.st_size > 0;
    return SQLITE_OK;
}

int CatalogFiles::open_journal(JournalUse use) {
    int fd = -EACCES;
    if (use != JournalUse::read && !undone_in_memory())
        fd = open_file(folder_.get(), journal_name_,
                       O_RDWR | (use == JournalUse::record ? O_CREAT : 0), mode_);
    journal_writable_ = fd >= 0;
    if (is_refusal(fd) && use != JournalUse::record)
        fd = open_file(folder_.get(), journal_name_, O_RDONLY);
    // Who has just committed removed it; SQLite looks again.
    if (fd == -ENOENT && use != JournalUse::record) return SQLITE_CANTOPEN;
    if (is_no_file(fd)) return refused(SQLITE_CANTOPEN, Part::journal, Trouble::no_file, -fd);
    if (fd < 0) return failed(SQLITE_CANTOPEN, Part::journal, fd);
    journal_ = UniqueFd(fd);
    struct stat stat;
    if (const int r = sys::fstat(fd, &stat); r < 0) {
        journal_.reset();
        return failed(SQLITE_CANTOPEN, Part::journal, r);
    }
    if (!S_ISREG(stat.st_mode)) {
        journal_.reset();
        return refused(SQLITE_CANTOPEN, Part::journal, Trouble::no_file);
    }
    journal_name_is_new_ = use == JournalUse::record;
    if (journal_name_is_new_ && (stat.st_mode & 0777) != mode_) (void)sys::fchmod(fd, mode_);
    // Whoever may write the database must be able to undo what we leave behind. It is no error
    // where it cannot be given: an ordinary user's store is their own.
    if (journal_name_is_new_ && (stat.st_uid != uid_ || stat.st_gid != gid_))
        (void)sys::fchown(fd, uid_, gid_);
    return SQLITE_OK;
}

void CatalogFiles::close_journal() noexcept {
    if (undoing_) played_back_ = std::move(journal_);
    journal_.reset();
    journal_name_is_new_ = false;
}

int CatalogFiles::read_journal(void* into, int size, std::uint64_t at) {
    return read_at(journal_.get(), Part::journal, into, size, at);
}

int CatalogFiles::write_journal(const void* bytes, int size, std::uint64_t at) {
    if (!journal_writable_) return SQLITE_READONLY;
    return write_at(journal_.get(), Part::journal, bytes, static_cast<std::size_t>(size), at);
}

int CatalogFiles::truncate_journal(std::uint64_t size) {
    if (!journal_writable_) return SQLITE_READONLY;
    const int r = sys::ftruncate(journal_.get(), size);
    return r < 0 ? failed(SQLITE_IOERR_TRUNCATE, Part::journal, r) : SQLITE_OK;
}

int CatalogFiles::sync_journal() {
    if (!journal_writable_) return SQLITE_OK;  // another's, being played back in memory
    if (!guard("fsync of the journal")) return SQLITE_OK;
    if (const int r = sys::fdatasync(journal_.get()); r < 0)
        return failed(SQLITE_IOERR_FSYNC, Part::journal, r);
    if (!journal_name_is_new_) return SQLITE_OK;
    const int code = sync_folder();
    journal_name_is_new_ = code != SQLITE_OK;
    return code;
}

int CatalogFiles::journal_size(std::uint64_t& size) {
    struct stat stat;
    const int r = sys::fstat(journal_.get(), &stat);
    if (r < 0) return failed(SQLITE_IOERR_FSTAT, Part::journal, r);
    size = static_cast<std::uint64_t>(stat.st_size);
    return SQLITE_OK;
}

// The commit of a transaction, and the end of an undo.
int CatalogFiles::delete_journal(Folder folder) {
    if (undone_in_memory()) return end_undo();
    const int r = sys::unlinkat(folder_.get(), journal_name_.c_str());
    if (r == -ENOENT) return SQLITE_IOERR_DELETE_NOENT;
    if (is_refusal(r) && undoing_) return end_undo();
    if (r < 0) return failed(SQLITE_IOERR_DELETE, Part::journal, r);
    return folder == Folder::sync ? sync_folder() : SQLITE_OK;
}

int CatalogFiles::sync_folder() {
    if (!guard("fsync of the catalog's folder")) return SQLITE_OK;
    const int r = sys::fsync(folder_.get());
    return r < 0 ? failed(SQLITE_IOERR_DIR_FSYNC, Part::folder, r) : SQLITE_OK;
}

// --- Bytes ---

int CatalogFiles::read_at(int fd, Part part, void* into, int size, std::uint64_t at) {
    auto* bytes = static_cast<std::uint8_t*>(into);
    auto left = static_cast<std::size_t>(size);
    while (left > 0) {
        const ssize_t got = sys::pread(fd, bytes, left, at);
        if (got < 0) return failed(SQLITE_IOERR_READ, part, static_cast<int>(got));
        if (got == 0) break;
        bytes += got;
        at += static_cast<std::uint64_t>(got);
        left -= static_cast<std::size_t>(got);
    }
    if (left == 0) return SQLITE_OK;
    std::memset(bytes, 0, left);
    return SQLITE_IOERR_SHORT_READ;
}

int CatalogFiles::write_at(int fd, Part part, const void* from, std::size_t left,
                           std::uint64_t at) {
    const auto* bytes = static_cast<const std::uint8_t*>(from);
    while (left > 0) {
        const ssize_t done = sys::pwrite(fd, bytes, left, at);
        const int r = done == 0 ? -ENOSPC : static_cast<int>(std::min<ssize_t>(done, 0));
        if (r < 0) return failed(is_full(r) ? SQLITE_FULL : SQLITE_IOERR_WRITE, part, r);
        bytes += done;
        at += static_cast<std::uint64_t>(done);
        left -= static_cast<std::size_t>(done);
    }
    return SQLITE_OK;
}

}  // namespace holt::store
