// The catalog's two files, the database and its rollback journal, as SQLite uses them: every system
// call that it makes on files is made here, through fs::sys, so that no failure is passed over and
// the fault plans of the tests reach each (fs/fault.h).
//
// One object serves one connection. It holds the store's folder open from the beginning, reaches
// both files through it, and forces it to the device itself: a commit is durable when the folder
// has forgotten the journal, and that must not depend on whether the folder can be opened just
// then.
//
//   checksums    each page of the database (catalog_page.h). Twice SQLite reads less than a page:
//                the 100 bytes of the header to learn the page size, and 16 bytes of it to see
//                whether its cache is still fresh. Both read page 1 whole before anything in it is
//                believed. A page that SQLite skips when it makes the file longer is written as
//                zeros with their checksum, so that every page of the file can be checked.
//   identity     a transaction begins with the question whether the open file is still what its
//                name says. Repair renames only while it holds the exclusive lock, so the answer
//                holds to the end of the transaction, and a journal found in it belongs to the
//                database.
//   undo         catalog_undo.h
//
// Functions return SQLite's result codes. Thread rule: one thread at a time, as the connection.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/unique_fd.h"
#include "store/catalog/catalog_undo.h"
#include "store/catalog/sqlite_locks.h"

namespace holt::store {

class CatalogFiles {
  public:
    /// `folder` is what holds the database `name`; `shown` is its path, for errors.
    CatalogFiles(UniqueFd folder, std::string name, std::string shown);

    // The database.
    enum class Missing : std::uint8_t { error, make };
    int open_database(Missing missing);
    void close_database() noexcept;
    int read_database(void* into, int size, std::uint64_t at);
    int write_database(const void* bytes, int size, std::uint64_t at);
    int truncate_database(std::uint64_t size);
    int sync_database();
    int database_size(std::uint64_t& size);
    int lock_database(SqliteLocks::Level level);
    void unlock_database(SqliteLocks::Level level) noexcept;
    int is_reserved(bool& reserved);
    int is_replaced(bool& replaced);

    // Its journal.
    enum class JournalUse : std::uint8_t { read, play_back, record };
    int journal_exists(bool& exists);
    int open_journal(JournalUse use);
    void close_journal() noexcept;
    int read_journal(void* into, int size, std::uint64_t at);
    int write_journal(const void* bytes, int size, std::uint64_t at);
    int truncate_journal(std::uint64_t size);
    int sync_journal();
    int journal_size(std::uint64_t& size);
    enum class Folder : std::uint8_t { sync, leave };
    int delete_journal(Folder folder);

    bool writable() const noexcept { return writable_; }
    /// Who has a lock on the database, for whoever waited for it in vain.
    std::vector<std::string> lock_holders() const;
    /// Another file took the name of the open one: the connection is of no use any more.
    bool replaced() const noexcept { return trouble_ == Trouble::replaced; }
    int last_errno() const noexcept { return errno_; }
    /// What failed last, if it is known better here than by SQLite's code.
    std::optional<Error> explain(const std::string& operation) const;

  private:
    enum class Part : std::uint8_t { database, journal, folder };
    enum class Trouble : std::uint8_t { none, system, missing, no_file, replaced };

    int failed(int code, Part part, int result) noexcept;
    int refused(int code, Part part, Trouble trouble, int err = 0) noexcept;
    const std::string& shown(Part part) const noexcept;

    int begin_transaction();
    int check_identity();
    int check_undo();
    int begin_undo();
    int end_undo();
    int read_at(int fd, Part part, void* into, int size, std::uint64_t at);
    int write_at(int fd, Part part, const void* bytes, std::size_t size, std::uint64_t at);
    std::optional<int> read_undone(void* into, int size, std::uint64_t at) const;
    int fill_gap(std::uint64_t at);
    int sync_folder();
    void own_new_journal() noexcept;
    bool undone_in_memory() const noexcept { return undo_ && undo_->in_memory; }

    UniqueFd folder_, database_, journal_;
    std::string name_, journal_name_, shown_, shown_journal_, shown_folder_;

    bool writable_ = false, journal_writable_ = false;
    std::uint64_t dev_ = 0, ino_ = 0;  // of the open database
    unsigned mode_ = 0, uid_ = 0, gid_ = 0;
    SqliteLocks locks_;
    std::optional<std::uint64_t> end_;  // of the database, while nobody else can move it
    bool journal_name_is_new_ = false;  // not forced to the device yet
    int sync_failed_ = 0;               // -errno: its bytes are in doubt until it is opened anew

    bool undoing_ = false;
    UniqueFd played_back_;
    std::optional<CatalogUndo> undo_;

    Trouble trouble_ = Trouble::none;
    Part part_ = Part::database;
    int errno_ = 0;
};

}  // namespace holt::store
