// SQLite behind three small types: Database, Statement and Transaction, with Holt's errors.
//
// A Database is one connection. Statements are prepared once and kept by it; a Statement borrows
// one and gives it back, reset, when it goes, so that no lock outlives the reader. A Transaction
// that is not committed rolls back. After fork() a child's copies refuse, and their destructors
// leave everything alone: closing or rolling back there would undo what the parent is doing.
// Thread rule: one thread at a time for a Database and all that came from it.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <holt/digest.hpp>
#include "base/bytes.h"
#include "base/error.h"
#include "fs/lock.h"

struct sqlite3;
struct sqlite3_stmt;

namespace holt::store {

class CatalogVfs;
class Statement;

class Database {
  public:
    enum class Mode : std::uint8_t {
        create,      ///< made if it is missing
        read_write,  ///< must exist; where it cannot be written, reading still works
        read_only    ///< must exist; writes nothing, but undoes what a killed writer left half done
    };
    struct Options {
        Mode mode = Mode::read_write;
        fs::LockWait wait{};  ///< for other connections
        /// The layer below SQLite, which then knows where the database is; null: SQLite's own.
        std::shared_ptr<CatalogVfs> vfs{};
        /// Who might hold the lock, for the error when waiting was in vain.
        std::function<std::string()> holders{};
    };
    /// `path` is bytes, any that a file may have; it is never read as a URI. With a layer of ours
    /// it is for errors only.
    static Result<Database> open(const std::string& path, Options options);
    Database(Database&&) noexcept;
    Database& operator=(Database&&) noexcept;
    ~Database();

    /// Runs statements that have no parameters and whose rows do not matter.
    Status run(const char* sql);
    /// `sql` must be a literal: its address is the key under which the statement is kept.
    Result<Statement> prepare(const char* sql);
    /// The first column of the first row of a statement without parameters.
    Result<std::int64_t> integer(const char* sql);

    std::int64_t last_row() const noexcept;  ///< row id of the last insert
    std::int64_t changes() const noexcept;   ///< rows that the last statement changed
    /// `holt repair` put another file in its place: of no use any more. Known when something
    /// failed.
    bool replaced() const noexcept;
    const Options& options() const noexcept;
    sqlite3* handle() const noexcept;
    const std::string& path() const noexcept;
    /// An SQLite result code as an Error about this database.
    Error error(int code, std::string operation) const;

    struct Impl;

  private:
    friend class Statement;
    friend class Transaction;
    explicit Database(std::unique_ptr<Impl> impl) noexcept;
    std::unique_ptr<Impl> impl_;
};

class Statement {
  public:
    Statement(Statement&& other) noexcept;
    Statement& operator=(Statement&&) = delete;
    ~Statement();

    // Binding fills the parameters in order, again from the first after reset(). What is bound by
    // view must live until the next reset().
    Statement& bind(std::int64_t value);
    Statement& bind(ByteView bytes);
    Statement& bind(std::string_view bytes) { return bind(as_bytes(bytes)); }
    Statement& bind(const Digest& digest) { return bind(digest.view()); }
    Statement& bind_null();

    /// Moves to the next row: true when there is one. Also reports what went wrong while binding.
    Result<bool> step();
    /// Runs to the end and resets: for statements without rows.
    Status run();
    void reset() noexcept;

    // Columns of the current row, from 0. Views live until the next step or reset.
    std::int64_t integer(int column) const noexcept;
    ByteView bytes(int column) const noexcept;
    std::string text(int column) const { return std::string(as_text(bytes(column))); }
    bool is_null(int column) const noexcept;
    /// A blob of exactly 32 bytes; `corrupt` otherwise.
    Result<Digest> digest(int column) const;

  private:
    friend class Database;
    Statement(Database::Impl* owner, sqlite3_stmt* statement) noexcept
        : owner_(owner), statement_(statement) {}

    Database::Impl* owner_;
    sqlite3_stmt* statement_;
    int next_parameter_ = 1;
    int bind_error_ = 0;
};

class Transaction {
  public:
    enum class Kind : std::uint8_t {
        read,  ///< one consistent view for several reads
        write  ///< takes the write lock at once, so that what is read stays true until the commit
    };
    /// `database` must outlive the transaction, and not be moved meanwhile.
    static Result<Transaction> begin(Database& database, Kind kind);
    Transaction(Transaction&& other) noexcept;
    Transaction& operator=(Transaction&&) = delete;
    ~Transaction();

    /// Durable when it returns, for a write.
    Status commit();

  private:
    explicit Transaction(Database::Impl* owner) noexcept : owner_(owner) {}
    Database::Impl* owner_;  // null once it has ended
};

}  // namespace holt::store
