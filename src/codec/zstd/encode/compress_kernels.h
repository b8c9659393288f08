// The encoder's kernels as one table for each instruction set.
//
// The algorithms are written once, in headers whose contents live in the namespace HOLT_ZSTD_ISA.
// compress_kernels.cpp, _avx2.cpp and _avx512.cpp each set that name and include
// compress_kernels_table.h; nothing there may call a library function or template that is not
// forced inline. Every table gives the same output, byte for byte. Thread rule: immutable.
#pragma once

#include "codec/cpu.h"
#include "codec/zstd/encode/sequences_encode.h"
#include "codec/zstd/match/match_state.h"

namespace holt::zstd {

struct EncodeKernels {
    FindMatches (*finder)(const MatchParams& params) noexcept;
    IndexHistory (*indexer)(const MatchParams& params) noexcept;
    /// Null for tables that are only restored as a whole.
    RestoreIndex (*restorer)(const MatchParams& params) noexcept;
    std::uint8_t* (*huffman_stream)(const std::uint32_t* codes, const std::uint8_t* data,
                                    std::size_t size, std::uint8_t* out) noexcept;
    void (*sequence_codes)(const Sequence* sequences, std::size_t count,
                           SequenceCodes& out) noexcept;
    std::uint8_t* (*sequence_stream)(const Sequence* sequences, std::size_t count,
                                     const SequenceCodes& codes, const FseTable* const* tables,
                                     std::uint8_t* out) noexcept;
};

const EncodeKernels& encode_kernels(codec::CpuLevel level) noexcept;

}  // namespace holt::zstd
