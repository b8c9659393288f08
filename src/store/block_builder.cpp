#include "store/block_builder.h"

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
    if (bytes.size() > kSharedBlockLimit) {
        RawBlock alone;
        append(alone, digest, kind, bytes);
        full.push_back(std::move(alone));
        return;
    }
    RawBlock& open = kind == ChunkKind::data ? data_ : trees_;
    if (open.raw.size() + bytes.size() > kBlockTarget) close(open, full);
    if (open.raw.empty()) open.raw.reserve(kBlockTarget);
    append(open, digest, kind, bytes);
}

void BlockBuilder::flush(std::vector<RawBlock>& full) {
    close(data_, full);
    close(trees_, full);
}

}  // namespace holt::store
