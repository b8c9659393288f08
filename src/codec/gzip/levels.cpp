#include "codec/gzip/levels.h"

namespace holt::gzip {
namespace {

constexpr std::size_t kKiB = 1024;
constexpr std::uint8_t kFastest = 4, kSlowest = 2;

#if HOLT_HAVE_ISAL
constexpr LevelPlan kLevel1{Engine::isal, 2, 2, 1024 * kKiB, kFastest};
constexpr LevelPlan kLevel2{Engine::isal, 3, 3, 1024 * kKiB, 0};
#else
constexpr LevelPlan kLevel1{Engine::libdeflate, 1, 1, 1024 * kKiB, kFastest};
constexpr LevelPlan kLevel2{Engine::libdeflate, 2, 2, 1024 * kKiB, 0};
#endif

constexpr LevelPlan kPlans[kMaxLevel] = {
    kLevel1,
    kLevel2,
    {Engine::libdeflate, 3, 3, 1024 * kKiB, 0},
    {Engine::libdeflate, 4, 4, 1024 * kKiB, 0},
    {Engine::libdeflate, 5, 5, 1024 * kKiB, 0},
    {Engine::libdeflate, 6, 6, 1024 * kKiB, 0},
    {Engine::libdeflate, 7, 7, 512 * kKiB, 0},
    {Engine::libdeflate, 7, 7, 1024 * kKiB, 0},
    {Engine::libdeflate, 7, 8, 2048 * kKiB, kSlowest},
    {Engine::libdeflate, 9, 9, 2048 * kKiB, kSlowest},
    {Engine::libdeflate, 10, 10, 2048 * kKiB, kSlowest},
    {Engine::libdeflate, 12, 12, 2048 * kKiB, kSlowest},
};

}  // namespace

bool has_isal() noexcept {
    return kLevel1.engine == Engine::isal;
}

LevelPlan plan_of(int level) noexcept {
    return kPlans[level - kMinLevel];
}

}  // namespace holt::gzip
