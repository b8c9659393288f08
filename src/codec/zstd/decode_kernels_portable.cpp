// The decoding loops for any processor.
#include "codec/zstd/huffman_kernel.h"
#include "codec/zstd/sequences_kernel.h"

namespace holt::zstd {

constinit const DecodeKernels kPortableDecodeKernels = {huffman_four, huffman_one,
                                                        decode_sequences};

}  // namespace holt::zstd
