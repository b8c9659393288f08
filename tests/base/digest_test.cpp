// Proves: digests print and parse, compare as their hex digits do, and refuse what is not a digest.
#include <holt/digest.hpp>

#include <gtest/gtest.h>

#include <sstream>
#include <unordered_set>

#include "base/endian.h"

namespace holt {
namespace {

TEST(Digest, HexRoundTrip) {
    Digest digest;
    for (std::size_t i = 0; i < Digest::kSize; ++i)
        digest.bytes[i] = static_cast<std::uint8_t>(i * 7);
    EXPECT_EQ(Digest::from_hex(digest.hex()), digest);
}

TEST(Digest, IsAValueOfItsOwn) {
    Digest low, high;
    high.bytes[0] = 0x12;
    high.bytes[31] = 0xab;
    EXPECT_LT(low, high);
    EXPECT_LT(low.hex(), high.hex());
    EXPECT_EQ(high.hex().substr(60), "00ab");
    EXPECT_EQ(high.short_hex(), "120000000000");
    EXPECT_EQ(std::unordered_set<Digest>({low, high, low}).size(), 2u);
    std::ostringstream out;
    out << high;
    EXPECT_EQ(out.str(), high.hex());
#ifdef __cpp_lib_format
    EXPECT_EQ(std::format("<{:>66}>", high), "<  " + high.hex() + ">");
#endif
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
