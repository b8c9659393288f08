#include "relocation/sqlite_order.h"

#include <algorithm>
#include <cstring>
#include <functional>
#include <set>

#include "relocation/sqlite_pages.h"

namespace holt::relocation {
namespace {

constexpr std::size_t kRootColumn = 3;  // of the schema: type, name, tbl_name, rootpage, sql
constexpr int kDeepest = 40;            // no tree of 2^32 pages has so many levels
constexpr std::size_t kMost = 100;      // of neighbours that are remembered

enum class Order : std::uint8_t { binary, nocase, rtrim, folded };

std::string_view without_spaces(std::string_view text) {
    while (text.ends_with(' ')) text.remove_suffix(1);
    return text;
}

std::string lower(std::string_view text) {
    std::string result(text);
    for (char& c : result)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
    return result;
}

int compare(std::string_view a, std::string_view b, Order order) {
    const auto sign = [](int value) { return (value > 0) - (value < 0); };
    switch (order) {
        case Order::binary:
            return sign(a.compare(b));
        case Order::nocase:
            return sign(lower(a).compare(lower(b)));
        case Order::rtrim:
            return sign(without_spaces(a).compare(without_spaces(b)));
        case Order::folded:
            break;
    }
    return sign(lower(without_spaces(a)).compare(lower(without_spaces(b))));
}

class Search {
  public:
    Search(const SqliteFile& database, const Prefixes& prefixes, const std::vector<Place>& moved)
        : database_(database), prefixes_(prefixes), moved_(moved) {}

    std::optional<std::vector<Neighbours>> run() {
        if (!walk(1, 0, [&](const SqliteRecord& row) { return look_at_schema(row); }))
            return std::nullopt;
        for (const std::uint32_t root : roots_) {
            const SqlitePage kind = database_.kind_of(root);
            if (kind == SqlitePage::table_leaf || kind == SqlitePage::table_inner) continue;
            before_.reset();
            if (!walk(root, 0, [&](const SqliteRecord& key) { return look_at_key(key); }))
                return std::nullopt;
        }
        return std::move(found_);
    }

  private:
    using Visit = std::function<bool(const SqliteRecord&)>;

    // The records below a page, in order.
    bool walk(std::uint32_t page, int depth, const Visit& visit) {
        const SqlitePage kind = database_.kind_of(page);
        const bool is_new = depth < kDeepest && seen_.insert(page).second;
        const auto cells = database_.cells_of(page);
        if (kind == SqlitePage::other || !is_new || !cells) return false;
        const bool is_inner = kind == SqlitePage::index_inner || kind == SqlitePage::table_inner;
        for (const SqliteCell& cell : *cells) {
            if (is_inner && !walk(cell.left, depth + 1, visit)) return false;
            if (kind != SqlitePage::table_inner && !visit(cell.record)) return false;
        }
        return !is_inner || walk(database_.right_of(page), depth + 1, visit);
    }

    bool look_at_schema(const SqliteRecord& row) {
        if (row.columns.size() <= kRootColumn) return !row.goes_on;
        const SqliteColumn& column = row.columns[kRootColumn];
        if (column.goes_on()) return false;
        if (column.type < 1 || column.type > 6) return true;  // a view or a trigger has none
        std::uint64_t root = 0;
        for (const char byte : text_of(column)) root = root << 8 | static_cast<std::uint8_t>(byte);
        if (root > 0 && root <= database_.pages())
            roots_.push_back(static_cast<std::uint32_t>(root));
        return root <= database_.pages();
    }

    bool look_at_key(const SqliteRecord& key) {
        const bool is_known = !before_ || compare_columns(*before_, key);
        before_ = key;
        return is_known && found_.size() <= kMost;
    }

    // Looks at columns up to the one that surely tells the keys apart.
    bool compare_columns(const SqliteRecord& a, const SqliteRecord& b) {
        const std::size_t count = std::min(a.columns.size(), b.columns.size());
        for (std::size_t i = 0; i < count; ++i) {
            const SqliteColumn &one = a.columns[i], &other = b.columns[i];
            if (!one.is_string() || !other.is_string()) {
                if (are_equal_numbers(one, other)) continue;
                return true;
            }
            if (one.is_text() != other.is_text()) return true;
            if (!look_at_strings(one, other)) return false;
            if (compare(text_of(one), text_of(other), Order::folded) != 0) return true;
        }
        return !a.goes_on && !b.goes_on;  // else the columns that decide are not known
    }

