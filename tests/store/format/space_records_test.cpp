// Proves: what is remembered of a space is found again by path, comes back from its bytes exactly,
// and bytes that were changed or cut are refused or give other records, never a crash.
#include "store/format/space_records.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace holt::test {
namespace {

using store::Holds;
using store::space_key;
using store::SpaceRecord;
using store::SpaceRecords;

std::vector<SpaceRecord> sample(std::size_t count, unsigned seed) {
    std::mt19937_64 random(seed);
    std::vector<SpaceRecord> records;
    for (std::size_t i = 0; i < count; ++i) {
        const std::uint64_t ctime = random() >> (random() % 60);
        records.push_back({space_key("folder/" + std::to_string(i)), random() % 100'000,
                           random() % 9 == 0 ? 0 - ctime : ctime});
    }
    return records;
}

TEST(SpaceRecords, AreFoundByPath) {
    for (const std::size_t count : {0u, 1u, 2u, 3u, 100u, 20'000u}) {
        const auto given = sample(count, 1);
        const SpaceRecords records(given);
        for (const SpaceRecord& record : given) {
            const SpaceRecord* found = records.find(record.key);
            ASSERT_NE(found, nullptr);
            EXPECT_EQ(*found, record);
        }
        for (int i = 0; i < 1000; ++i)
            EXPECT_EQ(records.find(space_key("other/" + std::to_string(i))), nullptr);
        EXPECT_EQ(records.find(0), nullptr);
        EXPECT_EQ(records.find((std::uint64_t{1} << 48) - 1), nullptr);
    }
}

TEST(SpaceRecords, OfTwoForOnePathTheLastCounts) {
    const std::uint64_t key = space_key("a");
    const SpaceRecords records({{key, 1, 1}, {space_key("b"), 2, 2}, {key, 3, 3}});
    EXPECT_EQ(records.size(), 2u);
    EXPECT_EQ(*records.find(key), (SpaceRecord{key, 3, 3}));
}

TEST(SpaceRecords, ComeBackFromTheirBytes) {
    for (const std::size_t count : {0u, 1u, 77u, 5000u}) {
        const SpaceRecords records(sample(count, 2));
        const auto back =
            SpaceRecords::decode(records.encode(Holds::this_life), Holds::this_life, "test");
        ASSERT_TRUE(back) << back.error().message();
        EXPECT_EQ(back->all(), records.all());
    }
}

TEST(SpaceRecords, DamagedBytesAreRefusedOrReadAsOthers) {
    const SpaceRecords records(sample(40, 3));
    const Bytes whole = records.encode(Holds::this_life);
    for (std::size_t size = 0; size < whole.size(); ++size)
        EXPECT_FALSE(SpaceRecords::decode(ByteView(whole).first(size), Holds::this_life, "test"))
            << size;
    for (std::size_t at = 0; at < whole.size(); ++at)
        for (unsigned bit = 0; bit < 8; ++bit) {
            Bytes changed = whole;
            changed[at] = static_cast<std::uint8_t>(changed[at] ^ (1u << bit));
            const auto read = SpaceRecords::decode(changed, Holds::this_life, "test");
            EXPECT_TRUE(!read || read->all() != records.all()) << at;
        }
}

}  // namespace
}  // namespace holt::test
