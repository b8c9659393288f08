#include "relocation/sqlite_pages.h"

#include <algorithm>

namespace holt::relocation {
namespace {

constexpr std::size_t kFileHeader = 100, kPageSizeAt = 16, kReservedAt = 20, kEncodingAt = 56;
constexpr std::size_t kCellsAt = 3, kRightAt = 8, kLeafHeader = 8, kInnerHeader = 12;

bool is_inner(SqlitePage kind) noexcept {
    return kind == SqlitePage::index_inner || kind == SqlitePage::table_inner;
}

// A part of the file that is read from its beginning; reading behind its end gives 0 and is seen.
class Reader {
  public:
    explicit Reader(ByteView bytes) : bytes_(bytes) {}

    std::uint64_t big_endian(std::size_t width) {
        std::uint64_t value = 0;
        for (std::size_t i = 0; i < width; ++i) value = value << 8 | byte();
        return value;
    }
    // Seven bits a byte, the highest first; the ninth has eight.
    std::uint64_t varint() {
        std::uint64_t value = 0;
        for (int i = 0; i < 8; ++i) {
            const std::uint8_t next = byte();
            value = value << 7 | (next & 0x7Fu);
            if (next < 0x80) return value;
        }
        return value << 8 | byte();
    }
    std::size_t at() const { return at_; }
    bool ok() const { return ok_; }

  private:
    std::uint8_t byte() {
        ok_ = ok_ && at_ < bytes_.size();
        return ok_ ? bytes_[at_++] : std::uint8_t{0};
    }
    ByteView bytes_;
    std::size_t at_ = 0;
    bool ok_ = true;
};

std::uint64_t size_of_column(std::uint64_t type) noexcept {
    constexpr std::uint8_t kSizes[12] = {0, 1, 2, 3, 4, 6, 8, 8, 0, 0, 0, 0};
    return type < 12 ? kSizes[type] : (type - 12) / 2;
}

// A header of column types, then the columns; `record` is what lies in the page, at `base`.
std::optional<SqliteRecord> record_of(std::size_t base, ByteView record, bool goes_on) {
    SqliteRecord found{.columns = {}, .goes_on = goes_on};
    Reader types(record);
    const std::uint64_t header = types.varint();
    std::uint64_t at = header;
    while (types.ok() && types.at() < header && at <= record.size()) {
        const std::uint64_t type = types.varint();
        const std::uint64_t size = size_of_column(type);
        if (!types.ok() || size > (std::uint64_t{1} << 40)) break;
        found.columns.push_back(
            {.type = type,
             .begin = base + static_cast<std::size_t>(at),
             .length = static_cast<std::size_t>(std::min<std::uint64_t>(size, record.size() - at)),
             .whole = size});
        at += size;
    }
    const bool is_sound = types.at() <= header && (goes_on || at <= record.size());
    return types.ok() && is_sound ? std::optional(std::move(found)) : std::nullopt;
}

}  // namespace

std::optional<SqliteFile> SqliteFile::open(ByteView file) {
    if (file.size() < kFileHeader || file[kEncodingAt + 3] != 1) return std::nullopt;
    auto page = static_cast<std::size_t>(file[kPageSizeAt] << 8 | file[kPageSizeAt + 1]);
    if (page == 1) page = 65536;
    if (page < 512 || (page & (page - 1)) != 0) return std::nullopt;
    const std::size_t usable = page - file[kReservedAt];
    if (usable < 480) return std::nullopt;
    return SqliteFile(file, page, usable);
}

std::uint32_t SqliteFile::pages() const noexcept {
    return static_cast<std::uint32_t>(std::min<std::size_t>(file_.size() / page_, 0xFFFFFFFE));
}

std::size_t SqliteFile::header_of(std::uint32_t page) const noexcept {
    return page == 1 ? kFileHeader : 0;
}

ByteView SqliteFile::view_of(std::uint32_t page) const noexcept {
    return file_.subspan((page - std::size_t{1}) * page_, page_);
}

SqlitePage SqliteFile::kind_of(std::uint32_t page) const noexcept {
    if (page == 0 || page > pages()) return SqlitePage::other;
    switch (const std::uint8_t kind = view_of(page)[header_of(page)]) {
        case 2:
        case 5:
        case 10:
        case 13:
            return static_cast<SqlitePage>(kind);
        default:
            return SqlitePage::other;
    }
}

std::uint32_t SqliteFile::right_of(std::uint32_t page) const noexcept {
    return static_cast<std::uint32_t>(
        Reader(view_of(page).subspan(header_of(page) + kRightAt)).big_endian(4));
}

std::optional<std::vector<SqliteCell>> SqliteFile::cells_of(std::uint32_t page) const {
    bool all = true;
    auto cells = cells_of(page, all);
    return all ? std::optional(std::move(cells)) : std::nullopt;
}

std::vector<SqliteCell> SqliteFile::readable_cells_of(std::uint32_t page) const {
    bool all = true;
    return cells_of(page, all);
}

std::vector<SqliteCell> SqliteFile::cells_of(std::uint32_t page, bool& all) const {
    const SqlitePage kind = kind_of(page);
    std::vector<SqliteCell> cells;
    if (kind == SqlitePage::other) return cells;
    const std::size_t header = header_of(page);
    const ByteView bytes = view_of(page);
    const auto count =
        static_cast<std::size_t>(bytes[header + kCellsAt] << 8 | bytes[header + kCellsAt + 1]);
    Reader pointers(bytes.subspan(header + (is_inner(kind) ? kInnerHeader : kLeafHeader)));
    for (std::size_t i = 0; i < count && pointers.ok(); ++i) {
        const auto offset = static_cast<std::size_t>(pointers.big_endian(2));
        auto cell = cell_at(page, offset, kind);
        if (cell) cells.push_back(*std::move(cell));
        all = all && cell;
    }
    all = all && pointers.ok();
    return cells;
}

// How much of a payload lies in the page itself.
std::uint64_t SqliteFile::local_size(std::uint64_t payload, SqlitePage kind) const noexcept {
    const std::uint64_t most =
        kind == SqlitePage::table_leaf ? usable_ - 35 : (usable_ - 12) * 64 / 255 - 23;
    if (payload <= most) return payload;
    const std::uint64_t least = (usable_ - 12) * 32 / 255 - 23;
    const std::uint64_t fitting = least + (payload - least) % (usable_ - 4);
    return fitting <= most ? fitting : least;
}

std::optional<SqliteCell> SqliteFile::cell_at(std::uint32_t page, std::size_t offset,
                                              SqlitePage kind) const {
    if (offset <= header_of(page) || offset >= usable_) return std::nullopt;
    const ByteView bytes = view_of(page).subspan(offset, usable_ - offset);
    Reader head(bytes);
    SqliteCell cell;
    if (is_inner(kind)) cell.left = static_cast<std::uint32_t>(head.big_endian(4));
    if (kind == SqlitePage::table_inner) {
        head.varint();  // the row's number
        return head.ok() ? std::optional(std::move(cell)) : std::nullopt;
    }
    const std::uint64_t payload = head.varint();
    if (kind == SqlitePage::table_leaf) head.varint();  // the row's number
    const std::uint64_t local = local_size(payload, kind);
    if (!head.ok() || local > bytes.size() - head.at()) return std::nullopt;
    const std::size_t base = (page - std::size_t{1}) * page_ + offset + head.at();
    auto record =
        record_of(base, bytes.subspan(head.at(), static_cast<std::size_t>(local)), local < payload);
    if (!record) return std::nullopt;
    cell.record = *std::move(record);
    return cell;
}

}  // namespace holt::relocation
