#include "codec/zstd/encode/frame_encode_split.h"

#include <algorithm>

namespace holt::zstd {
namespace {

constexpr std::size_t kLeastSequences = 150;  // of a part

/// 256 * log2(value), near enough.
std::uint32_t log2_256(std::uint32_t value) noexcept {
    const unsigned high = high_bit(value);
    const std::uint32_t m = high >= 8 ? (value >> (high - 8)) & 255 : (value << (8 - high)) & 255;
    return (high << 8) + m + ((m * (256 - m) * 88) >> 16);
}

/// What symbols take with a table of their own, in 1/256 bits: their entropy, and the table.
std::uint64_t table_cost(const std::uint32_t* counts, unsigned symbols,
                         std::uint32_t bits_each) noexcept {
    std::uint32_t total = 0;
    for (unsigned s = 0; s < symbols; ++s) total += counts[s];
    if (total == 0) return 0;
    const std::uint32_t whole = log2_256(total);
    std::uint64_t cost = 0;
    for (unsigned s = 0; s < symbols; ++s) {
        if (counts[s] == 0) continue;
        cost += std::uint64_t{counts[s]} * (whole - log2_256(counts[s])) + (bits_each << 8);
    }
    return cost;
}

class Splitter {
  public:
    Splitter(const SequenceStore& store, const SequenceCodes& codes) noexcept
        : store_(store), codes_(codes) {}

    /// Cost in 1/256 bits of the sequences [begin, end) and their literals from `literals` on.
    std::uint64_t cost(std::size_t begin, std::size_t end, std::size_t literals,
                       std::size_t literals_end) const noexcept {
        constexpr std::uint64_t kHeaders = 13u * 8 << 8;  // block, literals, jump table, sequences
        constexpr std::uint32_t kBitsEachWeight = 4;
        constexpr std::uint32_t kBitsEachCode = 5;
        std::uint32_t bytes[256] = {};
        for (std::size_t i = literals; i < literals_end; ++i) ++bytes[store_.literals[i]];
        std::uint64_t sum = kHeaders + table_cost(bytes, 256, kBitsEachWeight);
        for (unsigned kind = 0; kind < kSequenceKinds; ++kind) {
            std::uint32_t counts[64] = {};
            for (std::size_t i = begin; i < end; ++i) ++counts[codes_.codes[kind][i]];
            sum += table_cost(counts, 64, kBitsEachCode);
        }
        return sum;
    }

    /// Cuts [begin, end) in the middle when that pays, then each half.
    void split(std::size_t begin, std::size_t end, std::size_t literals, std::size_t literals_end,
               std::uint64_t whole) noexcept {
        if (end - begin < 2 * kLeastSequences || cuts_ + 2 >= kMaxBlockParts) return;
        const std::size_t middle = begin + (end - begin) / 2;
        std::size_t literals_middle = literals;
        for (std::size_t i = begin; i < middle; ++i) {
            literals_middle += literal_length(store_.sequences[i]);
        }
        const std::uint64_t left = cost(begin, middle, literals, literals_middle);
        const std::uint64_t right = cost(middle, end, literals_middle, literals_end);
        if (left + right >= whole) return;
        split(begin, middle, literals, literals_middle, left);
        cut_at_[cuts_++] = middle;
        split(middle, end, literals_middle, literals_end, right);
    }
    unsigned cuts() const noexcept { return cuts_; }
    std::size_t cut_at(unsigned i) const noexcept { return cut_at_[i]; }

  private:
    const SequenceStore& store_;
    const SequenceCodes& codes_;
    unsigned cuts_ = 0;
    std::size_t cut_at_[kMaxBlockParts] = {};
};

}  // namespace

unsigned split_block(const SequenceStore& store, const SequenceCodes& codes, std::size_t size,
                     BlockPart (&parts)[kMaxBlockParts]) noexcept {
    if (store.count < 2 * kLeastSequences) return 1;
    Splitter splitter(store, codes);
    splitter.split(0, store.count, 0, store.literal_count,
                   splitter.cost(0, store.count, 0, store.literal_count));
    std::size_t at = 0;
    BlockPart rest{store.count, store.literal_count, size};
    for (unsigned i = 0; i < splitter.cuts(); ++i) {
        BlockPart part;
        for (; at < splitter.cut_at(i); ++at) {
            part.literals += literal_length(store.sequences[at]);
            part.bytes += literal_length(store.sequences[at]) + match_length(store.sequences[at]);
            ++part.sequences;
        }
        rest.sequences -= part.sequences;
        rest.literals -= part.literals;
        rest.bytes -= part.bytes;
        parts[i] = part;
    }
    parts[splitter.cuts()] = rest;
    return splitter.cuts() + 1;
}

}  // namespace holt::zstd
