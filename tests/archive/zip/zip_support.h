// Zips in memory, read whole. Thread rule: one thread at a time.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "archive/zip/zip_reader.h"

namespace holt::store {

class PlacedText final : public PlacedBytes {
  public:
    explicit PlacedText(std::string text) : text_(std::move(text)) {}
    std::uint64_t size() const noexcept override { return text_.size(); }
    Result<std::size_t> read_at(std::uint64_t offset, MutableByteView into) override {
        const std::size_t from = static_cast<std::size_t>(std::min<std::uint64_t>(offset, size()));
        const std::size_t count = std::min(into.size(), text_.size() - from);
        std::copy_n(text_.begin() + static_cast<std::ptrdiff_t>(from), count, into.begin());
        return count;
    }

  private:
    std::string text_;
};

struct ReadEntry {
    ArchiveEntry entry;
    std::string content;
};

/// All entries with their contents, or the first error.
inline Result<std::vector<ReadEntry>> read_zip(const std::string& bytes,
                                               ZipReader::Limits limits = {},
                                               std::uint16_t umask = 022) {
    ZipReader reader(std::make_unique<PlacedText>(bytes), "x.zip", limits, umask);
    HOLT_TRY(reader.open());
    std::vector<ReadEntry> all;
    for (;;) {
        ReadEntry read;
        HOLT_TRY_LET(more, reader.next(read.entry));
        if (!more) return all;
        for (;;) {
            HOLT_TRY_LET(piece, reader.read());
            if (piece.empty()) break;
            read.content += as_text(piece);
        }
        all.push_back(std::move(read));
    }
}

}  // namespace holt::store
