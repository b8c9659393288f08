#include "store/format/stat_codec.h"

#include <gtest/gtest.h>

#include <limits>

#include "store/samples.h"

namespace holt::store {
namespace {

std::vector<StatRecord> sample_stats() {
    constexpr auto kMax = std::numeric_limits<std::uint64_t>::max();
    return {{.ino = 100, .dev = 2049, .ctime = 1'700'000'000'000'000'000},
            {.ino = 101, .dev = 2049, .ctime = 1'700'000'000'000'000'001},
            {},
            {.ino = kMax, .dev = kMax, .ctime = kMax / 2},
            {.ino = 0, .dev = 1, .ctime = kMax / 2 + 1},
            {.ino = kMax / 2, .dev = kMax / 2 + 1, .ctime = kMax}};
}

bool same(const std::vector<StatRecord>& a, const std::vector<StatRecord>& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](const StatRecord& x, const StatRecord& y) {
                          return x.ino == y.ino && x.dev == y.dev && x.ctime == y.ctime;
                      });
}

TEST(StatCodec, RoundTripsAnyValues) {
    for (const auto& stats : {sample_stats(), std::vector<StatRecord>{}}) {
        const auto back = decode_stats(encode_stats(stats), "s");
        ASSERT_TRUE(back) << back.error().message();
        EXPECT_TRUE(same(*back, stats));
    }
}

// Files of one folder, made one after the other within a second: at most 9 bytes each.
TEST(StatCodec, NeighboursAreSmall) {
    std::vector<StatRecord> stats;
    for (std::uint64_t i = 0; i < 1000; ++i)
        stats.push_back(
            {.ino = 5'000'000 + i, .dev = 2049, .ctime = 1'700'000'000'000'000'000 + i * 777'777});
    EXPECT_LT(encode_stats(stats).size(), 9 * stats.size());
}

TEST(StatCodec, MutationsAreRefusedOrCanonical) {
    test::for_each_mutation(encode_stats(sample_stats()), 20'000, 4, [](const Bytes& bytes) {
        const auto back = decode_stats(bytes, "s");
        if (back)
            EXPECT_EQ(encode_stats(*back), bytes);
        else
            EXPECT_EQ(back.error().kind, ErrorKind::corrupt);
    });
}

}  // namespace
}  // namespace holt::store
