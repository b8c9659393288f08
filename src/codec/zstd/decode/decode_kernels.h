// The inner loops of decoding, and the choice among their instruction sets.
//
// Each loop is written once, in huffman_kernel.h and sequences_kernel.h, and compiled for each
// instruction set in decode_kernels_SET.cpp. All give the same bytes and the same error codes.
// Jobs are plain data, so that no inline code is shared between instruction sets.
// Thread rule: pure functions of their job.
#pragma once

#include <cstddef>
#include <cstdint>

#include "codec/cpu.h"
#include "codec/zstd/format/error.h"

namespace holt::zstd {

struct SequenceTables;  // fse_decode.h

/// Bytes that wide copies may read past a source's end and write past a destination's end. The one
/// margin: buffers are allocated with it, the fast loops keep it, the tests check it.
inline constexpr std::size_t kCopyMargin = 32;  // one copy that begins at the end or before it

/// Four streams (or one) of Huffman codes. Every stream needs kFrontSlack readable bytes before it.
struct HuffmanJob {
    const std::uint16_t* single = nullptr;  ///< HuffmanTable::single
    const std::uint32_t* pairs = nullptr;   ///< HuffmanTable::pairs, or null: not built
    unsigned depth = 0;
    const std::uint8_t* begin[4] = {};
    const std::uint8_t* end[4] = {};
    std::uint8_t* out = nullptr;
    std::size_t size = 0;  ///< bytes to regenerate; exactly these are written
};

struct SequencesJob {
    const std::uint8_t* stream_begin = nullptr;  ///< kFrontSlack readable bytes before it
    const std::uint8_t* stream_end = nullptr;
    std::uint32_t count = 0;  ///< sequences, at least 1
    const SequenceTables* tables = nullptr;

    const std::uint8_t* literals = nullptr;  ///< kCopyMargin readable bytes after them
    std::size_t literals_size = 0;

    std::uint8_t* out = nullptr;            ///< where the block begins
    std::uint8_t* out_limit = nullptr;      ///< content may not go past this
    std::uint8_t* out_end = nullptr;        ///< nothing may be written past this
    const std::uint8_t* prefix = nullptr;   ///< start of the history that is contiguous with out
    const std::uint8_t* ext_end = nullptr;  ///< end of the older history, elsewhere in memory
    std::size_t ext_size = 0;               ///< its size in bytes
    std::uint64_t window = 0;       ///< offsets past this are refused, except into a dictionary ...
    std::uint64_t position = 0;     ///< ... while no more than `window` bytes of the frame precede;
                                    ///< `position` of them precede `out`
    std::uint32_t repeats[3] = {};  ///< in and out

    std::uint8_t* out_done = nullptr;             ///< result: end of the content so far
    const std::uint8_t* literals_done = nullptr;  ///< result: literals not used begin here
};

struct DecodeKernels {
    ErrorCode (*huffman_four)(const HuffmanJob&) noexcept;
    ErrorCode (*huffman_one)(const HuffmanJob&) noexcept;
    ErrorCode (*sequences)(SequencesJob&) noexcept;
};

extern const DecodeKernels kPortableDecodeKernels;
#if defined(__x86_64__)
extern const DecodeKernels kAvx2DecodeKernels;
#endif

/// The kernels of the CPU level in force.
const DecodeKernels& decode_kernels(codec::CpuLevel level) noexcept;

}  // namespace holt::zstd
