// Proves: xxHash64 gives the published values, and the checksum that libzstd puts behind a frame.
#include "codec/xxhash64/xxhash64.h"

#include <gtest/gtest.h>
#include <zstd.h>

#include <random>

#include "base/endian.h"

namespace holt::zstd {
namespace {

Bytes random_bytes(std::size_t size, unsigned seed) {
    std::mt19937 random(seed);
    Bytes bytes(size);
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
    return bytes;
}

/// The checksum libzstd writes for `content`.
std::uint32_t checksum_of_libzstd(const Bytes& content) {
    Bytes frame(ZSTD_compressBound(content.size()));
    ZSTD_CCtx* context = ZSTD_createCCtx();
    ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
    const std::size_t size =
        ZSTD_compress2(context, frame.data(), frame.size(), content.data(), content.size());
    ZSTD_freeCCtx(context);
    EXPECT_FALSE(ZSTD_isError(size));
    return load_le<std::uint32_t>(frame.data() + size - 4);
}

TEST(XxHash64, GivesPublishedValues) {
    EXPECT_EQ(xxhash64({}), 0xEF46DB3751D8E999u);
    EXPECT_EQ(xxhash64(as_bytes("a")), 0xD24EC4F1A98C6E5Bu);
    EXPECT_EQ(xxhash64(as_bytes("abc")), 0x44BC2CF5AD770999u);
    EXPECT_EQ(xxhash64(as_bytes("Nobody inspects the spammish repetition")), 0xFBCEA83C8A378BF1u);
}

TEST(XxHash64, EqualsTheChecksumOfLibzstdAtEveryShortLength) {
    const Bytes data = random_bytes(300, 1);
    for (std::size_t size = 0; size <= data.size(); ++size) {
        const Bytes content(data.begin(), data.begin() + static_cast<std::ptrdiff_t>(size));
        ASSERT_EQ(static_cast<std::uint32_t>(xxhash64(content)), checksum_of_libzstd(content))
            << size;
    }
}

TEST(XxHash64, DoesNotDependOnTheSplit) {
    const Bytes data = random_bytes(5000, 2);
    const std::uint64_t whole = xxhash64(data);
    std::mt19937 random(3);
    XxHash64 hash;
    for (int round = 0; round < 200; ++round) {
        hash.reset();
        ByteView rest = data;
        while (!rest.empty()) {
            const std::size_t piece = std::min<std::size_t>(rest.size(), random() % 100);
            hash.update(rest.first(piece));
            rest = rest.subspan(piece);
        }
        ASSERT_EQ(hash.digest(), whole);
        ASSERT_EQ(hash.digest(), whole) << "digest() must not change the state";
    }
}

}  // namespace
}  // namespace holt::zstd
