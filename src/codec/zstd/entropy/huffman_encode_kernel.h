// Kernel: writes one Huffman stream (RFC 8878 4.2.2). Compiled once for each instruction set inside
// the namespace HOLT_ZSTD_ISA; see compress_kernels.h.
#pragma once

#include "codec/zstd/entropy/huffman_encode.h"
#include "codec/zstd/format/bit_writer.h"

namespace holt::zstd::HOLT_ZSTD_ISA {

/// Two codes as one: at most 22 bits, so that two pairs can be added between flushes.
struct CodePair {
    std::uint32_t bits;
    unsigned count;
};

HOLT_ZSTD_INLINE CodePair pair_of(std::uint32_t first, std::uint32_t second) noexcept {
    const unsigned shift = first >> 16;
    return {(first & 0xFFFF) | (second & 0xFFFF) << shift, shift + (second >> 16)};
}

/// Encodes `size` bytes from the last to the first. Returns the end of the stream, which may be
/// followed by kBitWriterSlack bytes of scribble.
static std::uint8_t* huffman_stream(const std::uint32_t* codes, const std::uint8_t* data,
                                    std::size_t size, std::uint8_t* out) noexcept {
    BitWriter bits(out);
    const std::uint8_t* at = data + size;
    for (std::size_t odd = size % 4; odd > 0; --odd) {
        const std::uint32_t code = codes[*--at];
        bits.add(code & 0xFFFF, code >> 16);
    }
    bits.flush();
    while (at != data) {
        at -= 4;
        const CodePair high = pair_of(codes[at[3]], codes[at[2]]);
        const CodePair low = pair_of(codes[at[1]], codes[at[0]]);
        bits.add(high.bits, high.count);
        bits.add(low.bits, low.count);
        bits.flush();
    }
    return bits.close();
}

}  // namespace holt::zstd::HOLT_ZSTD_ISA
