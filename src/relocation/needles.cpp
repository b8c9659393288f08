#include "relocation/needles.h"

#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>

#include "relocation/needle_lanes.h"
#endif

namespace holt::relocation {

std::size_t next_candidate_plain(const std::uint8_t* data, std::size_t at, std::size_t size,
                                 const Needles& needles) noexcept {
    while (at < size) {
        const void* slash = std::memchr(data + at, '/', size - at);
        if (slash == nullptr) return size;
        at = static_cast<std::size_t>(static_cast<const std::uint8_t*>(slash) - data);
        for (std::size_t i = 0; i < 2; ++i) {
            const std::size_t length = needles.length[i];
            if (length <= size - at && data[at + length - 1] == needles.last[i]) return at;
        }
        ++at;
    }
    return size;
}

#if defined(__SSE2__)
namespace {

struct Sixteen {
    using Lanes = __m128i;
    static constexpr std::size_t kWidth = 16;
    static Lanes broadcast(std::uint8_t byte) noexcept {
        return _mm_set1_epi8(static_cast<char>(byte));
    }
    static Lanes load(const std::uint8_t* at) noexcept {
        return _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    }
    static Lanes equal(Lanes a, Lanes b) noexcept { return _mm_cmpeq_epi8(a, b); }
    static Lanes either(Lanes a, Lanes b) noexcept { return _mm_or_si128(a, b); }
    static Lanes both(Lanes a, Lanes b) noexcept { return _mm_and_si128(a, b); }
    static std::uint32_t mask(Lanes a) noexcept {
        return static_cast<std::uint32_t>(_mm_movemask_epi8(a));
    }
};

}  // namespace

std::size_t next_candidate_sse2(const std::uint8_t* data, std::size_t at, std::size_t size,
                                const Needles& needles) noexcept {
    return next_candidate_in_lanes<Sixteen>(data, at, size, needles);
}
#else
std::size_t next_candidate_sse2(const std::uint8_t* data, std::size_t at, std::size_t size,
                                const Needles& needles) noexcept {
    return next_candidate_plain(data, at, size, needles);
}
#endif

}  // namespace holt::relocation