    // NULL and numbers: of one type and with the same bytes. One number has several forms only as
    // an integer and a fraction.
    bool are_equal_numbers(const SqliteColumn& one, const SqliteColumn& other) const {
        constexpr std::uint64_t kFraction = 7;
        if (one.is_string() || other.is_string()) return false;
        if ((one.type == kFraction) != (other.type == kFraction)) return one.type * other.type != 0;
        return one.type == other.type && text_of(one) == text_of(other);
    }

    bool look_at_strings(const SqliteColumn& one, const SqliteColumn& other) {
        const bool is_whole = !one.goes_on() && !other.goes_on();
        const std::string_view first = text_of(one), second = text_of(other);
        if (!holds_moved(one) && !holds_moved(other)) {
            const auto end = std::ranges::mismatch(first, second);
            const bool is_decided = end.in1 != first.end() && end.in2 != second.end();
            // What goes on elsewhere may hold a path that decides.
            return is_whole || (is_decided && compare(first, second, Order::folded) != 0);
        }
        auto pattern = pattern_of(one), other_pattern = pattern_of(other);
        if (!pattern || !other_pattern) return false;
        if (are_apart_behind_paths(*pattern, *other_pattern)) return true;
        if (!is_whole) return false;
        if (*pattern != *other_pattern)
            found_.push_back({*std::move(pattern), *std::move(other_pattern)});
        return true;
    }

    // The same paths, then text of their own.
    bool are_apart_behind_paths(const std::string& one, const std::string& other) const {
        const auto end = std::ranges::mismatch(one, other);
        if (end.in1 == one.end() || end.in2 == other.end()) return false;
        return !prefixes_.number_of(*end.in1) && !prefixes_.number_of(*end.in2) &&
               lower({&*end.in1, 1}) != lower({&*end.in2, 1}) && *end.in1 != ' ' && *end.in2 != ' ';
    }

    std::string_view text_of(const SqliteColumn& column) const {
        return as_text(database_.bytes().subspan(column.begin, column.length));
    }
    std::vector<Place>::const_iterator first_in(const SqliteColumn& column) const {
        return std::ranges::lower_bound(moved_, std::uint64_t{column.begin}, {}, &Place::offset);
    }
    bool holds_moved(const SqliteColumn& column) const {
        const auto place = first_in(column);
        return place != moved_.end() && place->offset < column.begin + column.length;
    }
    // Nothing for what has such bytes of its own, or a path that goes on elsewhere.
    std::optional<std::string> pattern_of(const SqliteColumn& column) const {
        const std::string_view text = text_of(column);
        if (std::ranges::any_of(text, [&](char c) { return prefixes_.number_of(c).has_value(); }))
            return std::nullopt;
        std::string pattern;
        std::size_t at = 0;
        for (auto place = first_in(column);
             place != moved_.end() && place->offset < column.begin + column.length; ++place) {
            const auto begin = static_cast<std::size_t>(place->offset - column.begin);
            pattern += text.substr(at, begin - at);
            pattern += place->pattern;
            at = begin + prefixes_[*prefixes_.number_of(place->pattern[0])].size();
            if (at > text.size()) return std::nullopt;
        }
        return pattern += text.substr(at);
    }

    const SqliteFile& database_;
    const Prefixes& prefixes_;
    const std::vector<Place>& moved_;
    std::set<std::uint32_t> seen_;
    std::vector<std::uint32_t> roots_;
    std::optional<SqliteRecord> before_;
    std::vector<Neighbours> found_;
};

}  // namespace

KeyOrder order_of_keys(ByteView file, const Prefixes& prefixes, const std::vector<Place>& moved) {
    const auto database = SqliteFile::open(file);
    if (!database) return {.known = moved.empty()};
    const bool in_index = std::ranges::any_of(moved, [&](const Place& place) {
        const SqlitePage kind = database->kind_of(database->page_of(place.offset));
        return kind != SqlitePage::table_leaf && kind != SqlitePage::table_inner;
    });
    if (!in_index) return {};
    auto found = Search(*database, prefixes, moved).run();
    if (!found) return {.known = false};
    return {.neighbours = *std::move(found)};
}

bool compare_alike(std::string_view first, std::string_view second, std::string_view moved_first,
                   std::string_view moved_second) {
    for (const Order order : {Order::binary, Order::nocase, Order::rtrim})
        if (compare(first, second, order) != compare(moved_first, moved_second, order))
            return false;
    return true;
}

}  // namespace holt::relocation
