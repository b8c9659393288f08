#include "codec/zstd/encode/frame_encode.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/endian.h"
#include "codec/zstd/encode/dictionary_encode.h"
#include "codec/zstd/encode/frame_encode_split.h"
#include "codec/zstd/match/match_prices.h"
#include "codec/zstd/match/match_recode.h"

namespace holt::zstd {
namespace {

/// Indices stay below this, so that a window and a block beyond it never overflow 32 bits.
constexpr std::uint32_t kMaxIndex = 3u << 30;

/// A block is stored compressed only when it saves this much: raw blocks decode at memory speed.
constexpr std::size_t least_gain(std::size_t size) noexcept {
    return (size >> 6) + 2;
}

/// More literals than this for each match make a block suspect of being random.
constexpr std::size_t kLiteralsOfRandom = 1024;

/// Putting back the entries of one input byte takes about as long as copying so many bytes.
constexpr std::size_t kRestoreCost = 64;

constexpr std::size_t kLeastCompressible = 7;  // no block as short gets shorter

void write_block_header(BlockType type, std::size_t size, bool last, std::uint8_t* out) noexcept {
    const std::size_t bits = (last ? 1 : 0) | static_cast<std::size_t>(type) << 1 | size << 3;
    out[0] = static_cast<std::uint8_t>(bits);
    out[1] = static_cast<std::uint8_t>(bits >> 8);
    out[2] = static_cast<std::uint8_t>(bits >> 16);
}

/// Whether all bytes are equal, found by comparing the block with itself one byte on.
bool is_one_byte(ByteView block) noexcept {
    return block.size() > 1 && block[0] == block.back() &&
           std::memcmp(block.data(), block.data() + 1, block.size() - 1) == 0;
}

}  // namespace

std::size_t write_frame_header(const MatchParams& params, std::optional<std::uint64_t> content_size,
                               Checksum checksum, std::uint32_t dictionary_id,
                               std::uint8_t* out) noexcept {
    const bool single_segment =
        content_size && *content_size <= (std::uint64_t{1} << params.window_log);
    unsigned size_code = 0;
    if (content_size) {
        size_code = *content_size >= (std::uint64_t{1} << 32) ? 3
                    : *content_size >= 65536 + 256            ? 2
                    : *content_size >= 256                    ? 1
                                                              : 0;
        // Without a single segment, code 0 means that no size is stated.
        if (!single_segment && size_code == 0) size_code = 2;
    }
    const unsigned id_code = dictionary_id == 0      ? 0
                             : dictionary_id < 256   ? 1
                             : dictionary_id < 65536 ? 2
                                                     : 3;
    std::uint8_t* at = out;
    store_le(at, kFrameMagic);
    at += 4;
    *at++ = static_cast<std::uint8_t>(size_code << 6 | (single_segment ? 1u << 5 : 0) |
                                      (checksum == Checksum::appended ? 1u << 2 : 0) | id_code);
    if (!single_segment) *at++ = static_cast<std::uint8_t>((params.window_log - 10u) << 3);
    for (unsigned i = 0; i < (id_code == 3 ? 4 : id_code); ++i) {
        *at++ = static_cast<std::uint8_t>(dictionary_id >> (8 * i));
    }
    if (!content_size) return static_cast<std::size_t>(at - out);
    switch (size_code) {
        case 0:
            *at++ = static_cast<std::uint8_t>(*content_size);
            break;
        case 1:
            store_le(at, static_cast<std::uint16_t>(*content_size - 256));
            at += 2;
            break;
        case 2:
            store_le(at, static_cast<std::uint32_t>(*content_size));
            at += 4;
            break;
        default:
            store_le(at, *content_size);
            at += 8;
    }
    return static_cast<std::size_t>(at - out);
}

void FrameEncoder::begin(const MatchParams& params, const std::uint8_t* data,
                         std::size_t block_size) {
    const auto tables = workspace_.reserve(params, block_size);
    if (tables == CompressWorkspace::Tables::cleared) end_index_ = 1;
    if (end_index_ >= kMaxIndex) {
        workspace_.clear_tables();
        end_index_ = 1;
    }
    state_.params = params;
    state_.hash = workspace_.hash();
    state_.chain = workspace_.chain();
    state_.tags = workspace_.tags();
    state_.optimal = workspace_.optimal();
    state_.base = reinterpret_cast<std::uintptr_t>(data) - end_index_;
    state_.low = end_index_;
    state_.next_to_index = end_index_;
    find_ = kernels_->finder(params);
    begin_coding();
}

void FrameEncoder::begin_coding() noexcept {
    const MatchParams& params = state_.params;
    state_.barren = 0;
    if (is_optimal(params.strategy)) state_.optimal->prices.primed = false;
    repeats_ = {{kInitialRepeatOffsets[0], kInitialRepeatOffsets[1], kInitialRepeatOffsets[2]}};
    const bool fastest = params.strategy == Strategy::fast && params.target_length > 0;
    recoding_ = false;
    long_ = {};
    literals_.reset(fastest ? LiteralsEncoder::Coding::raw : LiteralsEncoder::Coding::huffman);
    sequences_.reset(params.strategy <= Strategy::double_fast
                         ? SequencesEncoder::Choosing::quick
                         : SequencesEncoder::Choosing::by_cost);
}

void FrameEncoder::load_history(ByteView history, DecoderState decoder) noexcept {
    kernels_->indexer(state_.params)(state_, history.data(), history.data() + history.size());
    end_index_ = state_.index_of(history.data() + history.size());
    if (decoder == DecoderState::unknown) continue_unknown();
}

void FrameEncoder::continue_unknown() noexcept {
    recoding_ = true;
    decoder_repeats_ = {};
}

void FrameEncoder::load_tables(const DictionaryEntropy& entropy) noexcept {
    if (entropy.has_huffman) literals_.load(entropy.huffman);
    for (unsigned kind = 0; kind < kSequenceKinds; ++kind) {
        sequences_.load(static_cast<SequenceKind>(kind), entropy.sequences[kind]);
    }
    for (unsigned i = 0; i < 3; ++i) repeats_.distance[i] = entropy.repeats[i];
}

void FrameEncoder::keep_index() {
    kept_next_index_ = state_.next_to_index;
    kept_.copy_from(workspace_, state_.params);
}

void FrameEncoder::begin_again(const std::uint8_t* block, std::size_t used) noexcept {
    // What the last frame changed is put back, entry by entry where it was short.
    const RestoreIndex restore = kernels_->restorer(state_.params);
    if (restore != nullptr && used < kept_.size_in_bytes() / kRestoreCost) {
        restore(state_, kept_.view(), block, block + used);
    } else {
        kept_.copy_to(workspace_);
    }
    state_.next_to_index = kept_next_index_;
    end_index_ = state_.index_of(block);
    begin_coding();
}

void FrameEncoder::count_block(ByteView block, ByteCounts& literals,
                               SequenceCodes& codes) noexcept {
    SequenceStore store;
    find_sequences(block, store);
    count_bytes(store.all_literals(), literals);
    codes = code_space();
    kernels_->sequence_codes(store.sequences, store.count, codes);
}

void FrameEncoder::move_history(const std::uint8_t* from, const std::uint8_t* to) noexcept {
    state_.low = std::max(state_.low, state_.index_of(from));
    state_.base += reinterpret_cast<std::uintptr_t>(to) - reinterpret_cast<std::uintptr_t>(from);
    state_.next_to_index = std::max(state_.next_to_index, state_.low);
}

void FrameEncoder::make_index_room(const std::uint8_t* block) noexcept {
    const std::uint32_t index = state_.index_of(block);
    if (index < kMaxIndex) return;
    // Shift every index down, keeping the window; what falls out becomes 0, which is no index.
    const std::uint32_t window = 1u << state_.params.window_log;
    // By whole rounds of the second table: chains and trees have places by position in it.
    const std::uint32_t round = 1u << state_.params.chain_log;
    const std::uint32_t down = (index - window - 1) & ~(round - 1);
    const auto shift = [down](std::uint32_t* entries, std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) {
            entries[i] = entries[i] > down ? entries[i] - down : 0;
        }
    };
    shift(workspace_.hash(), workspace_.hash_entries());
    shift(workspace_.chain(), workspace_.chain_entries());
    state_.base += down;
    state_.low = state_.low > down ? state_.low - down : 1;
    state_.next_to_index = std::max(state_.next_to_index, down + 1) - down;
}

