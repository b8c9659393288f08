// The portable kernels, and the choice among all.
#define HOLT_ZSTD_ISA portable
#include "codec/zstd/encode/compress_kernels_table.h"

namespace holt::zstd {

#if defined(__x86_64__)
extern const EncodeKernels kEncodeKernelsAvx2;
extern const EncodeKernels kEncodeKernelsAvx512;
#endif

const EncodeKernels& encode_kernels([[maybe_unused]] codec::CpuLevel level) noexcept {
#if defined(__x86_64__)
    if (level == codec::CpuLevel::avx512) return kEncodeKernelsAvx512;
    if (level == codec::CpuLevel::avx2) return kEncodeKernelsAvx2;
#endif
    return portable::kKernels;
}

}  // namespace holt::zstd
