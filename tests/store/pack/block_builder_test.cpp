// Proves: chunks go into blocks of their kind and size, in the order they come, each byte in its
// place; no block is larger than it may be; none is left behind.
#include "store/pack/block_builder.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace holt::store {
namespace {

class BlockBuilderTest : public ::testing::Test {
  protected:
    void add(ChunkKind kind, std::size_t size) {
        const auto number = static_cast<std::uint8_t>(++added_);
        Digest digest{};
        digest.bytes[0] = number;
        builder_.add(digest, kind, Bytes(size, number), full_);
    }
    // The first byte of each chunk's digest, block by block.
    static std::vector<int> numbers(const RawBlock& block) {
        std::vector<int> all;
        for (const ChunkInfo& chunk : block.chunks) all.push_back(chunk.digest.bytes[0]);
        return all;
    }

    BlockBuilder builder_;
    std::vector<RawBlock> full_;
    int added_ = 0;
};

TEST_F(BlockBuilderTest, SmallChunksShareBlocksOfOneMebibyte) {
    for (int i = 0; i < 5; ++i) add(ChunkKind::data, kSmallChunk);
    ASSERT_EQ(full_.size(), 1u);
    EXPECT_EQ(full_[0].raw.size(), kBlockTarget);
    EXPECT_EQ(numbers(full_[0]), (std::vector{1, 2, 3, 4}));
    builder_.flush(full_);
    ASSERT_EQ(full_.size(), 2u);
    EXPECT_EQ(numbers(full_[1]), (std::vector{5}));
}

TEST_F(BlockBuilderTest, LargeChunksShareBlocksOfFour) {
    add(ChunkKind::data, kSmallChunk + 1);
    add(ChunkKind::data, 100);  // goes elsewhere
    add(ChunkKind::data, 3u << 20);
    add(ChunkKind::data, 1u << 20);  // too much for the block that is open
    add(ChunkKind::data, kMaxBlockRaw);
    ASSERT_EQ(full_.size(), 2u);
    EXPECT_EQ(numbers(full_[0]), (std::vector{1, 3}));
    EXPECT_EQ(numbers(full_[1]), (std::vector{4}));
    builder_.flush(full_);
    ASSERT_EQ(full_.size(), 4u);
    EXPECT_EQ(numbers(full_[2]), (std::vector{2}));
    EXPECT_EQ(numbers(full_[3]), (std::vector{5}));
    EXPECT_EQ(full_[3].raw.size(), kMaxBlockRaw);
}

TEST_F(BlockBuilderTest, TreesAreApart) {
    add(ChunkKind::data, 10);
    add(ChunkKind::tree, 20);
    add(ChunkKind::snapshot, 30);
    add(ChunkKind::tree, 3u << 20);  // larger than they are put together to
    add(ChunkKind::tree, 40);
    builder_.flush(full_);
    ASSERT_EQ(full_.size(), 4u);
    EXPECT_EQ(numbers(full_[0]), (std::vector{2, 3}));
    EXPECT_EQ(numbers(full_[1]), (std::vector{4}));
    EXPECT_EQ(numbers(full_[2]), (std::vector{1}));
    EXPECT_EQ(numbers(full_[3]), (std::vector{5}));
}

TEST_F(BlockBuilderTest, EveryByteIsInItsPlaceAndNoBlockIsTooLarge) {
    std::size_t size = 1, sum = 0;
    for (int i = 0; i < 200; ++i) {
        size = (size * 48271 + 11) % (1u << 20) + 1;
        const std::size_t this_size = i % 3 == 0 ? size : size % 5000 + 1;
        add(i % 7 == 0 ? ChunkKind::tree : ChunkKind::data, this_size);
        sum += this_size;
    }
    builder_.flush(full_);
    std::size_t chunks = 0, bytes = 0;
    for (const RawBlock& block : full_) {
        EXPECT_LE(block.raw.size(), kMaxBlockRaw);
        std::uint32_t at = 0;
        for (const ChunkInfo& chunk : block.chunks) {
            EXPECT_EQ(chunk.offset, at);
            at += chunk.length;
            ASSERT_LE(at, block.raw.size());
            EXPECT_TRUE(std::ranges::all_of(ByteView(block.raw).subspan(chunk.offset, chunk.length),
                                            [&](auto b) { return b == chunk.digest.bytes[0]; }));
            ++chunks;
        }
        EXPECT_EQ(at, block.raw.size()) << "they fill it";
        bytes += at;
    }
    EXPECT_EQ(chunks, 200u);
    EXPECT_EQ(bytes, sum);
}

}  // namespace
}  // namespace holt::store
