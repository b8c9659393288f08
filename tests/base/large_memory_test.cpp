#include "base/large_memory.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

namespace holt {
namespace {

TEST(LargeMemoryTest, IsZeroAndBeginsAtACacheLine) {
    for (const std::size_t size : {1ul, 100'000ul, (1ul << 20) - 1, 1ul << 20, 5'000'001ul}) {
        LargeMemory memory;
        EXPECT_FALSE(memory);
        ASSERT_TRUE(memory.allocate(size));
        EXPECT_EQ(reinterpret_cast<std::uintptr_t>(memory.data()) % 64, 0u) << size;
        const auto is_zero = [](std::uint8_t byte) { return byte == 0; };
        EXPECT_TRUE(std::all_of(memory.data(), memory.data() + size, is_zero)) << size;
        std::fill_n(memory.data(), size, std::uint8_t{255});
        ASSERT_TRUE(memory.allocate(size));  // may be the same piece, used before
        EXPECT_TRUE(std::all_of(memory.data(), memory.data() + size, is_zero)) << size;
    }
}

TEST(LargeMemoryTest, MoreThanThereIsIsRefused) {
    LargeMemory memory;
    ASSERT_TRUE(memory.allocate(10));
    EXPECT_FALSE(memory.allocate(std::numeric_limits<std::size_t>::max()));
    EXPECT_FALSE(memory);
    EXPECT_EQ(memory.data(), nullptr);
}

}  // namespace
}  // namespace holt
