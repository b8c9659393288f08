#include "cli/output/table.h"

#include <algorithm>

namespace holt::cli {

std::size_t display_width(std::string_view text) noexcept {
    return static_cast<std::size_t>(std::ranges::count_if(
        text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

void Table::print(Out& out, const Style& style) const {
    std::vector<std::size_t> widths;
    for (const Column& column : columns_) widths.push_back(display_width(column.title));
    for (const auto& cells : rows_)
        for (std::size_t i = 0; i < cells.size(); ++i)
            widths[i] = std::max(widths[i], display_width(cells[i]));

    const auto print_row = [&](const std::vector<std::string>& cells, bool is_title) {
        std::string line;
        for (std::size_t i = 0; i < cells.size(); ++i) {
            const std::string padding(widths[i] - display_width(cells[i]), ' ');
            const Column& column = columns_[i];
            const std::string cell = style(is_title ? Color::bold : column.color, cells[i]);
            if (i > 0) line += "  ";
            if (column.align == Align::right) line += padding;
            line += cell;
            const bool last = i + 1 == cells.size();
            if (column.align == Align::left && !last) line += padding;
        }
        out.line(line);
    };

    std::vector<std::string> titles;
    for (const Column& column : columns_) titles.push_back(column.title);
    print_row(titles, true);
    for (const auto& cells : rows_) print_row(cells, false);
}

}  // namespace holt::cli