void FrameEncoder::find_sequences(ByteView block, SequenceStore& store) noexcept {
    store.sequences = workspace_.sequences();
    store.literals = workspace_.literals();
    if (long_.active) {
        find_around_long_matches(block, store);
    } else {
        const RecentOffsets before = repeats_;
        store.may_borrow = true;
        find_(state_, store, repeats_, block.data(), block.size());
        // Once the decoder is sure to remember what the finder does, they agree from then on.
        if (recoding_ && recode_offsets(store.sequences, store.count, before, decoder_repeats_)) {
            repeats_ = decoder_repeats_;
            recoding_ = false;
        }
    }
    end_index_ = state_.index_of(block.data() + block.size());  // a finder may index anew
}

std::size_t FrameEncoder::encode_body(const SequenceStore& store, std::uint8_t* out) noexcept {
    const auto hint = store.count == 0 ? LiteralsEncoder::Hint::alone
                      : store.count < store.literal_count / kLiteralsOfRandom
                          ? LiteralsEncoder::Hint::maybe_random
                          : LiteralsEncoder::Hint::none;
    const std::size_t literals = literals_.encode(*kernels_, store.all_literals(), hint, out);
    SequenceCodes codes = code_space();
    return literals +
           sequences_.encode(*kernels_, store.sequences, store.count, codes, out + literals);
}

