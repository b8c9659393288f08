// Proves: whichever of its tables a chunk's row is in, it is found, once, and moved and removed
// there; a full table is poured into the next.
#include "store/catalog/chunk_table.h"

#include <gtest/gtest.h>

#include <string>

#include "store/catalog/catalog_support.h"

namespace holt::store {
namespace {

using test::expect_ok;
using test::sample_digest;
using test::sample_pack;

class ChunkTableTest : public test::CatalogTest {
  protected:
    ChunkTableTest() {
        Catalog catalog = create();
        expect_ok(
            catalog.commit(test::sample_commit("s", 1, {sample_pack(1, 1), sample_pack(2, 1)})));
        first_ = static_cast<std::uint32_t>(catalog.packs()->at(0).row);
        second_ = static_cast<std::uint32_t>(catalog.packs()->at(1).row);
        db_.emplace(*open_database());
    }
    // In a transaction of its own.
    template <typename Body>
    void in_table(const Body& body) {
        auto transaction = Transaction::begin(*db_, Transaction::Kind::write);
        ASSERT_TRUE(transaction);
        auto table = ChunkTable::open(*db_);
        ASSERT_TRUE(table) << table.error().message();
        body(*table);
        expect_ok(table->settle());
        expect_ok(transaction->commit());
    }
    void put(std::uint64_t from, std::uint64_t count, std::uint64_t expected, std::uint32_t pack) {
        in_table([&](ChunkTable& table) {
            table.expect(expected);
            for (std::uint64_t i = from; i < from + count; ++i) {
                const auto holder =
                    table.put(sample_digest(i), {pack, static_cast<std::uint32_t>(i)});
                ASSERT_TRUE(holder) << holder.error().message();
                EXPECT_FALSE(*holder) << i;
            }
        });
    }
    std::int64_t rows(const std::string& table) {
        const char* sql = table == "chunk_small"    ? "SELECT count(*) FROM chunk_small"
                          : table == "chunk_middle" ? "SELECT count(*) FROM chunk_middle"
                                                    : "SELECT count(*) FROM chunk";
        return *db_->integer(sql);
    }
    void expect_found(std::uint64_t from, std::uint64_t count, std::uint32_t pack) {
        in_table([&](ChunkTable& table) {
            for (std::uint64_t i = from; i < from + count; ++i) {
                const auto place = table.find(sample_digest(i));
                ASSERT_TRUE(place && *place) << i;
                EXPECT_EQ((*place)->pack, pack);
                EXPECT_EQ((*place)->ordinal, i);
            }
        });
    }

