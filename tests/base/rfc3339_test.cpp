#include "base/rfc3339.h"

#include <gtest/gtest.h>

#include <limits>

namespace holt {
namespace {

TEST(Rfc3339Test, TimesBefore1970AndWithNanoseconds) {
    EXPECT_EQ(rfc3339(1'700'000'000'123'456'789), "2023-11-14T22:13:20.123456789Z");
    EXPECT_EQ(rfc3339(0), "1970-01-01T00:00:00.000000000Z");
    EXPECT_EQ(rfc3339(-1), "1969-12-31T23:59:59.999999999Z");
    EXPECT_EQ(rfc3339(std::numeric_limits<std::int64_t>::min()), "1677-09-21T00:12:43.145224192Z");
}

}  // namespace
}  // namespace holt
