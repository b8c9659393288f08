// Sequences of a block with long matches in it: the level's finder gets the stretches between them.
//
// The finder keeps its own recent distances and never sees those of long matches, which reach
// behind the bytes it has. So offset values are worked out anew, for a decoder that has seen both.
#include <algorithm>

#include "codec/zstd/encode/frame_encode.h"
#include "codec/zstd/match/match_recode.h"

namespace holt::zstd {
namespace {

/// Of a long match cut by the block's end, a shorter rest is left to the finder.
constexpr std::size_t kLeastPiece = 16;
/// Within a long match everything is a repeat: so many positions at its end are indexed.
constexpr std::uint32_t kIndexedOfMatch = 512;

}  // namespace

void FrameEncoder::use_long_matches(std::span<const LongMatch> matches,
                                    const std::uint8_t* origin) noexcept {
    long_ = {.active = true, .matches = matches, .origin = origin};
    if (!recoding_) decoder_repeats_ = repeats_;
}

void FrameEncoder::find_around_long_matches(ByteView block, SequenceStore& store) noexcept {
    const std::uint8_t* const end = block.data() + block.size();
    const auto begin_of = [&](const LongMatch& m) { return long_.origin + m.begin; };
    const auto end_of = [&](const LongMatch& m) { return long_.origin + m.begin + m.length; };
    // Blocks come in order: what ended before this one is done with.
    auto& left = long_.matches;
    while (!left.empty() && end_of(left.front()) <= block.data()) left = left.subspan(1);

    const std::uint8_t* at = block.data();
    std::size_t in_sequences = 0;  // literals that a sequence has already
    const auto find_up_to = [&](const std::uint8_t* stop) {
        const std::size_t first = store.count;
        const RecentOffsets before = repeats_;
        const std::uint32_t index = state_.index_of(at);
        if (index > state_.next_to_index + kIndexedOfMatch) {
            state_.next_to_index = index - kIndexedOfMatch;
        }
        find_(state_, store, repeats_, at, static_cast<std::size_t>(stop - at));
        recode_offsets(store.sequences + first, store.count - first, before, decoder_repeats_);
        for (std::size_t i = first; i < store.count; ++i) {
            in_sequences += literal_length(store.sequences[i]);
        }
        at = stop;
    };
    for (const LongMatch& match : left) {
        if (begin_of(match) >= end) break;
        const std::uint8_t* const from = std::max(at, begin_of(match));
        const std::uint8_t* const to = std::min(end, end_of(match));
        if (static_cast<std::size_t>(to - from) < kLeastPiece) continue;
        if (from > at) find_up_to(from);
        const std::size_t literals = store.literal_count - in_sequences;
        Sequence& sequence = store.sequences[store.count++];
        sequence = make_sequence(literals, static_cast<std::size_t>(to - from), match.distance + 3);
        recode_offsets(&sequence, 1, repeats_, decoder_repeats_);
        in_sequences += literals;
        at = to;
    }
    if (at < end) find_up_to(end);
}

}  // namespace holt::zstd