    std::uint32_t first_ = 0, second_ = 0;
    std::optional<Database> db_;
};

constexpr std::uint64_t kSmall = ChunkTable::kSmallRows, kMiddle = ChunkTable::kMiddleRows;

TEST_F(ChunkTableTest, ACommitGoesWhereItsSizeSays) {
    const std::int64_t before = rows("chunk_small");
    put(1'000'000, 100, 100, first_);
    put(2'000'000, 100, kSmall / 4 + 1, first_);
    put(3'000'000, 100, kMiddle / 4 + 1, first_);
    EXPECT_EQ(rows("chunk_small"), before + 100);
    EXPECT_EQ(rows("chunk_middle"), 100);
    EXPECT_EQ(rows("chunk"), 100);
    for (const std::uint64_t from : {1'000'000u, 2'000'000u, 3'000'000u})
        expect_found(from, 100, first_);
}

TEST_F(ChunkTableTest, AFullTableIsPouredIntoTheNext) {
    put(1'000'000, kSmall, 1, first_);
    EXPECT_EQ(rows("chunk_small"), 0);  // the commit's own two came before
    const std::int64_t middle = rows("chunk_middle");
    EXPECT_GE(middle, static_cast<std::int64_t>(kSmall));
    put(2'000'000, kMiddle - kSmall, kSmall, first_);
    EXPECT_EQ(rows("chunk_middle"), 0);
    EXPECT_EQ(rows("chunk"), middle + static_cast<std::int64_t>(kMiddle - kSmall));
    expect_found(1'000'000, kSmall, first_);
    expect_found(2'000'000, kMiddle - kSmall, first_);
}

TEST_F(ChunkTableTest, AChunkThatALivePackHasIsPutNowhereElse) {
    put(1'000'000, 10, 1, first_);
    put(2'000'000, 10, kSmall, first_);
    put(3'000'000, 10, kMiddle, first_);
    const std::int64_t all = rows("chunk") + rows("chunk_middle") + rows("chunk_small");
    for (const std::uint64_t expected : {std::uint64_t{1}, kSmall, kMiddle}) {
        in_table([&](ChunkTable& table) {
            table.expect(expected);
            for (const std::uint64_t from : {1'000'000u, 2'000'000u, 3'000'000u}) {
                const auto holder = table.put(sample_digest(from + 3), {second_, 77});
                ASSERT_TRUE(holder) << holder.error().message();
                ASSERT_TRUE(*holder) << expected << " " << from;
                EXPECT_EQ(**holder, first_);
            }
        });
    }
    EXPECT_EQ(rows("chunk") + rows("chunk_middle") + rows("chunk_small"), all);
}

TEST_F(ChunkTableTest, AChunkOfAPackThatGoesAwayGetsItsNewPlace) {
    for (const std::uint64_t expected : {std::uint64_t{1}, kSmall, kMiddle})
        put(expected * 10, 1, expected, first_);
    const std::string sql = "UPDATE pack SET state=1 WHERE row=" + std::to_string(first_);
    expect_ok(db_->run(sql.c_str()));
    const std::int64_t all = rows("chunk") + rows("chunk_middle") + rows("chunk_small");
    in_table([&](ChunkTable& table) {
        for (const std::uint64_t expected : {std::uint64_t{1}, kSmall, kMiddle}) {
            const auto holder = table.put(sample_digest(expected * 10), {second_, 5});
            ASSERT_TRUE(holder) << holder.error().message();
            EXPECT_FALSE(*holder);
            const auto place = table.find(sample_digest(expected * 10));
            ASSERT_TRUE(place && *place);
            EXPECT_EQ((*place)->pack, second_);
            EXPECT_EQ((*place)->ordinal, 5u);
        }
    });
    EXPECT_EQ(rows("chunk") + rows("chunk_middle") + rows("chunk_small"), all);
}

// A commit does not look again for what it did not find, unless rows came since: by another
// connection, or by this one.
TEST_F(ChunkTableTest, WhatWasAbsentIsLookedForAgainOnceAnyoneHasCommitted) {
    for (const bool by_another : {true, false}) {
        const std::uint64_t seed = by_another ? 11 : 12;
        Catalog mine = reopen(), other = reopen();
        store::NewPack pack = sample_pack(seed, 5);
        std::vector<Digest> digests;
        for (const ChunkInfo& chunk : pack.footer.chunks) digests.push_back(chunk.digest);
        std::vector<std::optional<ChunkPlace>> places(digests.size());
        expect_ok(mine.find_chunks(digests, places));
        for (const auto& place : places) ASSERT_FALSE(place);

        // The same chunks, and so many others that they go to another table.
        store::NewPack faster = sample_pack(seed + 10, kSmall / 4);
        faster.footer.chunks.insert(faster.footer.chunks.end(), pack.footer.chunks.begin(),
                                    pack.footer.chunks.end());
        const Digest id = faster.id;
        const std::string name = "faster" + std::to_string(seed);
        expect_ok(
            (by_another ? other : mine).commit(test::sample_commit(name, 2, {std::move(faster)})));
        const std::int64_t all = rows("chunk") + rows("chunk_middle") + rows("chunk_small");
        expect_ok(mine.commit(
            test::sample_commit("slower" + std::to_string(seed), 3, {std::move(pack)})));
        EXPECT_EQ(rows("chunk") + rows("chunk_middle") + rows("chunk_small"), all);
        for (const ChunkPlace& place : test::places_of(mine, digests))
            EXPECT_EQ(mine.pack(place.pack)->id, id);
        test::expect_sound(mine);
    }
}

// What was looked for by its commit alone is put without a second look, and found after it.
TEST_F(ChunkTableTest, WhatWasAbsentAndStillIsGetsOneRow) {
    Catalog mine = reopen();
    store::NewPack pack = sample_pack(31, 7);
    std::vector<Digest> digests;
    for (const ChunkInfo& chunk : pack.footer.chunks) digests.push_back(chunk.digest);
    std::vector<std::optional<ChunkPlace>> places(digests.size());
    expect_ok(mine.find_chunks(digests, places));
    const std::int64_t all = rows("chunk") + rows("chunk_middle") + rows("chunk_small");
    // Twice in the pack, as a repeat in a damaged footer would be.
    pack.footer.chunks.push_back(pack.footer.chunks.front());
    const Digest id = pack.id;
    expect_ok(mine.commit(test::sample_commit("one", 2, {std::move(pack)})));
    EXPECT_EQ(rows("chunk") + rows("chunk_middle") + rows("chunk_small"), all + 7);
    for (const ChunkPlace& place : test::places_of(mine, digests))
        EXPECT_EQ(mine.pack(place.pack)->id, id);
    test::expect_sound(mine);
}

TEST_F(ChunkTableTest, MovedAndRemovedWhereverItIs) {
    for (const std::uint64_t expected : {std::uint64_t{1}, kSmall, kMiddle}) {
        put(expected * 10, 1, expected, first_);
        in_table([&](ChunkTable& table) {
            const Digest digest = sample_digest(expected * 10);
            expect_ok(table.remove(digest, second_));  // it is said to be elsewhere: stays
            EXPECT_TRUE(table.find(digest)->has_value());
            expect_ok(table.move(digest, {second_, 9}));
            EXPECT_EQ(table.find(digest)->value().pack, second_);
            expect_ok(table.remove(digest, second_));
            EXPECT_FALSE(table.find(digest)->has_value());
        });
    }
}

}  // namespace
}  // namespace holt::store
