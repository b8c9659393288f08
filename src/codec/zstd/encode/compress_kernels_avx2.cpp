#define HOLT_ZSTD_ISA avx2
#include "codec/zstd/encode/compress_kernels_table.h"

namespace holt::zstd {

extern const EncodeKernels kEncodeKernelsAvx2;
const EncodeKernels kEncodeKernelsAvx2 = avx2::kKernels;

}  // namespace holt::zstd
