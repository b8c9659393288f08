// The portable loops, and the choice among both kinds.
#define HOLT_INFLATE_ISA portable
#include "codec/gzip/inflate_kernel.h"

namespace holt::gzip {

#if defined(__x86_64__)
extern const InflateLoop kInflateLoopAvx2, kPassLoopAvx2;
#endif

InflateLoop inflate_loop([[maybe_unused]] codec::CpuLevel level) noexcept {
#if defined(__x86_64__)
    if (level != codec::CpuLevel::portable) return kInflateLoopAvx2;
#endif
    return portable::run_loop;
}

InflateLoop pass_loop([[maybe_unused]] codec::CpuLevel level) noexcept {
#if defined(__x86_64__)
    if (level != codec::CpuLevel::portable) return kPassLoopAvx2;
#endif
    return portable::pass_loop;
}

}  // namespace holt::gzip
