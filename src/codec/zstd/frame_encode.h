// Blocks and frame headers (RFC 8878 3.1.1): the part of compression that one-shot and streaming
// share.
//
// A FrameEncoder keeps the history's indices, the entropy tables and the repeat offsets from block
// to block; whoever drives it owns the bytes. The history must stay readable at one address while
// blocks are encoded, or be announced as moved. Thread rule: one object, one thread at a time.
#pragma once

#include <optional>

#include "base/bytes.h"
#include "codec/zstd/compress_kernels.h"
#include "codec/zstd/compress_workspace.h"
#include "codec/zstd/literals_encode.h"

namespace holt::zstd {

/// Longest frame header that is written here: magic, descriptor, window, 8 bytes of content size.
inline constexpr std::size_t kMaxFrameHeader = 4 + 1 + 1 + 8;
inline constexpr std::size_t kChecksumSize = 4;

enum class Checksum : std::uint8_t { none, appended };

/// Writes a frame header; a known content size makes it a single segment when the window holds it.
std::size_t write_frame_header(const MatchParams& params, std::optional<std::uint64_t> content_size,
                               Checksum checksum, std::uint8_t* out) noexcept;

class FrameEncoder {
  public:
    explicit FrameEncoder(codec::CpuLevel level) noexcept : kernels_(&encode_kernels(level)) {}

    /// A new frame whose history begins at `data`, in blocks of at most `block_size` bytes.
    void begin(const MatchParams& params, const std::uint8_t* data, std::size_t block_size);
    /// Bytes that precede the first block, which follows them in memory, may be referred to. With
    /// `unknown`, the decoder has seen blocks that this encoder has not.
    enum class DecoderState : std::uint8_t { initial, unknown };
    void load_history(ByteView history, DecoderState decoder) noexcept;
    /// What lay at `from` lies at `to` now; everything before it is gone.
    void move_history(const std::uint8_t* from, const std::uint8_t* to) noexcept;

    enum class Last : bool { no, yes };
    /// Encodes one block with its header. Blocks lie one behind the other in the history. Returns
    /// 0 when `out` is too small for it: block.size() + kBlockHeaderSize always suffices.
    std::size_t encode_block(ByteView block, Last last, MutableByteView out) noexcept;

  private:
    std::size_t encode_body(ByteView block, std::uint8_t* out) noexcept;
    void make_index_room(const std::uint8_t* block) noexcept;

    const EncodeKernels* kernels_;
    CompressWorkspace workspace_;
    MatchState state_;
    std::uint32_t end_index_ = 1;  // first index not given to a byte yet
    FindMatches find_ = nullptr;
    RecentOffsets repeats_{};
    RecentOffsets decoder_repeats_{};  // 0: not known
    bool recoding_ = false;            // decoder_repeats_ differ from repeats_
    LiteralsEncoder literals_;
    SequencesEncoder sequences_;
};

}  // namespace holt::zstd
