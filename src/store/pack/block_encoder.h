// Turns a raw block into the bytes that go into a pack: one zstd frame, or the raw bytes themselves
// where compression gains under 3%. Thread rule: one encoder, one thread at a time; it allocates
// nothing in steady state but its output.
#pragma once

#include "codec/zstd/encode/compress.h"
#include "store/pack/block_builder.h"

namespace holt::store {

struct EncodedBlock {
    Bytes stored;
    BlockCodec codec = BlockCodec::raw;
    std::uint32_t raw_size = 0;
    std::vector<ChunkInfo> chunks;
};

class BlockEncoder {
  public:
    explicit BlockEncoder(int level) : compressor_({.level = level, .checksum = false}) {}
    Result<EncodedBlock> encode(RawBlock block);

  private:
    zstd::Compressor compressor_;
    Bytes scratch_;
};

}  // namespace holt::store
