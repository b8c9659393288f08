#include "store/catalog/sqlite.h"

#include <sqlite3.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <utility>
#include <vector>

#include "base/process.h"
#include "store/catalog/sqlite_vfs.h"

namespace holt::store {
namespace {

constexpr const char* kOpenCatalog = "open catalog";
constexpr const char* kReadCatalog = "read catalog";
constexpr const char* kWriteCatalog = "write catalog";
constexpr Advice kRepairAdvice = Advice::repair_store;

}  // namespace

struct Database::Impl {
    sqlite3* db = nullptr;
    std::string path;
    Options options;
    int process = current_process();
    std::optional<fs::LockWaiter> waiter{};
    struct Kept {
        const char* sql;
        sqlite3_stmt* statement;
        bool borrowed;
    };
    std::vector<Kept> kept{};

    Impl(std::string path_in, Options options_in)
        : path(std::move(path_in)), options(std::move(options_in)) {}
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;
    ~Impl() {
        if (!ours()) return;
        for (const Kept& one : kept) sqlite3_finalize(one.statement);
        sqlite3_close(db);
    }

    bool ours() const noexcept { return process == current_process(); }
    Status check_process(const char* operation) const {
        if (ours()) return {};
        return fail(ErrorKind::failed, operation, path, "it was opened before a fork()",
                    "open the store again in the child");
    }
    int exec(const char* sql) { return sqlite3_exec(db, sql, nullptr, nullptr, nullptr); }

    int on_busy(int tries) {
        if (tries == 0) waiter.emplace(options.wait);
        return waiter->pause() == fs::LockWaiter::Verdict::again ? 1 : 0;
    }

