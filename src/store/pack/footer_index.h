// Finds a digest among the chunks of one footer, without the catalog.
//
// A tree's chunks nearly always lie in packs that are open already, in the order of the walk.
// Asking the catalog costs a transaction (some ten system calls) and a descent of its B-tree;
// asking here costs one or two cache lines. Open addressing over the chunks' ordinals: 8 to 16
// bytes a chunk, at most half full, linear probing. A digest is uniform, so its first bytes are the
// hash. Thread rule: const after construction. The chunks must outlive it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "store/format/pack_format.h"

namespace holt::store {

class FooterIndex {
  public:
    explicit FooterIndex(std::span<const ChunkInfo> chunks);

    /// The ordinal of the first chunk with this digest.
    std::optional<std::uint32_t> find(const Digest& digest) const noexcept;

  private:
    std::span<const ChunkInfo> chunks_;
    std::vector<std::uint32_t> slots_;  // ordinal + 1; 0 is free
};

}  // namespace holt::store
