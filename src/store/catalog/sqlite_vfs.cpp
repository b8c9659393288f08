#include "store/catalog/sqlite_vfs.h"

#include <sqlite3.h>

#include <cstdio>
#include <cstring>
#include <new>
#include <string_view>
#include <utility>

#include "base/process.h"

namespace holt::store {
namespace {

constexpr std::string_view kDatabase = "catalog", kJournal = "catalog-journal";

// What SQLite sees as an open file.
struct File {
    sqlite3_file base;  // first, as SQLite wants it
    CatalogFiles* files;
};

CatalogFiles& files_of(sqlite3_file* file) noexcept {
    return *reinterpret_cast<File*>(file)->files;
}

std::uint64_t offset(sqlite3_int64 at) noexcept {
    return static_cast<std::uint64_t>(at);
}

SqliteLocks::Level to_level(int level) noexcept {
    static_assert(SQLITE_LOCK_NONE == static_cast<int>(SqliteLocks::Level::none) &&
                  SQLITE_LOCK_EXCLUSIVE == static_cast<int>(SqliteLocks::Level::exclusive));
    return static_cast<SqliteLocks::Level>(level);
}

int size_out(int code, std::uint64_t size, sqlite3_int64* out) noexcept {
    *out = static_cast<sqlite3_int64>(size);
    return code;
}

// --- The database ---

int close_database(sqlite3_file* file) {
    files_of(file).close_database();
    return SQLITE_OK;
}
int read_database(sqlite3_file* file, void* into, int size, sqlite3_int64 at) {
    return files_of(file).read_database(into, size, offset(at));
}
int write_database(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 at) {
    return files_of(file).write_database(bytes, size, offset(at));
}
int truncate_database(sqlite3_file* file, sqlite3_int64 size) {
    return files_of(file).truncate_database(offset(size));
}
int sync_database(sqlite3_file* file, int) {
    return files_of(file).sync_database();
}
int database_size(sqlite3_file* file, sqlite3_int64* out) {
    std::uint64_t size = 0;
    const int code = files_of(file).database_size(size);
    return size_out(code, size, out);
}
int lock_database(sqlite3_file* file, int level) {
    return files_of(file).lock_database(to_level(level));
}
int unlock_database(sqlite3_file* file, int level) {
    files_of(file).unlock_database(to_level(level));
    return SQLITE_OK;
}
int check_reserved_lock(sqlite3_file* file, int* out) {
    bool reserved = false;
    const int code = files_of(file).is_reserved(reserved);
    *out = reserved;
    return code;
}
int control_database(sqlite3_file* file, int operation, void* argument) {
    if (operation == SQLITE_FCNTL_LAST_ERRNO) {
        *static_cast<int*>(argument) = files_of(file).last_errno();
        return SQLITE_OK;
    }
    if (operation != SQLITE_FCNTL_HAS_MOVED) return SQLITE_NOTFOUND;
    bool replaced = false;
    const int code = files_of(file).is_replaced(replaced);
    *static_cast<int*>(argument) = replaced;
    return code;
}

// --- Its journal ---

int close_journal(sqlite3_file* file) {
    files_of(file).close_journal();
    return SQLITE_OK;
}
int read_journal(sqlite3_file* file, void* into, int size, sqlite3_int64 at) {
    return files_of(file).read_journal(into, size, offset(at));
}
int write_journal(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 at) {
    return files_of(file).write_journal(bytes, size, offset(at));
}
int truncate_journal(sqlite3_file* file, sqlite3_int64 size) {
    return files_of(file).truncate_journal(offset(size));
}
int sync_journal(sqlite3_file* file, int) {
    return files_of(file).sync_journal();
}
int journal_size(sqlite3_file* file, sqlite3_int64* out) {
    std::uint64_t size = 0;
    const int code = files_of(file).journal_size(size);
    return size_out(code, size, out);
}
int lock_nothing(sqlite3_file*, int) {
    return SQLITE_OK;
}
int nothing_reserved(sqlite3_file*, int* out) {
    *out = 0;
    return SQLITE_OK;
}
int control_nothing(sqlite3_file*, int, void*) {
    return SQLITE_NOTFOUND;
}

// --- Both ---

int sector_size(sqlite3_file*) {
    return kCatalogPageSize;
}
// A write that a power cut interrupts changes no bytes beside its own. Without the atomic writes of
// some file systems there is one way of committing to test.
int device_characteristics(sqlite3_file*) {
    return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

// Version 1: no shared memory, hence no WAL, and no mapping that would go around the checksums.
constexpr sqlite3_io_methods make_methods() noexcept {
    sqlite3_io_methods methods = {};
    methods.iVersion = 1;
    methods.xSectorSize = sector_size;
    methods.xDeviceCharacteristics = device_characteristics;
    return methods;
}

constexpr sqlite3_io_methods kDatabaseMethods = [] {
    sqlite3_io_methods methods = make_methods();
    methods.xClose = close_database;
    methods.xRead = read_database;
    methods.xWrite = write_database;
    methods.xTruncate = truncate_database;
    methods.xSync = sync_database;
    methods.xFileSize = database_size;
    methods.xLock = lock_database;
    methods.xUnlock = unlock_database;
    methods.xCheckReservedLock = check_reserved_lock;
    methods.xFileControl = control_database;
    return methods;
}();

constexpr sqlite3_io_methods kJournalMethods = [] {
    sqlite3_io_methods methods = make_methods();
    methods.xClose = close_journal;
    methods.xRead = read_journal;
    methods.xWrite = write_journal;
    methods.xTruncate = truncate_journal;
    methods.xSync = sync_journal;
    methods.xFileSize = journal_size;
    methods.xLock = lock_nothing;
    methods.xUnlock = lock_nothing;
    methods.xCheckReservedLock = nothing_reserved;
    methods.xFileControl = control_nothing;
    return methods;
}();

}  // namespace

struct CatalogVfs::Impl {
    explicit Impl(CatalogFiles files_in) : files(std::move(files_in)) {}

