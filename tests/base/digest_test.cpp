// Proves: digests print and parse, and refuse what is not a digest.
#include "base/digest.h"

#include <gtest/gtest.h>

namespace holt {
namespace {

TEST(Digest, HexRoundTrip) {
    Digest digest;
    for (std::size_t i = 0; i < Digest::kSize; ++i)
        digest.bytes[i] = static_cast<std::uint8_t>(i * 7);
    EXPECT_EQ(Digest::from_hex(digest.hex()), digest);
}

TEST(Digest, RefusesWhatIsNotADigest) {
    EXPECT_FALSE(Digest::from_hex(""));
    EXPECT_FALSE(Digest::from_hex(std::string(63, 'a')));
    EXPECT_FALSE(Digest::from_hex(std::string(63, 'a') + "g"));
}

TEST(Endian, StoredLittleOnEveryHost) {
    std::uint8_t bytes[4];
    store_le<std::uint32_t>(bytes, 0x01020304u);
    EXPECT_EQ(bytes[0], 4);
    EXPECT_EQ(bytes[3], 1);
    EXPECT_EQ(load_le<std::uint32_t>(bytes), 0x01020304u);
}

}  // namespace
}  // namespace holt
