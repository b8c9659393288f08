#include "codec/zstd/decode/decode_kernels.h"

namespace holt::zstd {

#if defined(__x86_64__)
namespace {

/// Whether the deposit of bits (pdep) takes 3 cycles; AMD's processors before those with VAES have
/// it in microcode, 18 cycles and more. Every processor with AVX-512 has it in hardware.
bool deposit_is_fast(codec::CpuLevel level) noexcept {
    if (level >= codec::CpuLevel::avx512) return true;
    __builtin_cpu_init();
    return __builtin_cpu_is("intel") || __builtin_cpu_supports("vaes");
}

}  // namespace
#endif

const DecodeKernels& decode_kernels(codec::CpuLevel level) noexcept {
#if defined(__x86_64__)
    if (level >= codec::CpuLevel::avx2) {
        static const DecodeKernels kWithoutDeposit = {kAvx2DecodeKernels.huffman_four,
                                                      kAvx2DecodeKernels.huffman_one,
                                                      kPortableDecodeKernels.sequences};
        return deposit_is_fast(level) ? kAvx2DecodeKernels : kWithoutDeposit;
    }
#endif
    static_cast<void>(level);
    return kPortableDecodeKernels;
}

}  // namespace holt::zstd
