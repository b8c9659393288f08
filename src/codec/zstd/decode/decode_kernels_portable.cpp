// The decoding loops for any processor.
#include "codec/zstd/decode/huffman_kernel.h"
#include "codec/zstd/decode/sequences_kernel.h"

namespace holt::zstd {

constinit const DecodeKernels kPortableDecodeKernels = {huffman_four, huffman_one,
                                                        decode_sequences};

}  // namespace holt::zstd
