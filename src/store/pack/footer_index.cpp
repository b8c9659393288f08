#include "store/pack/footer_index.h"

#include <bit>

namespace holt::store {
namespace {

std::size_t first_slot(const Digest& digest, std::size_t slots) noexcept {
    return std::hash<Digest>()(digest) & (slots - 1);
}

}  // namespace

FooterIndex::FooterIndex(std::span<const ChunkInfo> chunks)
    : chunks_(chunks), slots_(std::bit_ceil(2 * chunks.size() + 1)) {
    static_assert(kMaxPackChunks < UINT32_MAX);
    for (std::uint32_t ordinal = 0; ordinal < chunks.size(); ++ordinal) {
        std::size_t at = first_slot(chunks[ordinal].digest, slots_.size());
        while (slots_[at] != 0) at = (at + 1) & (slots_.size() - 1);
        slots_[at] = ordinal + 1;
    }
}

// Ends: at most half of the slots are taken.
std::optional<std::uint32_t> FooterIndex::find(const Digest& digest) const noexcept {
    for (std::size_t at = first_slot(digest, slots_.size()); slots_[at] != 0;
         at = (at + 1) & (slots_.size() - 1)) {
        const std::uint32_t ordinal = slots_[at] - 1;
        if (chunks_[ordinal].digest == digest) return ordinal;
    }
    return std::nullopt;
}

}  // namespace holt::store
