#include "codec/zstd/decode_kernels.h"

namespace holt::zstd {

const DecodeKernels& decode_kernels(codec::CpuLevel level) noexcept {
#if defined(__x86_64__)
    if (level >= codec::CpuLevel::avx2) return kAvx2DecodeKernels;
#endif
    static_cast<void>(level);
    return kPortableDecodeKernels;
}

}  // namespace holt::zstd
