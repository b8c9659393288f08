#include "store/format/wire.h"

#include <gtest/gtest.h>

#include <limits>

namespace holt::store {
namespace {

constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();

Bytes varint(std::uint64_t value) {
    Bytes out;
    WireWriter(out).varint(value);
    return out;
}

// Each integer comes back, and takes the fewest groups of 7 bits that hold it.
TEST(Wire, VarintsRoundTripInShortestForm) {
    for (unsigned bits = 0; bits <= 64; ++bits) {
        const std::uint64_t value = bits == 0 ? 0 : kMax >> (64 - bits);
        const Bytes out = varint(value);
        EXPECT_EQ(out.size(), bits == 0 ? 1 : (bits + 6) / 7);
        WireReader in(out);
        EXPECT_EQ(in.varint(kMax, ""), value);
        EXPECT_TRUE(in.finish("read", "x"));
    }
}

// Longer forms of the same integer, and integers over 64 bits, are refused.
TEST(Wire, RefusesLongAndOverflowingVarints) {
    for (const Bytes& bad :
         {Bytes{0x80, 0x00}, Bytes{0xFF, 0x80, 0x00},
          Bytes{0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x02},
          Bytes{0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x81, 0x00}, Bytes{0x80},
          Bytes{}}) {
        WireReader in(bad);
        EXPECT_EQ(in.varint(kMax, ""), 0u);
        EXPECT_FALSE(in.ok());
    }
}

TEST(Wire, ChecksTheLimit) {
    const Bytes out = varint(300);
    WireReader enough(out), small(out);
    EXPECT_EQ(enough.varint(300, ""), 300u);
    EXPECT_EQ(small.varint(299, "too many"), 0u);
    const Status status = small.finish("read", "x");
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().kind, ErrorKind::corrupt);
    EXPECT_NE(status.error().cause.find("too many"), std::string::npos);
}

// The first problem is the one reported, whatever is read after it.
TEST(Wire, FirstProblemSticks) {
    WireReader in(ByteView{});
    in.refuse("first");
    EXPECT_EQ(in.byte(), 0);
    EXPECT_EQ(in.digest(), Digest{});
    in.refuse("second");
    EXPECT_NE(in.finish("read", "x").error().cause.find("first"), std::string::npos);
}

TEST(Wire, TimesRoundTripAtTheEdges) {
    constexpr auto kLow = std::numeric_limits<std::int64_t>::min();
    constexpr auto kHigh = std::numeric_limits<std::int64_t>::max();
    for (const Time time : {Time{kLow, 0}, Time{kLow, 999'999'999}, Time{-2, 999'999'999},
                            Time{-1, 0}, Time{}, Time{0, 1}, Time{1, 0}, Time{9'223'372'037, 0},
                            Time{kHigh, 0}, Time{kHigh, 999'999'999}}) {
        Bytes out;
        WireWriter(out).time(time);
        WireReader in(out);
        EXPECT_EQ(in.time(), time);
        EXPECT_TRUE(in.finish("read", "x"));
    }
}

TEST(Wire, RefusesAFullSecondOfNanoseconds) {
    Bytes out;
    WireWriter writer(out);
    writer.zigzag(0);
    writer.varint(1'000'000'000);
    WireReader in(out);
    in.time();
    EXPECT_FALSE(in.ok());
}

}  // namespace
}  // namespace holt::store