    Error error(int code, std::string operation) const;
    Error busy(std::string operation) const;
};

Error Database::Impl::busy(std::string operation) const {
    if (options.wait.cancel != nullptr && options.wait.cancel->requested())
        return fs::cancelled_waiting(path).error();
    std::string who = options.holders ? options.holders() : std::string();
    if (who.empty() && options.vfs != nullptr)
        for (const std::string& one : options.vfs->files().lock_holders())
            who += (who.empty() ? "" : ", ") + one;
    return {.kind = ErrorKind::busy,
            .operation = std::move(operation),
            .object = path,
            .cause = who.empty() ? "another process holds its lock" : "it is in use by " + who,
            .advice = std::string(words(Advice::wait_longer)),
            .advice_code = Advice::wait_longer};
}

// Each failure gets its own branch: they differ in what the user can do.
Error Database::Impl::error(int code, std::string operation) const {
    const auto make = [&](ErrorKind kind, std::string cause, AdviceText advice) {
        return fail(kind, operation, path, std::move(cause), std::move(advice)).error();
    };
    switch (code) {
        case SQLITE_IOERR_DATA:
            return make(ErrorKind::corrupt, "a page does not have the checksum it was written with",
                        kRepairAdvice);
        case SQLITE_IOERR_SHORT_READ:
        case SQLITE_IOERR_CORRUPTFS:
            return make(ErrorKind::corrupt, "it is truncated", kRepairAdvice);
        case SQLITE_IOERR_NOMEM:
            return fail_errno(ENOMEM, std::move(operation), path).error();
        default:
            break;
    }
    switch (code & 0xFF) {
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
        case SQLITE_PROTOCOL:
            return busy(std::move(operation));
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
            return make(ErrorKind::corrupt, sqlite3_errstr(code & 0xFF), kRepairAdvice);
        case SQLITE_NOMEM:
            return fail_errno(ENOMEM, std::move(operation), path).error();
        default:
            break;
    }
    // What the files say is nearer to the cause than what SQLite makes of it.
    const std::optional<Error> known =
        options.vfs != nullptr ? options.vfs->files().explain(operation) : std::nullopt;
    if (known) return *known;
    switch (code & 0xFF) {
        case SQLITE_FULL:
            return fail_errno(ENOSPC, std::move(operation), path).error();
        case SQLITE_READONLY:
            return make(ErrorKind::failed, "it cannot be written",
                        "check its permissions and those of its folder, and that the file system "
                        "is not mounted read-only");
        default:
            return make(ErrorKind::failed,
                        db != nullptr ? sqlite3_errmsg(db) : sqlite3_errstr(code), {});
    }
}

Database::Database(std::unique_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}
Database::Database(Database&&) noexcept = default;
Database& Database::operator=(Database&&) noexcept = default;
Database::~Database() = default;

Result<Database> Database::open(const std::string& path, Options options) {
    int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    switch (options.mode) {
        case Mode::create:
            flags |= SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
            break;
        case Mode::read_write:
            flags |= SQLITE_OPEN_READWRITE;
            break;
        case Mode::read_only:
            // Not SQLITE_OPEN_READONLY: after a writer that was killed in its commit nobody could
            // read before the next writer came. SQLite undoes such a commit where it may write the
            // file; where it may not, this opens it for reading only.
            flags |= SQLITE_OPEN_READWRITE;
    }
    auto impl = std::make_unique<Impl>(path, std::move(options));
    CatalogVfs* const vfs = impl->options.vfs.get();
    const int code = sqlite3_open_v2(vfs != nullptr ? vfs->database_name() : path.c_str(),
                                     &impl->db, flags, vfs != nullptr ? vfs->name() : nullptr);
    if (code != SQLITE_OK) return std::unexpected(impl->error(code, kOpenCatalog));
    sqlite3_busy_handler(
        impl->db, [](void* self, int tries) { return static_cast<Impl*>(self)->on_busy(tries); },
        impl.get());
    if (impl->options.mode == Mode::read_only) {
        const int limited = impl->exec("PRAGMA query_only=ON");
        if (limited != SQLITE_OK) return std::unexpected(impl->error(limited, kOpenCatalog));
    }
    return Database(std::move(impl));
}

Status Database::run(const char* sql) {
    HOLT_TRY(impl_->check_process(kWriteCatalog));
    const int code = impl_->exec(sql);
    if (code != SQLITE_OK) return std::unexpected(impl_->error(code, kWriteCatalog));
    return {};
}

Result<Statement> Database::prepare(const char* sql) {
    HOLT_TRY(impl_->check_process(kReadCatalog));
    for (Impl::Kept& one : impl_->kept) {
        if (one.sql != sql || one.borrowed) continue;
        one.borrowed = true;
        return Statement(impl_.get(), one.statement);
    }
    sqlite3_stmt* statement = nullptr;
    const int code =
        sqlite3_prepare_v3(impl_->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
    if (code != SQLITE_OK) return std::unexpected(impl_->error(code, kReadCatalog));
    impl_->kept.push_back({sql, statement, true});
    return Statement(impl_.get(), statement);
}

Result<std::int64_t> Database::integer(const char* sql) {
    HOLT_TRY_LET(statement, prepare(sql));
    HOLT_TRY_LET(row, statement.step());
    return row ? statement.integer(0) : 0;
}

std::int64_t Database::last_row() const noexcept {
    return sqlite3_last_insert_rowid(impl_->db);
}
std::int64_t Database::changes() const noexcept {
    return sqlite3_changes64(impl_->db);
}
bool Database::replaced() const noexcept {
    return impl_->options.vfs != nullptr && impl_->options.vfs->files().replaced();
}
const Database::Options& Database::options() const noexcept {
    return impl_->options;
}
sqlite3* Database::handle() const noexcept {
    return impl_->db;
}
const std::string& Database::path() const noexcept {
    return impl_->path;
}
Error Database::error(int code, std::string operation) const {
    return impl_->error(code, std::move(operation));
}

Statement::Statement(Statement&& other) noexcept
    : owner_(other.owner_),
      statement_(std::exchange(other.statement_, nullptr)),
      next_parameter_(other.next_parameter_),
      bind_error_(other.bind_error_) {}

Statement::~Statement() {
    if (statement_ == nullptr || !owner_->ours()) return;
    reset();
    for (Database::Impl::Kept& one : owner_->kept)
        if (one.statement == statement_) one.borrowed = false;
}

Statement& Statement::bind(std::int64_t value) {
    const int code = sqlite3_bind_int64(statement_, next_parameter_++, value);
    if (bind_error_ == SQLITE_OK) bind_error_ = code;
    return *this;
}

Statement& Statement::bind(ByteView bytes) {
    // A null pointer would bind NULL, which is not the same as no bytes.
    const void* data = bytes.empty() ? static_cast<const void*>("") : bytes.data();
    const int code =
        sqlite3_bind_blob64(statement_, next_parameter_++, data, bytes.size(), SQLITE_STATIC);
    if (bind_error_ == SQLITE_OK) bind_error_ = code;
    return *this;
}

Statement& Statement::bind_null() {
    const int code = sqlite3_bind_null(statement_, next_parameter_++);
    if (bind_error_ == SQLITE_OK) bind_error_ = code;
    return *this;
}

Result<bool> Statement::step() {
    HOLT_TRY(owner_->check_process(kReadCatalog));
    const int code = bind_error_ != SQLITE_OK ? bind_error_ : sqlite3_step(statement_);
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) return false;
    const char* operation = sqlite3_stmt_readonly(statement_) != 0 ? kReadCatalog : kWriteCatalog;
    return std::unexpected(owner_->error(code, operation));
}

Status Statement::run() {
    const Result<bool> row = step();
    reset();
    if (!row) return std::unexpected(row.error());
    return {};
}

void Statement::reset() noexcept {
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);
    next_parameter_ = 1;
    bind_error_ = SQLITE_OK;
}

