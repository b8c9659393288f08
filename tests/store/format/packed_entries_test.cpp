// Proves: entries that wait packed come back as they were, in their order, however many there are.
#include "store/format/packed_entries.h"

#include <gtest/gtest.h>

#include "store/samples.h"

namespace holt::store {
namespace {

Tree some(std::size_t count) {
    Tree tree;
    for (std::size_t i = 0; i < count; ++i)
        tree.push_back(test::sample_folder(std::to_string(1'000'000 + i)));
    return tree;
}

TEST(PackedEntries, AreTakenInTheirOrder) {
    for (const std::size_t count : {0, 1, 255, 256, 257, 1000}) {
        PackedEntries packed;
        const Tree tree = some(count);
        for (const TreeEntry& entry : tree) packed.add(entry);
        Tree taken;
        for (;;) {
            EXPECT_EQ(packed.empty(), taken.size() == count);
            const auto first = packed.first();
            ASSERT_TRUE(first) << first.error().message();
            if (*first == nullptr) break;
            EXPECT_EQ(*packed.first(), *first) << "until it is dropped";
            taken.push_back(std::move(**first));
            packed.drop_first();
        }
        EXPECT_TRUE(taken == tree) << count;
        EXPECT_TRUE(packed.empty());
    }
}

TEST(PackedEntries, OnceSealedAllAreVisited) {
    for (const std::size_t count : {0, 1, 256, 300}) {
        PackedEntries packed;
        const Tree tree = some(count);
        for (const TreeEntry& entry : tree) packed.add(entry);
        packed.seal();
        Tree visited;
        ASSERT_TRUE(packed.for_each([&](const TreeEntry& entry) -> Status {
            visited.push_back(entry);
            return {};
        }));
        EXPECT_TRUE(visited == tree) << count;
    }
}

}  // namespace
}  // namespace holt::store
