// Proves: every supported level can be forced, and no unsupported one.
#include "codec/cpu.h"

#include <gtest/gtest.h>

namespace holt::codec {
namespace {

TEST(Cpu, ForcesAnyLevelUpToTheDetectedOne) {
    for (const CpuLevel level : {CpuLevel::portable, CpuLevel::avx2, CpuLevel::avx512}) {
        const bool supported = level <= detected_cpu_level();
        EXPECT_EQ(force_cpu_level(level), supported) << name(level);
        if (supported) {
            EXPECT_EQ(cpu_level(), level);
        }
    }
    EXPECT_TRUE(force_cpu_level(std::nullopt));
    EXPECT_EQ(cpu_level(), detected_cpu_level());
}

}  // namespace
}  // namespace holt::codec
