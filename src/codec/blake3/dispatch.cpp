#include "codec/blake3/kernel.h"
#include "codec/cpu.h"

namespace holt::blake3 {

RunJobs kernel() noexcept {
#if defined(__x86_64__)
    switch (codec::cpu_level()) {
        case codec::CpuLevel::avx512:
            return run_jobs_avx512;
        case codec::CpuLevel::avx2:
            return run_jobs_avx2;
        case codec::CpuLevel::portable:
            break;
    }
#endif
    return run_jobs_portable;
}

}  // namespace holt::blake3
