// The search of needles.h in 32 lanes of AVX2.
#include <immintrin.h>

#include "relocation/needle_lanes.h"

namespace holt::relocation {
namespace {

struct ThirtyTwo {
    using Lanes = __m256i;
    static constexpr std::size_t kWidth = 32;
    static Lanes broadcast(std::uint8_t byte) noexcept {
        return _mm256_set1_epi8(static_cast<char>(byte));
    }
    static Lanes load(const std::uint8_t* at) noexcept {
        return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at));
    }
    static Lanes equal(Lanes a, Lanes b) noexcept { return _mm256_cmpeq_epi8(a, b); }
    static Lanes either(Lanes a, Lanes b) noexcept { return _mm256_or_si256(a, b); }
    static Lanes both(Lanes a, Lanes b) noexcept { return _mm256_and_si256(a, b); }
    static std::uint32_t mask(Lanes a) noexcept {
        return static_cast<std::uint32_t>(_mm256_movemask_epi8(a));
    }
};

}  // namespace

std::size_t next_candidate_avx2(const std::uint8_t* data, std::size_t at, std::size_t size,
                                const Needles& needles) noexcept {
    return next_candidate_in_lanes<ThirtyTwo>(data, at, size, needles);
}

}  // namespace holt::relocation
