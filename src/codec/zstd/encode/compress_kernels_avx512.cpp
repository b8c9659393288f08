#define HOLT_ZSTD_ISA avx512
#include "codec/zstd/encode/compress_kernels_table.h"

namespace holt::zstd {

extern const EncodeKernels kEncodeKernelsAvx512;
const EncodeKernels kEncodeKernelsAvx512 = avx512::kKernels;

}  // namespace holt::zstd
