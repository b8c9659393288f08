// Gathers new chunks into blocks, in the order they come: small ones up to 1 MiB, since one small
// file must not cost much to read; large ones up to 4 MiB, since what follows in a file is much
// like what went before. Trees and data go to blocks of their own, so that listing a snapshot reads
// trees only. Thread rule: one thread at a time.
#pragma once

#include <vector>

#include "store/format/pack_format.h"

namespace holt::store {

/// Chunks up to this many bytes are small. A file up to it is one chunk.
inline constexpr std::uint32_t kSmallChunk = 256u << 10;

struct RawBlock {
    Bytes raw;
    std::vector<ChunkInfo>
        chunks;  ///< they tile `raw`; their block member is set by the pack writer
};

class BlockBuilder {
  public:
    /// `small_target`: raw bytes that small chunks are put together to.
    explicit BlockBuilder(std::size_t small_target = kBlockTarget) noexcept
        : small_target_(small_target) {}

    /// Takes a chunk; blocks that are full now are appended to `full`.
    void add(const Digest& digest, ChunkKind kind, ByteView bytes, std::vector<RawBlock>& full);
    /// Appends what is not full yet.
    void flush(std::vector<RawBlock>& full);

  private:
    std::size_t small_target_;
    RawBlock small_, large_, trees_;
};

}  // namespace holt::store
