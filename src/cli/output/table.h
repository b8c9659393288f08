// A plain table: columns aligned, two spaces between them, no lines. Thread rule: a value.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cli/output/out.h"
#include "cli/output/style.h"

namespace holt::cli {

enum class Align : std::uint8_t { left, right };

class Table {
  public:
    struct Column {
        std::string title;
        Align align = Align::left;
        Color color = Color::none;
    };
    explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

    /// One cell for each column, already printable.
    void row(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
    bool empty() const noexcept { return rows_.empty(); }
    void print(Out& out, const Style& style) const;

  private:
    std::vector<Column> columns_;
    std::vector<std::vector<std::string>> rows_;
};

/// Columns that a UTF-8 text takes, taking each character as one.
std::size_t display_width(std::string_view text) noexcept;

}  // namespace holt::cli
