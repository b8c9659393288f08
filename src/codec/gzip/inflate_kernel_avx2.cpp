#define HOLT_INFLATE_ISA avx2
#include "codec/gzip/inflate_kernel.h"

namespace holt::gzip {

extern const InflateLoop kInflateLoopAvx2, kPassLoopAvx2;
const InflateLoop kInflateLoopAvx2 = avx2::run_loop;
const InflateLoop kPassLoopAvx2 = avx2::pass_loop;

}  // namespace holt::gzip
