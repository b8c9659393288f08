#include "base/rfc3339.h"

#include <gtest/gtest.h>

#include <limits>

namespace holt {
namespace {

TEST(Rfc3339Test, TimesBefore1970AndWithNanoseconds) {
    EXPECT_EQ(rfc3339({1'700'000'000, 123'456'789}), "2023-11-14T22:13:20.123456789Z");
    EXPECT_EQ(rfc3339({}), "1970-01-01T00:00:00.000000000Z");
    EXPECT_EQ(rfc3339({-1, 999'999'999}), "1969-12-31T23:59:59.999999999Z");
}

// 64 bits of nanoseconds end in 1677 and 2262; the times of files do not.
TEST(Rfc3339Test, TimesFarAway) {
    EXPECT_EQ(rfc3339({9'223'372'037, 0}), "2262-04-11T23:47:17.000000000Z");
    EXPECT_EQ(rfc3339({253'402'300'800, 7}), "10000-01-01T00:00:00.000000007Z");
    EXPECT_EQ(rfc3339({std::numeric_limits<std::int64_t>::max(), 0}), "9223372036854775807");
}

}  // namespace
}  // namespace holt
