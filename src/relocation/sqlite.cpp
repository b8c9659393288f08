// https://www.sqlite.org/fileformat2.html
#include <algorithm>

#include "relocation/strings.h"

namespace holt::relocation {
namespace {

constexpr std::size_t kFileHeader = 100, kPageSizeAt = 16, kReservedAt = 20, kEncodingAt = 56;
constexpr std::uint8_t kIndexInner = 2, kIndexLeaf = 10, kTableLeaf = 13;

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

class Walk {
  public:
    explicit Walk(ByteView file) : file_(file) {}

    std::vector<StringSpan> run() {
        if (file_.size() < kFileHeader || file_[kEncodingAt + 3] != 1) return {};
        page_ = static_cast<std::size_t>(file_[kPageSizeAt] << 8 | file_[kPageSizeAt + 1]);
        if (page_ == 1) page_ = 65536;
        if (page_ < 512 || (page_ & (page_ - 1)) != 0) return {};
        usable_ = page_ - file_[kReservedAt];
        if (usable_ < 480) return {};
        for (std::size_t base = 0; base + page_ <= file_.size(); base += page_) look_at_page(base);
        std::ranges::sort(strings_, {}, &StringSpan::begin);
        return std::move(strings_);
    }

  private:
    void look_at_page(std::size_t base) {
        const std::size_t header = base == 0 ? kFileHeader : 0;
        const ByteView page = file_.subspan(base, page_);
        const std::uint8_t type = page[header];
        if (type != kIndexInner && type != kIndexLeaf && type != kTableLeaf) return;
        const std::size_t cells =
            static_cast<std::size_t>(page[header + 3] << 8 | page[header + 4]);
        Reader pointers(page.subspan(header + (type == kIndexInner ? 12 : 8)));
        for (std::size_t i = 0; i < cells && pointers.ok(); ++i) {
            const std::size_t cell = static_cast<std::size_t>(pointers.big_endian(2));
            if (cell > header && cell < usable_)
                look_at_cell(base + cell, page.subspan(cell, usable_ - cell), type);
        }
    }

    // How much of a payload lies in the page itself.
    std::uint64_t local_size(std::uint64_t payload, std::uint8_t type) const {
        const std::uint64_t most =
            type == kTableLeaf ? usable_ - 35 : (usable_ - 12) * 64 / 255 - 23;
        if (payload <= most) return payload;
        const std::uint64_t least = (usable_ - 12) * 32 / 255 - 23;
        const std::uint64_t fitting = least + (payload - least) % (usable_ - 4);
        return fitting <= most ? fitting : least;
    }

    void look_at_cell(std::size_t base, ByteView cell, std::uint8_t type) {
        Reader head(cell);
        if (type == kIndexInner) head.big_endian(4);  // the page on the left
        const std::uint64_t payload = head.varint();
        if (type == kTableLeaf) head.varint();  // the row's number
        const std::uint64_t local = local_size(payload, type);
        if (!head.ok() || local > cell.size() - head.at()) return;
        look_at_record(base + head.at(), cell.subspan(head.at(), static_cast<std::size_t>(local)),
                       local < payload);
    }

    // A header of column types, then the columns.
    void look_at_record(std::size_t base, ByteView record, bool goes_on) {
        Reader types(record);
        const std::uint64_t header = types.varint();
        std::uint64_t at = header;
        while (types.ok() && types.at() < header && at < record.size()) {
            const std::uint64_t type = types.varint();
            const std::uint64_t size = size_of_column(type);
            if (!types.ok() || size > (std::uint64_t{1} << 40)) return;
            const std::uint64_t here = std::min<std::uint64_t>(size, record.size() - at);
            if (type >= 12 && here > 0)
                strings_.push_back(
                    {.begin = base + static_cast<std::size_t>(at),
                     .length = static_cast<std::size_t>(here),
                     .coding = type % 2 == 1 ? StringSpan::Coding::utf8 : StringSpan::Coding::bytes,
                     .goes_on = goes_on && here < size});
            at += size;
        }
    }

    static std::uint64_t size_of_column(std::uint64_t type) noexcept {
        constexpr std::uint8_t kSizes[12] = {0, 1, 2, 3, 4, 6, 8, 8, 0, 0, 0, 0};
        return type < 12 ? kSizes[type] : (type - 12) / 2;
    }

    ByteView file_;
    std::size_t page_ = 0, usable_ = 0;
    std::vector<StringSpan> strings_;
};

}  // namespace

std::vector<StringSpan> sqlite_strings(ByteView file) {
    return Walk(file).run();
}

}  // namespace holt::relocation