    CatalogFiles files;
    sqlite3_vfs* below = nullptr;  // for random numbers and the time
    int process = current_process();
    char name[48] = {};
    sqlite3_vfs vfs{};
};

namespace {

CatalogVfs::Impl& impl_of(sqlite3_vfs* vfs) noexcept {
    return *static_cast<CatalogVfs::Impl*>(vfs->pAppData);
}
sqlite3_vfs* below_of(sqlite3_vfs* vfs) noexcept {
    return impl_of(vfs).below;
}

// Temporary files are kept in memory (PRAGMA temp_store), and no database has another one attached:
// there are the two files only.
int open_file(sqlite3_vfs* vfs, sqlite3_filename, sqlite3_file* file, int flags, int* flags_out) {
    CatalogFiles& files = impl_of(vfs).files;
    File& self = *new (file) File{};
    self.files = &files;
    // Reported as asked for, also where it cannot be written: only so does SQLite undo an
    // interrupted commit, and whoever wants to write is refused the lock.
    if (flags_out != nullptr) *flags_out = flags;
    const bool make = (flags & SQLITE_OPEN_CREATE) != 0;
    int code = SQLITE_CANTOPEN;
    if ((flags & SQLITE_OPEN_MAIN_DB) != 0) {
        code =
            files.open_database(make ? CatalogFiles::Missing::make : CatalogFiles::Missing::error);
        if (code == SQLITE_OK) self.base.pMethods = &kDatabaseMethods;
    } else if ((flags & SQLITE_OPEN_MAIN_JOURNAL) != 0) {
        const bool write = (flags & SQLITE_OPEN_READWRITE) != 0;
        code = files.open_journal(make    ? CatalogFiles::JournalUse::record
                                  : write ? CatalogFiles::JournalUse::play_back
                                          : CatalogFiles::JournalUse::read);
        if (code == SQLITE_OK) self.base.pMethods = &kJournalMethods;
    }
    return code;
}

int delete_file(sqlite3_vfs* vfs, const char* name, int sync_folder) {
    if (name != kJournal) return SQLITE_IOERR_DELETE;
    return impl_of(vfs).files.delete_journal(sync_folder != 0 ? CatalogFiles::Folder::sync
                                                              : CatalogFiles::Folder::leave);
}

int access_file(sqlite3_vfs* vfs, const char* name, int, int* result) {
    *result = 0;
    if (name != kJournal) return SQLITE_OK;
    bool exists = false;
    const int code = impl_of(vfs).files.journal_exists(exists);
    *result = exists;
    return code;
}

int full_path(sqlite3_vfs*, const char* name, int size, char* out) {
    const int length = std::snprintf(out, static_cast<std::size_t>(size), "%s", name);
    return length < size ? SQLITE_OK : SQLITE_CANTOPEN;
}

int randomness(sqlite3_vfs* vfs, int size, char* out) {
    return below_of(vfs)->xRandomness(below_of(vfs), size, out);
}

int sleep_for(sqlite3_vfs* vfs, int microseconds) {
    return below_of(vfs)->xSleep(below_of(vfs), microseconds);
}

int current_time(sqlite3_vfs* vfs, double* now) {
    return below_of(vfs)->xCurrentTime(below_of(vfs), now);
}

int current_time_int64(sqlite3_vfs* vfs, sqlite3_int64* now) {
    return below_of(vfs)->xCurrentTimeInt64(below_of(vfs), now);
}

int last_error(sqlite3_vfs* vfs, int, char*) {
    return impl_of(vfs).files.last_errno();
}

bool register_layer(CatalogVfs::Impl& impl) noexcept {
    // By name: the process may have made another one the default.
    impl.below = sqlite3_vfs_find("unix");
    if (impl.below == nullptr || impl.below->iVersion < 2) return false;
    // With its address, which nothing else that is registered has.
    std::snprintf(impl.name, sizeof impl.name, "holt-catalog-%p", static_cast<void*>(&impl));
    sqlite3_vfs& vfs = impl.vfs;
    vfs.iVersion = 2;
    vfs.szOsFile = static_cast<int>(sizeof(File));
    vfs.mxPathname = static_cast<int>(2 * kJournal.size());
    vfs.zName = impl.name;
    vfs.pAppData = &impl;
    vfs.xOpen = open_file;
    vfs.xDelete = delete_file;
    vfs.xAccess = access_file;
    vfs.xFullPathname = full_path;
    vfs.xRandomness = randomness;
    vfs.xSleep = sleep_for;
    vfs.xCurrentTime = current_time;
    vfs.xGetLastError = last_error;
    vfs.xCurrentTimeInt64 = current_time_int64;
    return sqlite3_vfs_register(&vfs, 0) == SQLITE_OK;
}

}  // namespace

CatalogVfs::CatalogVfs(std::unique_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}

CatalogVfs::~CatalogVfs() {
    if (impl_->process == current_process())
        sqlite3_vfs_unregister(&impl_->vfs);
    else
        static_cast<void>(impl_.release());
}

std::shared_ptr<CatalogVfs> CatalogVfs::make(CatalogFiles files) {
    auto impl = std::make_unique<Impl>(std::move(files));
    if (!register_layer(*impl)) return nullptr;
    return std::shared_ptr<CatalogVfs>(new CatalogVfs(std::move(impl)));
}

CatalogFiles& CatalogVfs::files() noexcept {
    return impl_->files;
}
const char* CatalogVfs::name() const noexcept {
    return impl_->name;
}
const char* CatalogVfs::database_name() const noexcept {
    return kDatabase.data();
}

Status reserve_page_checksums(Database& database) {
    int bytes = kPageChecksumSize;
    const int code =
        sqlite3_file_control(database.handle(), "main", SQLITE_FCNTL_RESERVE_BYTES, &bytes);
    if (code != SQLITE_OK) return std::unexpected(database.error(code, "make catalog"));
    return {};
}

Result<PageCheck> check_pages(Database& database, std::uint64_t pages) {
    constexpr const char* kCheck = "check catalog";
    sqlite3_file* file = nullptr;
    int code = sqlite3_file_control(database.handle(), "main", SQLITE_FCNTL_FILE_POINTER, &file);
    sqlite3_int64 size = 0;
    if (code == SQLITE_OK) code = file->pMethods->xFileSize(file, &size);
    if (code != SQLITE_OK) return std::unexpected(database.error(code, kCheck));

    PageCheck check;
    check.wrong_length = static_cast<std::uint64_t>(size) != pages * kCatalogPageSize;
    CatalogPage page;
    for (sqlite3_int64 at = 0; at < size; at += kCatalogPageSize) {
        code = file->pMethods->xRead(file, page.data(), kCatalogPageSize, at);
        if (code == SQLITE_IOERR_DATA)
            check.damaged.push_back(static_cast<std::uint64_t>(at) / kCatalogPageSize + 1);
        else if (code != SQLITE_OK)
            return std::unexpected(database.error(code, kCheck));
    }
    return check;
}

}  // namespace holt::store
