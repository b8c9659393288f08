// The portable loop, and the choice among both.
#define HOLT_INFLATE_ISA portable
#include "codec/gzip/inflate_kernel.h"

namespace holt::gzip {

#if defined(__x86_64__)
extern const InflateLoop kInflateLoopAvx2;
#endif

InflateLoop inflate_loop([[maybe_unused]] codec::CpuLevel level) noexcept {
#if defined(__x86_64__)
    if (level != codec::CpuLevel::portable) return kInflateLoopAvx2;
#endif
    return portable::run_loop;
}

}  // namespace holt::gzip