SequenceCodes FrameEncoder::code_space() const noexcept {
    SequenceCodes codes;
    for (unsigned kind = 0; kind < kSequenceKinds; ++kind) {
        codes.codes[kind] = workspace_.codes(kind);
    }
    return codes;
}

std::size_t FrameEncoder::encode_parts(const SequenceStore& store, std::size_t size, bool is_last,
                                       MutableByteView out) noexcept {
    if (store.count == 0) return 0;
    BlockPart parts[kMaxBlockParts];
    SequenceCodes codes = code_space();
    kernels_->sequence_codes(store.sequences, store.count, codes);
    const unsigned count = split_block(store, codes, size, parts);
    if (count < 2) return 0;
    // A part that does not shrink would have to be stored raw, and the decoder would not see its
    // distances: then the block stays whole, and its tables start from where they were.
    const LiteralsEncoder literals_before = literals_;
    const SequencesEncoder sequences_before = sequences_;
    SequenceStore rest = store;
    std::size_t written = 0;
    for (unsigned i = 0; i < count; ++i) {
        SequenceStore part = rest;
        part.count = parts[i].sequences;
        part.literal_count = parts[i].literals;
        const std::size_t made = encode_body(part, workspace_.scratch());
        if (made + least_gain(parts[i].bytes) >= parts[i].bytes ||
            made + kBlockHeaderSize > out.size() - written) {
            literals_ = literals_before;
            sequences_ = sequences_before;
            return 0;
        }
        std::uint8_t* const at = out.data() + written;
        write_block_header(BlockType::compressed, made, is_last && i + 1 == count, at);
        std::memcpy(at + kBlockHeaderSize, workspace_.scratch(), made);
        literals_.commit();
        sequences_.commit();
        written += kBlockHeaderSize + made;
        rest.sequences += part.count;
        rest.literals += part.literal_count;
    }
    return written;
}

std::size_t FrameEncoder::encode_block(ByteView block, Last last, MutableByteView out) noexcept {
    if (out.size() < kBlockHeaderSize + 1 && !block.empty()) return 0;
    if (out.size() < kBlockHeaderSize) return 0;
    const bool is_last = last == Last::yes;
    make_index_room(block.data());
    end_index_ = state_.index_of(block.data() + block.size());
    std::uint8_t* const body = out.data() + kBlockHeaderSize;
    if (is_one_byte(block)) {
        *body = block[0];
        write_block_header(BlockType::rle, block.size(), is_last, out.data());
        return kBlockHeaderSize + 1;
    }
    if (block.size() > kLeastCompressible) {
        // Written in place where the worst case fits, so that nothing is copied.
        const bool in_place = out.size() - kBlockHeaderSize >= block_scratch_bound(block.size());
        std::uint8_t* const at = in_place ? body : workspace_.scratch();
        const RecentOffsets before = repeats_;
        const RecentOffsets decoder_before = decoder_repeats_;
        const bool recoding_before = recoding_;
        SequenceStore store;
        find_sequences(block, store);
        if (is_optimal(state_.params.strategy)) {
            const std::size_t size = encode_parts(store, block.size(), is_last, out);
            if (size > 0) return size;
        }
        const std::size_t size = encode_body(store, at);
        if (size + least_gain(block.size()) < block.size()) {
            if (size > out.size() - kBlockHeaderSize) return 0;
            if (!in_place) std::memcpy(body, at, size);
            literals_.commit();
            sequences_.commit();
            write_block_header(BlockType::compressed, size, is_last, out.data());
            return kBlockHeaderSize + size;
        }
        repeats_ = before;
        decoder_repeats_ = decoder_before;
        recoding_ = recoding_before;
    }
    if (out.size() < kBlockHeaderSize + block.size()) return 0;
    if (!block.empty()) std::memcpy(body, block.data(), block.size());
    write_block_header(BlockType::raw, block.size(), is_last, out.data());
    return kBlockHeaderSize + block.size();
}

bool FrameEncoder::encode_blocks(ByteView input, MutableByteView out, std::size_t& made) noexcept {
    std::size_t written = 0;
    std::size_t read = 0;
    do {
        const ByteView block = input.subspan(read, std::min(input.size() - read, kMaxBlockSize));
        const bool is_last = read + block.size() == input.size();
        const std::size_t size =
            encode_block(block, is_last ? Last::yes : Last::no, out.subspan(written));
        if (size == 0) {
            made = read;
            return false;
        }
        written += size;
        read += block.size();
    } while (read < input.size());
    made = written;
    return true;
}

}  // namespace holt::zstd
