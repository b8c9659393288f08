#include <holt/time.hpp>

#include <gtest/gtest.h>

#include <limits>

namespace holt {
namespace {

constexpr auto kLow = std::numeric_limits<std::int64_t>::min();
constexpr auto kHigh = std::numeric_limits<std::int64_t>::max();

TEST(TimeTest, NanosecondsOf64BitsComeBack) {
    for (const std::int64_t ns : {kLow, kLow + 1, std::int64_t{-1'000'000'001},
                                  std::int64_t{-1'000'000'000}, std::int64_t{-1}, std::int64_t{0},
                                  std::int64_t{1}, std::int64_t{999'999'999}, kHigh - 1, kHigh}) {
        EXPECT_EQ(ns_since_1970(time_of_ns(ns)), ns);
        EXPECT_EQ(wrapped_ns(time_of_ns(ns)), static_cast<std::uint64_t>(ns));
    }
    EXPECT_EQ(time_of_ns(-1), (Time{-1, 999'999'999}));
}

TEST(TimeTest, TimesBeyond64BitsOfNanosecondsHaveNoSuchNumber) {
    EXPECT_EQ(ns_since_1970({9'223'372'036, 854'775'808}), std::nullopt);
    EXPECT_EQ(ns_since_1970({-9'223'372'037, 145'224'191}), std::nullopt);
    EXPECT_EQ(ns_since_1970({kHigh, 0}), std::nullopt);
    EXPECT_EQ(ns_since_1970({kLow, 0}), std::nullopt);
}

TEST(TimeTest, DifferencesEndAtTheLargestNumber) {
    EXPECT_EQ(nanoseconds_between({1, 5}, {2, 3}), 999'999'998);
    EXPECT_EQ(nanoseconds_between({2, 3}, {1, 5}), -999'999'998);
    EXPECT_EQ(nanoseconds_between({kLow, 0}, {kHigh, 0}), kHigh);
    EXPECT_EQ(nanoseconds_between({kHigh, 0}, {kLow, 0}), kLow);
}

TEST(TimeTest, OrderIsThatOfTime) {
    EXPECT_LT((Time{-2, 999'999'999}), (Time{-1, 0}));
    EXPECT_LT((Time{0, 1}), (Time{0, 2}));
}

}  // namespace
}  // namespace holt