std::int64_t Statement::integer(int column) const noexcept {
    return sqlite3_column_int64(statement_, column);
}

ByteView Statement::bytes(int column) const noexcept {
    const void* data = sqlite3_column_blob(statement_, column);
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, column));
    if (data == nullptr) return {};
    return {static_cast<const std::uint8_t*>(data), size};
}

bool Statement::is_null(int column) const noexcept {
    return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

Result<Digest> Statement::digest(int column) const {
    const ByteView view = bytes(column);
    if (view.size() != Digest::kSize)
        return fail(ErrorKind::corrupt, kReadCatalog, owner_->path, "a digest is not 32 bytes",
                    kRepairAdvice);
    Digest digest;
    std::ranges::copy(view, digest.bytes.begin());
    return digest;
}

namespace {

// Nothing stays open because there was no memory to close it: that is asked for again. After a
// fork() it is the parent's.
void roll_back(Database::Impl& database, sqlite3* handle) {
    if (!database.ours()) return;
    constexpr int kAttempts = 3;
    for (int i = 0; i < kAttempts && sqlite3_get_autocommit(handle) == 0; ++i)
        database.exec("ROLLBACK");
}

}  // namespace

Result<Transaction> Transaction::begin(Database& database, Kind kind) {
    roll_back(*database.impl_, database.handle());  // what an earlier one could not
    HOLT_TRY(database.run(kind == Kind::write ? "BEGIN IMMEDIATE" : "BEGIN"));
    return Transaction(database.impl_.get());
}

Transaction::Transaction(Transaction&& other) noexcept
    : owner_(std::exchange(other.owner_, nullptr)) {}

Transaction::~Transaction() {
    // An error may have rolled it back already.
    if (owner_ != nullptr) roll_back(*owner_, owner_->db);
}

Status Transaction::commit() {
    if (owner_ == nullptr)
        return fail(ErrorKind::failed, kWriteCatalog, {}, "the transaction has ended already");
    HOLT_TRY(owner_->check_process(kWriteCatalog));
    const int code = owner_->exec("COMMIT");
    if (code != SQLITE_OK) return std::unexpected(owner_->error(code, kWriteCatalog));
    owner_ = nullptr;
    return {};
}

}  // namespace holt::store
