// One compressed block (RFC 8878 3.1.1.3): literals, then sequences that combine them with what was
// decoded before.
//
// A BlockDecoder holds all that passes from block to block: the tables that a later block may
// repeat and the recent offsets. It allocates its buffers when it is made and never again.
// Thread rule: one object, one thread at a time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/bytes.h"
#include "codec/zstd/decode/decode_kernels.h"
#include "codec/zstd/decode/fse_decode.h"
#include "codec/zstd/decode/huffman_decode.h"
#include "codec/zstd/format/error.h"

namespace holt::zstd {

struct DictionaryTables;

/// A block's bytes, and how far beyond them the same buffer may be read.
struct BlockInput {
    ByteView content;
    const std::uint8_t* readable_end;
};

/// Where a block's content goes and what stands before it. See SequencesJob for the fields.
struct BlockOutput {
    std::uint8_t* out;
    std::uint8_t* out_limit;
    std::uint8_t* out_end;
    const std::uint8_t* prefix;
    const std::uint8_t* ext_end;
    std::size_t ext_size;
    std::uint64_t window;
    std::uint64_t position;
};

class BlockDecoder {
  public:
    explicit BlockDecoder(codec::CpuLevel level);

    /// Begins a frame. `dictionary` may be null and must outlive the frame.
    void reset(const DictionaryTables* dictionary) noexcept;

    /// Decodes the content of a compressed block. `written` becomes its length in bytes; on an
    /// error `where` is the offset in the content to what is wrong. Content past out_limit gives
    /// output_full.
    ErrorCode decode(const BlockInput& input, const BlockOutput& output, std::size_t& written,
                     std::size_t& where) noexcept;

  private:
    /// The literals section's result: bytes, with kCopyMargin readable behind them
    /// unless they are in their place already.
    struct Literals {
        const std::uint8_t* data = nullptr;
        std::size_t size = 0;
        std::size_t consumed = 0;  ///< bytes of the block that the section took
    };
    /// `out` holds `size_limit` bytes: literals that are all of the block are put there at once.
    ErrorCode decode_literals(const BlockInput& input, std::uint8_t* out, std::size_t size_limit,
                              Literals& literals, std::size_t& where) noexcept;
    ErrorCode decode_huffman(ByteView streams, bool four, MutableByteView literals) noexcept;
    ErrorCode decode_deep(const HuffmanJob& job, int streams) const noexcept;
    ErrorCode read_sequence_tables(ByteView section, std::size_t& consumed) noexcept;
    ErrorCode read_sequence_table(SequencePart part, unsigned mode, ByteView section,
                                  std::size_t& consumed) noexcept;
    const SequenceTables& joined_tables() noexcept;

    static constexpr std::size_t index(SequencePart part) noexcept {
        return static_cast<std::size_t>(part);
    }

    const DecodeKernels* kernels_;
    std::unique_ptr<std::uint8_t[]> literals_;  // kMaxBlockSize + kCopyMargin
    std::unique_ptr<HuffmanTable> own_huffman_;
    std::unique_ptr<SequenceTables> own_tables_;
    const HuffmanTable* huffman_ = nullptr;          // null: no block has defined one yet
    const DeepHuffmanTable* deep_ = nullptr;         // the dictionary's, until a block has its own
    std::array<const SequenceTables*, 3> tables_{};  // by SequencePart; null: likewise
    std::array<const SequenceTables*, 3> copied_{};  // whose table ours is a copy of, or null
    std::array<std::uint32_t, 3> repeats_{};
};

/// What a formatted dictionary gives the first block (section 5).
struct DictionaryTables {
    HuffmanTable huffman;
    std::unique_ptr<DeepHuffmanTable> deep{};  ///< in place of `huffman`
    SequenceTables sequences;
    std::array<std::uint32_t, 3> repeats;
};

}  // namespace holt::zstd
