// Compresses stretches of a tar, each for itself, so that many threads can and any one can be found
// again: as they are (.tar), a zstd frame each, with a table of all frames at the end (.tar.zst),
// or parts of one gzip member (.tar.gz), which every reader reads whole.
//
// The table is zstd's seekable format, version 0.1: a skippable frame (magic 0x184D2A5E) of, for
// each frame, its stored and its raw size (u32 both), then the number of frames (u32), a descriptor
// byte of 0, and the magic 0x8F92EAB1. Programs that do not know it pass over it.
// Thread rule: an encoder from any thread, each with its own scratch; a tail from one at a time.
#pragma once

#include <holt/archive.hpp>

#include <memory>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "codec/gzip/block_encoder.h"
#include "codec/zstd/encode/compress.h"

namespace holt::store {

/// What one thread keeps from one stretch to the next.
struct EncoderScratch {
    Bytes raw;  ///< the stretch to be encoded
    std::optional<zstd::Compressor> zstd{};
    std::optional<gzip::BlockEncoder> gzip{};
    Bytes output{};
};

struct EncodedStretch {
    Bytes bytes;
    std::size_t raw_size = 0;
    std::uint32_t crc = 0;  ///< of the stretch as it was; .tar.gz
};

class ArchiveEncoder {
  public:
    /// Level 0 is the format's default; one that it does not have is a usage error.
    static Result<ArchiveEncoder> make(ArchiveFormat format, int level);
    /// What stands in front of the first stretch.
    Bytes head() const;
    Result<EncodedStretch> encode(EncoderScratch& scratch) const;

  private:
    ArchiveEncoder(ArchiveFormat format, int level) : format_(format), level_(level) {}

    ArchiveFormat format_;
    int level_;
};

class ArchiveTail {
  public:
    explicit ArchiveTail(ArchiveFormat format) : format_(format) {}
    void add(const EncodedStretch& stretch);
    /// What stands behind the last stretch.
    Result<Bytes> finish() const;

  private:
    Bytes finish_gzip() const;
    Bytes finish_zstd() const;

    ArchiveFormat format_;
    std::uint32_t crc_ = 0;  // of all stretches
    std::uint64_t raw_size_ = 0;
    std::vector<std::pair<std::uint32_t, std::uint32_t>> frames_;
};

}  // namespace holt::store
