// Proves: buffers are aligned and of their size, come back on every path, and a steady load
// allocates nothing; the semaphore never lets more in than it has slots.
#include "fs/buffer_pool.h"

#include <atomic>

#include "fs/semaphore.h"
#include "fs_test.h"

namespace holt::fs {
namespace {

TEST(BufferPool, AlignedAndOfTheirSize) {
    BufferPool pool;
    const auto lease = pool.lease();
    EXPECT_EQ(lease.size(), 256u * 1024);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(lease.data()) % BufferPool::kAlignment, 0u);
    EXPECT_EQ(BufferPool(1).buffer_size(), 4096u);
    EXPECT_EQ(BufferPool(4097).buffer_size(), 8192u);
}

TEST(BufferPool, ComesBackOnEveryPathAndIsUsedAgain) {
    BufferPool pool(4096);
    for (int i = 0; i < 100; ++i) {
        auto a = pool.lease();
        auto b = pool.lease();
        auto moved = std::move(a);
        EXPECT_FALSE(a);
        b = std::move(moved);  // gives back what it had
        EXPECT_TRUE(b);
    }
    EXPECT_EQ(pool.allocated(), 2u);
}

TEST(BufferPool, ManyThreadsAllocateNoMoreThanTheyHoldAtOnce) {
    BufferPool pool(4096);
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&pool, t] {
            for (int i = 0; i < 2000; ++i) {
                const auto a = pool.lease(), b = pool.lease();
                std::ranges::fill(a.bytes(), static_cast<std::uint8_t>(t));
                std::ranges::fill(b.bytes(), static_cast<std::uint8_t>(t + 1));
                ASSERT_EQ(a.bytes()[4095], t);
            }
        });
    for (auto& thread : threads) thread.join();
    EXPECT_LE(pool.allocated(), 8u);
}

TEST(Semaphore, NeverMoreThanTwoForEachThread) {
    Semaphore semaphore(2);
    std::atomic<int> inside{0}, most{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 8; ++t)
        threads.emplace_back([&] {
            for (int i = 0; i < 300; ++i) {
                auto slot = semaphore.take();
                const auto held = std::move(slot);
                const int now = ++inside;
                for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) {
                }
                std::this_thread::yield();
                --inside;
            }
        });
    for (auto& thread : threads) thread.join();
    EXPECT_LE(most, 4);
    EXPECT_EQ(inside, 0);
}

}  // namespace
}  // namespace holt::fs
