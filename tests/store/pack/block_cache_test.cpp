// Proves: a block is decoded once however many threads want it; a thread that would wait decodes
// the next one instead, which is then there; what was decoded ahead in vain lowers how far ahead is
// looked; an error ahead is for whoever wants that block; nothing large is allocated in the end.
#include "store/pack/block_cache.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <future>
#include <latch>
#include <mutex>
#include <set>
#include <thread>

namespace holt::store {
namespace {

constexpr std::uint32_t kBlocks = 100;

std::optional<BlockKey> following(BlockKey key) {
    return key.block + 1 < kBlocks ? std::optional(BlockKey{key.pack, key.block + 1})
                                   : std::nullopt;
}

class BlockCacheTest : public ::testing::Test {
  protected:
    Status load(BlockKey key, Bytes& raw) {
        ++loads_[key.block];
        {
            const std::lock_guard lock(mutex_);
            buffers_seen_.insert(&raw);
        }
        if (key.block == slow_) {
            begun_.count_down();
            go_on_.wait();
        }
        if (key.block == broken_)
            return std::unexpected(Error{.kind = ErrorKind::corrupt, .operation = "test"});
        raw.assign(10, static_cast<std::uint8_t>(key.block));
        return {};
    }
    // One thread decodes block 0 and does not get on; another one wants it too.
    Result<BlockRef> get_while_it_is_decoded() {
        slow_ = 0;
        auto first = std::async(std::launch::async, [&] { return cache_.get({1, 0}); });
        begun_.wait();
        auto second = std::async(std::launch::async, [&] { return cache_.get({1, 0}); });
        while (cache_.counts().waits == 0) std::this_thread::yield();
        go_on_.count_down();
        EXPECT_TRUE(first.get());
        return second.get();
    }

    std::array<std::atomic<int>, kBlocks> loads_{};
    std::mutex mutex_;
    std::set<const Bytes*> buffers_seen_;
    std::uint32_t slow_ = kBlocks, broken_ = kBlocks;
    std::atomic<std::uint32_t> front_{0};  // that was asked for last
    std::latch begun_{1}, go_on_{1};
    BlockCache cache_{4,
                      [this](BlockKey key, std::uint32_t front, BlockScratch&, Bytes& raw) {
                          front_ = front;
                          return load(key, raw);
                      },
                      following};
};

TEST_F(BlockCacheTest, KeepsTheBlocksUsedLast) {
    for (const std::uint32_t block : {0u, 1u, 2u, 3u, 0u, 4u, 0u})
        EXPECT_EQ((**cache_.get({1, block}))[0], block);
    EXPECT_EQ(loads_[0], 1);
    ASSERT_TRUE(cache_.get({1, 1}));  // the one that was not used for longest had to go
    EXPECT_EQ(loads_[1], 2);
    EXPECT_EQ(cache_.counts().ahead, 0u) << "nobody had to wait";
}

TEST_F(BlockCacheTest, WhoWouldWaitDecodesTheNextBlock) {
    const auto block = get_while_it_is_decoded();
    ASSERT_TRUE(block);
    EXPECT_EQ((**block)[0], 0);
    EXPECT_EQ(loads_[0], 1);
    EXPECT_EQ(loads_[1], 1);
    EXPECT_EQ(cache_.counts().ahead, 1u);
    ASSERT_TRUE(cache_.get({1, 1}));
    EXPECT_EQ(loads_[1], 1) << "it was there";
    EXPECT_EQ(cache_.counts().used, 1u);
    EXPECT_EQ(cache_.counts().depth, 2u) << "looking ahead pays";
}

TEST_F(BlockCacheTest, WhatIsNotUsedLowersTheDepth) {
    ASSERT_TRUE(get_while_it_is_decoded());
    ASSERT_TRUE(cache_.get({1, 1}));
    EXPECT_EQ(cache_.counts().depth, 2u);
    for (std::uint32_t block = 10; block < 20; ++block) ASSERT_TRUE(cache_.get({1, block}));
    EXPECT_EQ(cache_.counts().depth, 2u) << "it was used before it was evicted";
}

TEST_F(BlockCacheTest, EvictedUnusedHalvesTheDepth) {
    ASSERT_TRUE(get_while_it_is_decoded());
    for (std::uint32_t block = 10; block < 20; ++block) ASSERT_TRUE(cache_.get({1, block}));
    EXPECT_EQ(cache_.counts().used, 0u);
    EXPECT_EQ(cache_.counts().depth, 1u);
}

TEST_F(BlockCacheTest, AnErrorAheadIsForWhoWantsThatBlock) {
    broken_ = 1;
    ASSERT_TRUE(get_while_it_is_decoded());
    EXPECT_GE(loads_[1], 1);
    const auto broken = cache_.get({1, 1});
    ASSERT_FALSE(broken);
    EXPECT_EQ(broken.error().kind, ErrorKind::corrupt);
}

TEST_F(BlockCacheTest, WhatIsWantedOnceIsNotKept) {
    for (const std::uint32_t block : {0u, 1u, 2u, 3u}) ASSERT_TRUE(cache_.get({1, block}));
    for (std::uint32_t block = 10; block < 20; ++block) {
        const auto once = cache_.get_once({1, block}, 5);
        ASSERT_TRUE(once);
        EXPECT_EQ((**once)[0], block);
        EXPECT_EQ(front_, 5u);
    }
    ASSERT_TRUE(cache_.get_once({1, 10}, 7));
    EXPECT_EQ(loads_[10], 2);
    for (const std::uint32_t block : {0u, 1u, 2u, 3u}) {
        ASSERT_TRUE(cache_.get_once({1, block}, 5)) << "what is kept is taken";
        ASSERT_TRUE(cache_.get({1, block})) << "and stays";
        EXPECT_EQ(loads_[block], 1);
    }
    ASSERT_TRUE(cache_.get({1, 4}));
    EXPECT_EQ(front_, BlockCache::kWhole);
    broken_ = 30;
    EXPECT_FALSE(cache_.get_once({1, 30}, 5));
}

TEST_F(BlockCacheTest, BuffersAreUsedAgain) {
    for (std::uint32_t round = 0; round < 3; ++round)
        for (std::uint32_t block = 0; block < kBlocks; ++block) ASSERT_TRUE(cache_.get({1, block}));
    EXPECT_LE(buffers_seen_.size(), 6u) << "as many as are kept, and those in use";
}

}  // namespace
}  // namespace holt::store
