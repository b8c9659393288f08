// Sparse files in a tar: what of a file is in the archive, in the four forms that GNU tar has had.
//   S      four pieces in the header, more in blocks behind it (star has that, too)
//   0.0    each piece in two records of the extended header
//   0.1    all pieces in one record, "offset,length,offset,length"
//   1.0    in the content: lines of decimal digits, the count first, up to a whole block
#include "fs/sparse.h"

#include <limits>
#include <string_view>
#include <utility>

#include "archive/tar/tar_reader.h"

namespace holt::store {
namespace {

constexpr std::uint64_t kMaxFileSize = std::numeric_limits<std::int64_t>::max();
// Each piece of data ends a hole, but for the first.
constexpr std::size_t kMaxPieces = fs::kMaxHoles;

}  // namespace

Status TarReader::add_piece(ArchiveEntry& entry, std::uint64_t offset, std::uint64_t length) const {
    const std::uint64_t end =
        entry.data.empty() ? 0 : entry.data.back().offset + entry.data.back().length;
    if (offset < end || offset > entry.size || length > entry.size - offset)
        return refuse("a sparse map whose pieces overlap or are outside the file");
    if (length == 0) return {};  // where a hole reaches to the end of the file
    if (entry.data.size() >= kMaxPieces) return refuse("a sparse map of over a million pieces");
    if (offset == end && !entry.data.empty()) {
        entry.data.back().length += length;
    } else {
        entry.data.push_back({offset, length});
    }
    return {};
}

Status TarReader::finish_map(ArchiveEntry& entry) const {
    std::uint64_t sum = 0;
    for (const fs::Range& piece : entry.data) sum += piece.length;
    if (sum != left_) return refuse("a sparse map that does not fit its content");
    entry.sparse = true;
    return {};
}

Status TarReader::take_sparse(const tar::Pax& pax, ArchiveEntry& entry) {
    if (block_[tar::kType] == 'S') {
        const bool star = tar::dialect(block_) == tar::Dialect::star;
        HOLT_TRY_LET(size, unsigned_field(star ? tar::kStarRealSize : tar::kGnuRealSize,
                                          kMaxFileSize, "a size that is negative or too large"));
        entry.size = size;
        return read_old_map(entry);
    }
    if (!pax.sparse_size || *pax.sparse_size > kMaxFileSize)
        return refuse("a sparse file without a size, or with one that is too large");
    entry.size = *pax.sparse_size;

    const bool in_content = pax.sparse_major.has_value();
    const int forms =
        (in_content ? 1 : 0) + (pax.sparse_map ? 1 : 0) + (pax.sparse_numbers.empty() ? 0 : 1);
    if (forms > 1) return refuse("two sparse maps for one file");
    if (in_content) {
        if (*pax.sparse_major != 1 || pax.sparse_minor.value_or(0) != 0)
            return refuse("a sparse file of a version that is not known here");
        return read_map_in_content(entry);
    }
    if (pax.sparse_map) {
        std::vector<std::uint64_t> numbers;
        for (std::string_view rest = *pax.sparse_map; !rest.empty();) {
            const std::size_t comma = rest.find(',');
            const auto number = tar::parse_decimal(rest.substr(0, comma));
            if (!number) return refuse("a sparse map that is none");
            numbers.push_back(*number);
            rest.remove_prefix(comma == rest.npos ? rest.size() : comma + 1);
        }
        if (numbers.size() % 2 != 0) return refuse("a sparse map that is none");
        for (std::size_t i = 0; i < numbers.size(); i += 2)
            HOLT_TRY(add_piece(entry, numbers[i], numbers[i + 1]));
        return finish_map(entry);
    }
    if (pax.sparse_numbers.size() % 2 != 0) return refuse("a sparse map that is none");
    for (std::size_t i = 0; i < pax.sparse_numbers.size(); i += 2)
        HOLT_TRY(add_piece(entry, pax.sparse_numbers[i], pax.sparse_numbers[i + 1]));
    return finish_map(entry);
}

Status TarReader::read_old_map(ArchiveEntry& entry) {
    constexpr std::size_t kNumber = 12, kPiece = 2 * kNumber;
    const auto take = [&](const tar::Block& block, std::size_t at, std::size_t count) -> Status {
        for (std::size_t i = 0; i < count; ++i, at += kPiece) {
            const ByteView piece = ByteView(block).subspan(at, kPiece);
            if (tar::is_zero(piece)) continue;
            const auto offset = tar::number(piece.first(kNumber));
            const auto length = tar::number(piece.last(kNumber));
            if (!offset || !length || *offset < 0 || *length < 0)
                return refuse("a sparse map that is none");
            HOLT_TRY(add_piece(entry, static_cast<std::uint64_t>(*offset),
                               static_cast<std::uint64_t>(*length)));
        }
        return {};
    };
    const bool star = tar::dialect(block_) == tar::Dialect::star;
    HOLT_TRY(take(block_, star ? tar::kStarSparse : tar::kGnuSparse, tar::kGnuSparseCount));
    bool more = block_[star ? tar::kStarExtended : tar::kGnuExtended] != 0;
    // Each block must bring a piece: no more of them than pieces are allowed.
    for (std::size_t blocks = 0; more; ++blocks) {
        if (blocks > kMaxPieces / tar::kGnuMoreCount)
            return refuse("a sparse map of over a million pieces");
        tar::Block block;
        HOLT_TRY(in_.read_exact(block));
        HOLT_TRY(take(block, 0, tar::kGnuMoreCount));
        more = block[tar::kGnuMoreExtended] != 0;
    }
    return finish_map(entry);
}

Result<std::uint64_t> TarReader::read_map_number(std::string& line) {
    line.clear();
    for (;;) {
        HOLT_TRY_LET(byte, in_.some_exact(std::min<std::uint64_t>(left_, 1)));
        if (byte.empty() || line.size() > 20) return refuse("a sparse map that is none");
        --left_;
        if (byte[0] == '\n') break;
        line += static_cast<char>(byte[0]);
    }
    const auto number = tar::parse_decimal(line);
    if (!number) return refuse("a sparse map that is none");
    return *number;
}

Status TarReader::read_map_in_content(ArchiveEntry& entry) {
    const std::uint64_t before = left_;
    std::string line;
    HOLT_TRY_LET(count, read_map_number(line));
    if (count > kMaxPieces) return refuse("a sparse map of over a million pieces");
    for (std::uint64_t i = 0; i < count; ++i) {
        HOLT_TRY_LET(offset, read_map_number(line));
        HOLT_TRY_LET(length, read_map_number(line));
        HOLT_TRY(add_piece(entry, offset, length));
    }
    const std::uint64_t fill = tar::padding(before - left_);
    if (fill > left_) return refuse("a sparse map that does not fit its content");
    HOLT_TRY(in_.skip(fill));
    left_ -= fill;
    return finish_map(entry);
}

}  // namespace holt::store
