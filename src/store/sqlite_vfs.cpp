#include "store/sqlite_vfs.h"

#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <new>

#include "base/endian.h"
#include "codec/zstd/xxhash64.h"
#include "fs/sys.h"

namespace holt::store {
namespace {

using fs::Call;
using Page = std::array<std::uint8_t, kCatalogPageSize>;

constexpr int kPayload = kCatalogPageSize - kPageChecksumSize;

// In the header on page 1 (https://sqlite.org/fileformat2.html#the_database_header).
constexpr int kHeaderSize = 100;
constexpr int kPageSizeAt = 16;  // big-endian u16
constexpr int kReservedBytesAt = 20;
constexpr int kFreshnessAt = 24;  // change counter, page count, free list: 16 bytes
constexpr int kFreshnessSize = 16;

// What SQLite sees as an open file. The file of the layer below follows it in the same allocation.
struct File {
    sqlite3_file base;  // first, as SQLite wants it
    bool checked;       // the database itself, as opposed to its journal and temporary files

    sqlite3_file* below() noexcept { return reinterpret_cast<sqlite3_file*>(this + 1); }
};
static_assert(sizeof(File) % alignof(std::max_align_t) == 0 || sizeof(File) % 8 == 0);

File& file_of(sqlite3_file* file) noexcept {
    return *reinterpret_cast<File*>(file);
}
sqlite3_vfs* below_of(sqlite3_vfs* vfs) noexcept {
    return static_cast<sqlite3_vfs*>(vfs->pAppData);
}

// The errno of the last call that failed in this thread: what SQLite is told when it asks. errno
// itself does not last until then, because SQLite first undoes what it had begun.
thread_local int last_errno = 0;

// True when the fault plan strikes here.
bool struck(Call call, fs::Where where = fs::Where::current()) noexcept {
    const int result = fs::sys::checkpoint(call, where);
    if (result < 0) last_errno = -result;
    return result < 0;
}

// Passes on the result of a call on a file, and keeps its errno if it failed.
int noted(sqlite3_file* below, int code) noexcept {
    if ((code & 0xFF) == SQLITE_IOERR && code != SQLITE_IOERR_SHORT_READ)
        below->pMethods->xFileControl(below, SQLITE_FCNTL_LAST_ERRNO, &last_errno);
    return code;
}

bool is_whole_page(int size, sqlite3_int64 at) noexcept {
    return size == kCatalogPageSize && at % kCatalogPageSize == 0;
}
std::uint64_t page_number(sqlite3_int64 at) noexcept {
    return static_cast<std::uint64_t>(at) / kCatalogPageSize + 1;
}
std::uint64_t stored_checksum(const std::uint8_t* page) noexcept {
    return load_le<std::uint64_t>(page + kPayload);
}
bool verified(const std::uint8_t* page, sqlite3_int64 at) noexcept {
    return page_checksum({page, kPayload}, page_number(at)) == stored_checksum(page);
}

// Writes a page with its checksum, over a copy: SQLite's own buffer is not ours to change.
int write_page(sqlite3_file* below, const std::uint8_t* bytes, sqlite3_int64 at) noexcept {
    Page page;
    std::memcpy(page.data(), bytes, kPayload);
    store_le(page.data() + kPayload, page_checksum({bytes, kPayload}, page_number(at)));
    return noted(below, below->pMethods->xWrite(below, page.data(), kCatalogPageSize, at));
}

// Pages between the end of the file and `at`: SQLite leaves out free pages that it need not write.
int fill_gap(sqlite3_file* below, sqlite3_int64 at) noexcept {
    sqlite3_int64 size = 0;
    if (const int code = noted(below, below->pMethods->xFileSize(below, &size)); code != SQLITE_OK)
        return code;
    static constexpr Page kZeros{};
    size -= size % kCatalogPageSize;
    for (; size < at; size += kCatalogPageSize)
        if (const int code = write_page(below, kZeros.data(), size); code != SQLITE_OK) return code;
    return SQLITE_OK;
}

int close_file(sqlite3_file* file) {
    sqlite3_file* below = file_of(file).below();
    return below->pMethods->xClose(below);
}

int read_file(sqlite3_file* file, void* into, int size, sqlite3_int64 at) {
    File& self = file_of(file);
    sqlite3_file* below = self.below();
    if (struck(Call::pread)) return SQLITE_IOERR_READ;
    const int code = noted(below, below->pMethods->xRead(below, into, size, at));
    if (!self.checked) return code;
    if (code == SQLITE_IOERR_SHORT_READ) {
        // SQLite takes what is missing for zeros. Beyond the end that is right; a part of a page
        // means that the file was cut.
        sqlite3_int64 length = 0;
        const int sized = noted(below, below->pMethods->xFileSize(below, &length));
        if (sized != SQLITE_OK) return sized;
        return at < length ? SQLITE_IOERR_DATA : code;
    }
    if (code != SQLITE_OK) return code;
    if (is_whole_page(size, at))
        return verified(static_cast<const std::uint8_t*>(into), at) ? SQLITE_OK : SQLITE_IOERR_DATA;
    const bool header =
        (at == 0 && size == kHeaderSize) || (at == kFreshnessAt && size == kFreshnessSize);
    // Any other read is of another page size, taken from a damaged header.
    return header ? SQLITE_OK : SQLITE_IOERR_DATA;
}

int write_file(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 at) {
    File& self = file_of(file);
    sqlite3_file* below = self.below();
    if (struck(Call::pwrite)) return last_errno == ENOSPC ? SQLITE_FULL : SQLITE_IOERR_WRITE;
    if (!self.checked) return noted(below, below->pMethods->xWrite(below, bytes, size, at));
    const auto* page = static_cast<const std::uint8_t*>(bytes);
    const bool room = at != 0 || (page[kPageSizeAt] == kCatalogPageSize >> 8 &&
                                  page[kPageSizeAt + 1] == (kCatalogPageSize & 0xFF) &&
                                  page[kReservedBytesAt] == kPageChecksumSize);
    if (!is_whole_page(size, at) || !room) {
        last_errno = EINVAL;
        return SQLITE_IOERR_WRITE;
    }
    if (const int code = fill_gap(below, at); code != SQLITE_OK) return code;
    return write_page(below, page, at);
}

int truncate_file(sqlite3_file* file, sqlite3_int64 size) {
    sqlite3_file* below = file_of(file).below();
    if (struck(Call::truncate)) return SQLITE_IOERR_TRUNCATE;
    return noted(below, below->pMethods->xTruncate(below, size));
}

int sync_file(sqlite3_file* file, int flags) {
    sqlite3_file* below = file_of(file).below();
    if (struck(Call::fsync)) return SQLITE_IOERR_FSYNC;
    return noted(below, below->pMethods->xSync(below, flags));
}

int file_size(sqlite3_file* file, sqlite3_int64* size) {
    sqlite3_file* below = file_of(file).below();
    if (struck(Call::stat)) return SQLITE_IOERR_FSTAT;
    return noted(below, below->pMethods->xFileSize(below, size));
}

int lock_file(sqlite3_file* file, int level) {
    sqlite3_file* below = file_of(file).below();
    if (level == SQLITE_LOCK_SHARED) last_errno = 0;  // something new begins
    if (struck(Call::lock)) return SQLITE_IOERR_LOCK;
    return noted(below, below->pMethods->xLock(below, level));
}

// Never faulted: SQLite cannot act on it, and a lock that stays would only make others wait.
int unlock_file(sqlite3_file* file, int level) {
    sqlite3_file* below = file_of(file).below();
    return below->pMethods->xUnlock(below, level);
}

int check_reserved_lock(sqlite3_file* file, int* held) {
    sqlite3_file* below = file_of(file).below();
    if (struck(Call::lock)) return SQLITE_IOERR_CHECKRESERVEDLOCK;
    return noted(below, below->pMethods->xCheckReservedLock(below, held));
}

int file_control(sqlite3_file* file, int operation, void* argument) {
    sqlite3_file* below = file_of(file).below();
    return below->pMethods->xFileControl(below, operation, argument);
}

int sector_size(sqlite3_file* file) {
    sqlite3_file* below = file_of(file).below();
    return below->pMethods->xSectorSize(below);
}

int device_characteristics(sqlite3_file* file) {
    sqlite3_file* below = file_of(file).below();
    // Without the atomic writes of some file systems there is one way of committing to test.
    constexpr int kAtomic = SQLITE_IOCAP_ATOMIC | SQLITE_IOCAP_ATOMIC512 | SQLITE_IOCAP_ATOMIC1K |
                            SQLITE_IOCAP_ATOMIC2K | SQLITE_IOCAP_ATOMIC4K | SQLITE_IOCAP_ATOMIC8K |
                            SQLITE_IOCAP_ATOMIC16K | SQLITE_IOCAP_ATOMIC32K |
                            SQLITE_IOCAP_ATOMIC64K | SQLITE_IOCAP_BATCH_ATOMIC;
    return below->pMethods->xDeviceCharacteristics(below) & ~kAtomic;
}

// Version 1: no shared memory, hence no WAL, and no mapping that would go around the checksums.
constexpr sqlite3_io_methods kFileMethods = {
    .iVersion = 1,
    .xClose = close_file,
    .xRead = read_file,
    .xWrite = write_file,
    .xTruncate = truncate_file,
    .xSync = sync_file,
    .xFileSize = file_size,
    .xLock = lock_file,
    .xUnlock = unlock_file,
    .xCheckReservedLock = check_reserved_lock,
    .xFileControl = file_control,
    .xSectorSize = sector_size,
    .xDeviceCharacteristics = device_characteristics,
    .xShmMap = nullptr,
    .xShmLock = nullptr,
    .xShmBarrier = nullptr,
    .xShmUnmap = nullptr,
    .xFetch = nullptr,
    .xUnfetch = nullptr,
};

int open_file(sqlite3_vfs* vfs, sqlite3_filename name, sqlite3_file* file, int flags,
              int* flags_out) {
    File& self = *new (file) File{};
    if (struck(Call::open)) return SQLITE_CANTOPEN;
    const int code = below_of(vfs)->xOpen(below_of(vfs), name, self.below(), flags, flags_out);
    if (code != SQLITE_OK) {
        last_errno = errno;
        return code;
    }
    self.checked = (flags & SQLITE_OPEN_MAIN_DB) != 0;
    self.base.pMethods = &kFileMethods;
    return SQLITE_OK;
}

int delete_file(sqlite3_vfs* vfs, const char* name, int sync_folder) {
    if (struck(Call::unlink)) return SQLITE_IOERR_DELETE;
    const int code = below_of(vfs)->xDelete(below_of(vfs), name, sync_folder);
    if (code != SQLITE_OK) last_errno = errno;
    if (code == SQLITE_OK && sync_folder != 0 && struck(Call::fsync)) return SQLITE_IOERR_DIR_FSYNC;
    return code;
}

int access_file(sqlite3_vfs* vfs, const char* name, int flags, int* result) {
    if (struck(Call::stat)) return SQLITE_IOERR_ACCESS;
    const int code = below_of(vfs)->xAccess(below_of(vfs), name, flags, result);
    if (code != SQLITE_OK) last_errno = errno;
    return code;
}

int full_path(sqlite3_vfs* vfs, const char* name, int size, char* out) {
    if (struck(Call::readlink)) return SQLITE_CANTOPEN;
    return below_of(vfs)->xFullPathname(below_of(vfs), name, size, out);
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

int last_error(sqlite3_vfs*, int, char*) {
    return last_errno;
}

// Registered for as long as this code is loaded. The name holds an address: two copies of the
// library in one process do not take each other's.
class Registration {
  public:
    Registration() noexcept {
        // By name: the process may have made another one the default.
        sqlite3_vfs* below = sqlite3_vfs_find("unix");
        if (below == nullptr || below->iVersion < 2) return;
        std::snprintf(name_, sizeof name_, "holt-catalog-%p", static_cast<void*>(this));
        vfs_.iVersion = 2;
        vfs_.szOsFile = static_cast<int>(sizeof(File)) + below->szOsFile;
        vfs_.mxPathname = below->mxPathname;
        vfs_.zName = name_;
        vfs_.pAppData = below;
        vfs_.xOpen = open_file;
        vfs_.xDelete = delete_file;
        vfs_.xAccess = access_file;
        vfs_.xFullPathname = full_path;
        vfs_.xRandomness = randomness;
        vfs_.xSleep = sleep_for;
        vfs_.xCurrentTime = current_time;
        vfs_.xGetLastError = last_error;
        vfs_.xCurrentTimeInt64 = current_time_int64;
        registered_ = sqlite3_vfs_register(&vfs_, 0) == SQLITE_OK;
    }
    ~Registration() {
        if (registered_) sqlite3_vfs_unregister(&vfs_);
    }
    Registration(const Registration&) = delete;
    Registration& operator=(const Registration&) = delete;

    const char* name() const noexcept { return registered_ ? name_ : nullptr; }

  private:
    char name_[48] = {};
    sqlite3_vfs vfs_{};
    bool registered_ = false;
};

}  // namespace

std::uint64_t page_checksum(ByteView page, std::uint64_t number) noexcept {
    std::uint8_t place[sizeof number];
    store_le(place, number);
    zstd::XxHash64 hash;
    hash.update(page);
    hash.update(place);
    return hash.digest();
}

const char* catalog_vfs() noexcept {
    static const Registration registration;
    return registration.name();
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
    Page page;
    for (sqlite3_int64 at = 0; at < size; at += kCatalogPageSize) {
        code = file->pMethods->xRead(file, page.data(), kCatalogPageSize, at);
        if (code == SQLITE_IOERR_DATA)
            check.damaged.push_back(page_number(at));
        else if (code != SQLITE_OK)
            return std::unexpected(database.error(code, kCheck));
    }
    return check;
}

}  // namespace holt::store
