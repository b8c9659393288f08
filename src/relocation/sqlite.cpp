#include <algorithm>

#include "relocation/sqlite_pages.h"
#include "relocation/strings.h"

namespace holt::relocation {

std::vector<StringSpan> sqlite_strings(ByteView file) {
    std::vector<StringSpan> strings;
    const auto database = SqliteFile::open(file);
    if (!database) return strings;
    for (std::uint32_t page = 1; page <= database->pages(); ++page) {
        for (const SqliteCell& cell : database->readable_cells_of(page)) {
            for (const SqliteColumn& column : cell.record.columns) {
                if (!column.is_string() || column.length == 0) continue;
                strings.push_back({.begin = column.begin,
                                   .length = column.length,
                                   .coding = column.is_text() ? StringSpan::Coding::utf8
                                                              : StringSpan::Coding::bytes,
                                   .goes_on = column.goes_on()});
            }
        }
    }
    std::ranges::sort(strings, {}, &StringSpan::begin);
    return strings;
}

}  // namespace holt::relocation
