// Rewriting packs: what is needed of some old ones goes into new ones.
//
// A block that is needed as a whole, or nearly, is copied as it is stored; its digest is checked on
// the way. Of a block that is mostly garbage, or small, the chunks are taken out, each checked, and
// gathered into new blocks with those of others: that is the only content that is compressed again.
// With a level all blocks are taken apart, but those that do not compress, and what is small goes
// into blocks as large as there are, in the order in which it was. Nothing is visible before the
// catalog is told. Thread rule: one thread at a time.
#pragma once

#include <tbb/enumerable_thread_specific.h>

#include <unordered_map>
#include <vector>

#include "codec/zstd/decode/decompress.h"
#include "store/gc/mark.h"
#include "store/operation/log.h"
#include "store/pack/block_builder.h"
#include "store/pack/block_encoder.h"
#include "store/pack/pack_sink.h"

namespace holt::store {

class Repacker {
  public:
    /// `level`: compresses everything again with it; 0: as little as possible.
    Repacker(const StoreFolder& folder, Log log, int level = 0);

    /// Copies what is needed of a pack.
    Status take(const PackUse& use);
    /// Seals the last new pack.
    Status finish();

    std::vector<NewPack>& packs() noexcept { return sink_.packs(); }
    std::uint64_t stored_bytes() const noexcept { return sink_.stored_bytes(); }
    /// Whether all that is needed of the pack by now was copied.
    bool has_all_of(const PackUse& use) const;

  private:
    Status take_chunks(const PackReader& pack, std::uint32_t block,
                       std::span<const ChunkInfo> chunks, const std::vector<bool>& live);
    bool stays_as_it_is(const BlockInfo& block, std::uint64_t dead) const noexcept;
    Status put(std::vector<RawBlock>& full);
    Status encode_waiting();

    const StoreFolder& folder_;
    PackSink sink_;
    BlockBuilder builder_;
    const int level_;
    tbb::enumerable_thread_specific<BlockEncoder> encoders_;
    std::vector<RawBlock> waiting_;  // to be encoded together, on all threads
    zstd::Decompressor decoder_;
    Bytes raw_, stored_;
    std::unordered_map<std::uint32_t, std::vector<bool>> copied_;  // by pack, chunks
};

}  // namespace holt::store
