// Blocks and frame headers (RFC 8878 3.1.1): the part of compression that one-shot and streaming
// share.
//
// A FrameEncoder keeps the history's indices, the entropy tables and the repeat offsets from block
// to block; whoever drives it owns the bytes. The history must stay readable at one address while
// blocks are encoded, or be announced as moved. Thread rule: one object, one thread at a time.
#pragma once

#include <optional>
#include <span>

#include "base/bytes.h"
#include "codec/zstd/encode/compress_kernels.h"
#include "codec/zstd/encode/compress_workspace.h"
#include "codec/zstd/encode/literals_encode.h"
#include "codec/zstd/match/match_long.h"

namespace holt::zstd {

/// Longest frame header that is written here: magic, descriptor, window, dictionary id, 8 bytes of
/// content size.
inline constexpr std::size_t kMaxFrameHeader = 4 + 1 + 1 + 4 + 8;
inline constexpr std::size_t kChecksumSize = 4;

enum class Checksum : std::uint8_t { none, appended };

/// Writes a frame header; a known content size makes it a single segment when the window holds it.
/// `dictionary_id` 0 is not written.
std::size_t write_frame_header(const MatchParams& params, std::optional<std::uint64_t> content_size,
                               Checksum checksum, std::uint32_t dictionary_id,
                               std::uint8_t* out) noexcept;

struct DictionaryEntropy;

class FrameEncoder {
  public:
    explicit FrameEncoder(codec::CpuLevel level) noexcept : kernels_(&encode_kernels(level)) {}

    /// A new frame whose history begins at `data`, in blocks of at most `block_size` bytes.
    void begin(const MatchParams& params, const std::uint8_t* data, std::size_t block_size);
    /// Bytes that precede the first block, which follows them in memory, may be referred to. With
    /// `unknown`, the decoder has seen blocks that this encoder has not.
    enum class DecoderState : std::uint8_t { initial, unknown };
    void load_history(ByteView history, DecoderState decoder) noexcept;
    /// `unknown`, without anything that may be referred to.
    void continue_unknown() noexcept;
    /// The tables and distances a decoder has from a dictionary.
    void load_tables(const DictionaryEntropy& entropy) noexcept;
    /// Long matches of the blocks that begin at `origin`, found already: other matches are looked
    /// for around them. They have to stay readable until the next begin().
    void use_long_matches(std::span<const LongMatch> matches, const std::uint8_t* origin) noexcept;
    /// Makes this frame's index the one to go back to, with everything from `block` on forgotten.
    void keep_index();
    /// Begins another frame on the history and index that were kept. `used` are the bytes that
    /// blocks of the frame before had.
    void begin_again(const std::uint8_t* block, std::size_t used) noexcept;
    /// Finds matches in a block and counts what it would be coded as; writes nothing.
    void count_block(ByteView block, ByteCounts& literals, SequenceCodes& codes) noexcept;
    /// What lay at `from` lies at `to` now; everything before it is gone.
    void move_history(const std::uint8_t* from, const std::uint8_t* to) noexcept;

    enum class Last : bool { no, yes };
    /// Encodes one block with its header. Blocks lie one behind the other in the history. Returns
    /// 0 when `out` is too small for it: block.size() + kBlockHeaderSize always suffices.
    std::size_t encode_block(ByteView block, Last last, MutableByteView out) noexcept;

    /// Encodes `input` as all the blocks of a frame. `made` becomes their length; on failure the
    /// place in the input up to which there was room in `out`.
    bool encode_blocks(ByteView input, MutableByteView out, std::size_t& made) noexcept;

  private:
    void begin_coding() noexcept;
    void find_sequences(ByteView block, SequenceStore& store) noexcept;
    void find_around_long_matches(ByteView block, SequenceStore& store) noexcept;
    std::size_t encode_body(const SequenceStore& store, std::uint8_t* out) noexcept;
    std::size_t encode_parts(const SequenceStore& store, std::size_t size, bool is_last,
                             MutableByteView out) noexcept;
    SequenceCodes code_space() const noexcept;
    void make_index_room(const std::uint8_t* block) noexcept;

    const EncodeKernels* kernels_;
    CompressWorkspace workspace_;
    KeptTables kept_;  // of a dictionary
    std::uint32_t kept_next_index_ = 0;
    MatchState state_;
    std::uint32_t end_index_ = 1;  // first index not given to a byte yet
    FindMatches find_ = nullptr;
    RecentOffsets repeats_{};
    RecentOffsets decoder_repeats_{};  // 0: not known
    bool recoding_ = false;            // decoder_repeats_ differ from repeats_
    struct LongMatches {
        bool active = false;                   // decoder_repeats_ differ from repeats_ for good
        std::span<const LongMatch> matches{};  // not all before the current block
        const std::uint8_t* origin = nullptr;
    } long_;
    LiteralsEncoder literals_;
    SequencesEncoder sequences_;
};

}  // namespace holt::zstd
