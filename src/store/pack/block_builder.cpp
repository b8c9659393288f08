#include "store/pack/block_builder.h"

#include <algorithm>
#include <utility>

namespace holt::store {
namespace {

void append(RawBlock& block, const Digest& digest, ChunkKind kind, ByteView bytes) {
    block.chunks.push_back({.digest = digest,
                            .kind = kind,
                            .offset = static_cast<std::uint32_t>(block.raw.size()),
                            .length = static_cast<std::uint32_t>(bytes.size())});
    block.raw.insert(block.raw.end(), bytes.begin(), bytes.end());
}

void close(RawBlock& block, std::vector<RawBlock>& full) {
    if (!block.chunks.empty()) full.push_back(std::exchange(block, {}));
}

}  // namespace

void BlockBuilder::add(const Digest& digest, ChunkKind kind, ByteView bytes,
                       std::vector<RawBlock>& full) {
    const bool is_data = kind == ChunkKind::data;
    const bool is_large = is_data && bytes.size() > kSmallChunk;
    RawBlock& open = !is_data ? trees_ : is_large ? large_ : small_;
    const std::size_t target = is_large ? kMaxBlockRaw : is_data ? small_target_ : kBlockTarget;
    if (open.raw.size() + bytes.size() > target) close(open, full);
    if (open.raw.empty()) open.raw.reserve(std::max(target, bytes.size()));
    append(open, digest, kind, bytes);
}

void BlockBuilder::flush(std::vector<RawBlock>& full) {
    close(small_, full);
    close(large_, full);
    close(trees_, full);
}

}  // namespace holt::store
