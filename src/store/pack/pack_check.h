// Checks a whole pack: header, footer, trailer, every block's stored bytes and every chunk's
// digest. Thread rule: independent calls from any thread.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "codec/zstd/decode/decompress.h"
#include "store/pack/pack_reader.h"

namespace holt::store {

struct PackCheck {
    Digest id{};
    std::optional<PackReader> reader{};   ///< nothing when the pack itself cannot be opened
    std::vector<char> bad_blocks{};       ///< parallel to the footer's blocks: 1 is damaged
    std::vector<Error> errors{};          ///< each names the pack, and the block if it is one
    std::uint64_t chunks = 0, bytes = 0;  ///< that are whole
    bool is_whole() const noexcept { return errors.empty(); }
    /// An error that says nothing about the pack: the machine lacked something. Null if none.
    const Error* undecided() const noexcept;
};

/// What checking reuses from one pack to the next.
struct PackCheckScratch {
    zstd::Decompressor decoder;
    Bytes raw, stored;
};

/// One block of an open pack: its stored bytes and every chunk in it.
Status check_block(const PackReader& pack, std::uint32_t block, std::span<const ChunkInfo> chunks,
                   PackCheckScratch& scratch);

/// Is shown each chunk that has its digest.
using CheckedChunkVisitor = std::function<void(const ChunkInfo& chunk, ByteView bytes)>;

PackCheck check_pack(const StoreFolder& folder, const Digest& id, PackCheckScratch& scratch,
                     const CheckedChunkVisitor& visit = {});

}  // namespace holt::store
