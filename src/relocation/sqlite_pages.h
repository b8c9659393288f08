// A database of SQLite: its pages, the cells in them and the records that these hold.
// https://www.sqlite.org/fileformat2.html
// Every length is checked. Thread rule: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.h"

namespace holt::relocation {

/// A column of a record, as far as it lies in the cell's own page.
struct SqliteColumn {
    std::uint64_t type = 0;             ///< the serial type; from 12 on even: blob, odd: text
    std::size_t begin = 0, length = 0;  ///< in the file
    std::uint64_t whole = 0;            ///< bytes, with those elsewhere

    bool is_string() const noexcept { return type >= 12; }
    bool is_text() const noexcept { return is_string() && type % 2 == 1; }
    bool goes_on() const noexcept { return length < whole; }
};

struct SqliteRecord {
    std::vector<SqliteColumn> columns;
    bool goes_on = false;  ///< columns, or bytes of the last one, are in overflow pages
};

struct SqliteCell {
    std::uint32_t left = 0;  ///< of inner pages: the page of all that is smaller
    SqliteRecord record;     ///< none in inner pages of tables
};

enum class SqlitePage : std::uint8_t {
    other = 0,
    index_inner = 2,
    table_inner = 5,
    index_leaf = 10,
    table_leaf = 13,
};

class SqliteFile {
  public:
    /// Nothing for what is none, or not in UTF-8.
    static std::optional<SqliteFile> open(ByteView file);

    std::uint32_t pages() const noexcept;
    std::uint32_t page_of(std::uint64_t offset) const noexcept {
        return static_cast<std::uint32_t>(offset / page_) + 1;
    }
    /// Numbers begin with 1.
    SqlitePage kind_of(std::uint32_t page) const noexcept;
    /// In the order of their keys; nothing where one lies outside of its page.
    std::optional<std::vector<SqliteCell>> cells_of(std::uint32_t page) const;
    /// As above without those that cannot be read.
    std::vector<SqliteCell> readable_cells_of(std::uint32_t page) const;
    /// Of an inner page: the page behind the last cell.
    std::uint32_t right_of(std::uint32_t page) const noexcept;
    ByteView bytes() const noexcept { return file_; }

  private:
    SqliteFile(ByteView file, std::size_t page, std::size_t usable)
        : file_(file), page_(page), usable_(usable) {}
    std::size_t header_of(std::uint32_t page) const noexcept;
    std::vector<SqliteCell> cells_of(std::uint32_t page, bool& all) const;
    ByteView view_of(std::uint32_t page) const noexcept;
    std::uint64_t local_size(std::uint64_t payload, SqlitePage kind) const noexcept;
    std::optional<SqliteCell> cell_at(std::uint32_t page, std::size_t offset,
                                      SqlitePage kind) const;

    ByteView file_;
    std::size_t page_, usable_;
};

}  // namespace holt::relocation
