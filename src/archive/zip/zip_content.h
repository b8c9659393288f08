// The content of one entry of a zip, decoded: stored, deflate or zstd. It must be exactly as long
// as the directory says, end where its compressed bytes end, and have the directory's CRC. Thread
// rule: one thread at a time.
#pragma once

#include <memory>
#include <optional>

#include "archive/io/placed.h"
#include "archive/zip/zip_directory.h"
#include "codec/gzip/inflate.h"
#include "codec/zstd/decode/decompress.h"

namespace holt::store::zip {

class Content {
  public:
    /// `window_limit`: of zstd frames, bytes.
    Content(PlacedReader& reader, const Directory& directory, std::uint64_t window_limit)
        : reader_(reader), directory_(directory), window_limit_(window_limit) {}

    static bool can_read(std::uint16_t method) noexcept;
    /// `at`: where its bytes begin; that all of them are there is known.
    void begin(const DirectoryEntry& entry, std::uint64_t at);
    /// The next bytes, valid until the next call; empty at the end, when all of it was right.
    Result<ByteView> read();

  private:
    struct Piece {
        ByteView bytes{};
        bool finished = false;
    };
    Result<Piece> stored();
    Result<Piece> inflate();
    Result<Piece> decode_zstd();
    Result<ByteView> more_input();
    Status check_end();
    std::unexpected<Error> damaged(const char* cause) const;

    PlacedReader& reader_;
    const Directory& directory_;
    const std::uint64_t window_limit_;
    std::string path_;
    std::uint16_t method_ = kStored;
    std::uint64_t at_ = 0, left_ = 0;  // of the compressed bytes
    std::uint64_t size_ = 0, made_ = 0;
    std::uint32_t wanted_crc_ = 0, crc_ = 0;
    bool reading_ = false, finished_ = false, flushed_ = true;
    std::unique_ptr<gzip::InflateStream> inflater_;  // made when the first one is wanted
    std::optional<zstd::DecompressStream> zstd_;
    Bytes output_;
};

}  // namespace holt::store::zip
