// The decoding loops for x86-64 with AVX2 and BMI2.
#include "codec/zstd/decode/huffman_kernel.h"
#include "codec/zstd/decode/sequences_kernel.h"

namespace holt::zstd {

constinit const DecodeKernels kAvx2DecodeKernels = {huffman_four, huffman_one, decode_sequences};

}  // namespace holt::zstd
