#include "store/pack/footer_index.h"

#include <gtest/gtest.h>

#include <random>

namespace holt::store {
namespace {

std::vector<ChunkInfo> random_chunks(std::size_t count, unsigned seed) {
    std::mt19937_64 random(seed);
    std::vector<ChunkInfo> chunks(count);
    for (ChunkInfo& chunk : chunks)
        for (std::uint8_t& byte : chunk.digest.bytes) byte = static_cast<std::uint8_t>(random());
    return chunks;
}

// Proves: each chunk is found at its own place, and no other digest is found, for any number.
TEST(FooterIndex, FindsExactlyWhatIsThere) {
    for (const std::size_t count : {0u, 1u, 2u, 3u, 7u, 8u, 1000u, 4096u}) {
        const std::vector<ChunkInfo> chunks = random_chunks(count, 1);
        const FooterIndex index(chunks);
        for (std::uint32_t i = 0; i < count; ++i) EXPECT_EQ(index.find(chunks[i].digest), i);
        for (const ChunkInfo& other : random_chunks(100, 2))
            EXPECT_FALSE(index.find(other.digest).has_value());
    }
}

// Proves: digests that share the bytes the hash is made of are still told apart, and a search for a
// further one of them ends.
TEST(FooterIndex, TellsCollisionsApart) {
    std::vector<ChunkInfo> chunks = random_chunks(300, 3);
    for (ChunkInfo& chunk : chunks) std::fill_n(chunk.digest.bytes.begin(), 8, std::uint8_t{0xff});
    const FooterIndex index(chunks);
    for (std::uint32_t i = 0; i < chunks.size(); ++i) EXPECT_EQ(index.find(chunks[i].digest), i);
    Digest other = chunks[0].digest;
    other.bytes[31] ^= 1;
    EXPECT_FALSE(index.find(other).has_value());
}

// Proves: of a digest that is there twice the first place is meant, as the catalog has it.
TEST(FooterIndex, FirstOfEqualOnes) {
    std::vector<ChunkInfo> chunks = random_chunks(4, 4);
    chunks[3].digest = chunks[1].digest;
    EXPECT_EQ(FooterIndex(chunks).find(chunks[1].digest), 1u);
}

}  // namespace
}  // namespace holt::store
