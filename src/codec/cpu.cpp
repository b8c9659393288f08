#include "codec/cpu.h"

#include <atomic>

namespace holt::codec {
namespace {

constexpr std::uint8_t kNotForced = 255;
std::atomic<std::uint8_t> forced_level{kNotForced};

CpuLevel detect() noexcept {
#if defined(__x86_64__)
    __builtin_cpu_init();
    const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
                      __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("fma") &&
                      __builtin_cpu_supports("popcnt");
    const bool avx512 = avx2 && __builtin_cpu_supports("avx512f") &&
                        __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
                        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512cd");
    return avx512 ? CpuLevel::avx512 : avx2 ? CpuLevel::avx2 : CpuLevel::portable;
#else
    return CpuLevel::portable;
#endif
}

}  // namespace

CpuLevel detected_cpu_level() noexcept {
    static const CpuLevel level = detect();
    return level;
}

CpuLevel cpu_level() noexcept {
    const std::uint8_t forced = forced_level.load(std::memory_order_relaxed);
    return forced == kNotForced ? detected_cpu_level() : static_cast<CpuLevel>(forced);
}

bool force_cpu_level(std::optional<CpuLevel> level) noexcept {
    if (level && *level > detected_cpu_level()) return false;
    forced_level.store(level ? static_cast<std::uint8_t>(*level) : kNotForced,
                       std::memory_order_relaxed);
    return true;
}

std::string_view name(CpuLevel level) noexcept {
    switch (level) {
        case CpuLevel::portable:
            return "portable";
        case CpuLevel::avx2:
            return "avx2";
        case CpuLevel::avx512:
            return "avx512";
    }
    return "portable";
}

}  // namespace holt::codec
