// Proves: a condemned pack is revived by a commit that needs it and hidden from who looks up anew;
// one that is being deleted cannot be referred to; what was moved is found by who knew the old
// place; nothing is taken that got known or needed meanwhile.
#include "store/catalog/catalog_collect.h"

#include "store/catalog/catalog_support.h"

namespace holt::test {
namespace {

using Catalog = store::Catalog;
using store::CatalogCollector;
using store::PackState;

class CatalogCollect : public CatalogTest {
  protected:
    static std::vector<Digest> chunks_of(const store::NewPack& pack) {
        std::vector<Digest> digests;
        for (const store::ChunkInfo& chunk : pack.footer.chunks) digests.push_back(chunk.digest);
        return digests;
    }
    static std::size_t found(Catalog& catalog, const store::NewPack& pack) {
        const std::vector<Digest> digests = chunks_of(pack);
        std::vector<std::optional<store::ChunkPlace>> places(digests.size());
        EXPECT_TRUE(catalog.find_chunks(digests, places));
        return static_cast<std::size_t>(
            std::ranges::count_if(places, [](const auto& place) { return place.has_value(); }));
    }
    static void condemn(Catalog& catalog, std::uint32_t row) {
        CatalogCollector changes(catalog);
        expect_ok(changes.begin());
        expect_ok(changes.condemn({&row, 1}));
        expect_ok(changes.end());
    }
    static std::vector<Digest> in_state(Catalog& catalog, PackState state) {
        std::vector<Digest> ids;
        const auto packs = CatalogCollector(catalog).in_state(state);
        for (const store::PackRow& pack : *packs) ids.push_back(pack.id);
        return ids;
    }
    static Catalog::Choice all() {
        return [](const std::vector<store::SnapshotRow>& rows) -> Result<std::vector<Digest>> {
            std::vector<Digest> ids;
            for (const store::SnapshotRow& row : rows) ids.push_back(row.id);
            return ids;
        };
    }
    using Ids = std::vector<Digest>;
};

TEST_F(CatalogCollect, WritersDoNotFindWhatIsCondemnedAndACommitRevivesIt) {
    Catalog catalog = create();
    const store::NewPack pack = sample_pack(1, 5);
    expect_ok(catalog.commit(sample_commit("a", 1, {pack})));
    condemn(catalog, 1);
    EXPECT_EQ(found(catalog, pack), 0u) << "it is to be stored anew";
    {
        Catalog reader = reopen(Catalog::Mode::read_only);
        EXPECT_EQ(found(reader, pack), 5u) << "who began to read before still reads it";
    }
    // It was looked up before it was condemned.
    Catalog::Commit commit = sample_commit("b", 2);
    commit.packs_used = {pack.id};
    expect_ok(catalog.commit(commit));
    EXPECT_EQ(in_state(catalog, PackState::condemned), Ids{});
    EXPECT_EQ(found(catalog, pack), 5u);
    const std::uint32_t row = 1;
    expect_ok(CatalogCollector(catalog).start_deleting({&row, 1}));
    EXPECT_EQ(in_state(catalog, PackState::deleting), Ids{}) << "the state was read again";
    EXPECT_EQ(found(catalog, pack), 5u);
}

TEST_F(CatalogCollect, WhatIsCondemnedAndWrittenAgainIsInTheNewPack) {
    Catalog catalog = create();
    const store::NewPack pack = sample_pack(1, 5);
    expect_ok(catalog.commit(sample_commit("a", 1, {pack})));
    condemn(catalog, 1);
    store::NewPack again = sample_pack(1, 5);
    again.id = sample_digest(4711);
    expect_ok(catalog.commit(sample_commit("b", 2, {again})));
    const std::uint32_t row = 1;
    CatalogCollector changes(catalog);
    expect_ok(changes.start_deleting({&row, 1}));
    expect_ok(changes.remove_deleted());
    EXPECT_EQ(found(catalog, again), 5u);
    EXPECT_EQ(catalog.packs()->size(), 1u);
}

TEST_F(CatalogCollect, ACommitCannotReferToWhatIsBeingDeleted) {
    Catalog catalog = create();
    const store::NewPack pack = sample_pack(1, 5);
    expect_ok(catalog.commit(sample_commit("a", 1, {pack})));
    ASSERT_TRUE(catalog.forget(all()));
    condemn(catalog, 1);
    const std::uint32_t row = 1;
    CatalogCollector changes(catalog);
    expect_ok(changes.start_deleting({&row, 1}));
    for (const bool is_new : {false, true}) {
        Catalog::Commit commit =
            sample_commit("b", 2, is_new ? std::vector{pack} : std::vector<store::NewPack>{});
        commit.packs_used = {pack.id};
        const Status refused = catalog.commit(commit);
        ASSERT_FALSE(refused);
        EXPECT_TRUE(store::is_gone_meanwhile(refused.error())) << refused.error().message();
    }
    expect_ok(changes.remove_deleted());
    expect_ok(catalog.commit(sample_commit("b", 2, {pack})));
    EXPECT_EQ(found(catalog, pack), 5u);
    expect_sound(catalog);
}

TEST_F(CatalogCollect, WhoKnewTheOldPlaceNeedsTheNewPackToo) {
    Catalog catalog = create();
    const store::NewPack old_pack = sample_pack(1, 5);
    expect_ok(catalog.commit(sample_commit("a", 1, {old_pack})));
    // Three of the five chunks are copied.
    store::NewPack copy = sample_pack(1, 3);
    copy.id = sample_digest(4711);
    CatalogCollector changes(catalog);
    expect_ok(changes.begin());
    const auto moved = changes.move_chunks({&copy, 1}, {1});
    ASSERT_TRUE(moved) << moved.error().message();
    EXPECT_EQ(moved->size(), 3u);
    expect_ok(changes.end());
    EXPECT_EQ(in_state(catalog, PackState::condemned), Ids{old_pack.id});
    EXPECT_EQ(found(catalog, old_pack), 3u);
    EXPECT_EQ(*catalog.snapshots_of_pack(copy.id), std::vector<std::string>{"a"});
    EXPECT_EQ(*catalog.snapshots_of_pack(old_pack.id), std::vector<std::string>{});

    Catalog::Commit late = sample_commit("late", 2);
    late.packs_used = {old_pack.id};
    expect_ok(catalog.commit(late));
    EXPECT_EQ(*catalog.snapshots_of_pack(copy.id), (std::vector<std::string>{"a", "late"}));
    EXPECT_EQ(*catalog.snapshots_of_pack(old_pack.id), std::vector<std::string>{"late"});
    EXPECT_EQ(found(catalog, old_pack), 5u);
}

TEST_F(CatalogCollect, AnUnknownPackThatGotKnownMeanwhileIsNotTaken) {
    Catalog catalog = create();
    const store::NewPack mine = sample_pack(1, 5), nobodys = sample_pack(2, 5);
    expect_ok(catalog.commit(sample_commit("a", 1, {mine})));
    CatalogCollector changes(catalog);
    const Ids seen = {mine.id, nobodys.id};
    const auto taken = changes.take_unknown(seen);
    ASSERT_TRUE(taken) << taken.error().message();
    EXPECT_EQ(*taken, Ids{nobodys.id});
    EXPECT_EQ(in_state(catalog, PackState::deleting), Ids{nobodys.id});
    // Its writer comes with it after all.
    const Status refused = catalog.commit(sample_commit("b", 2, {nobodys}));
    ASSERT_FALSE(refused);
    EXPECT_TRUE(store::is_gone_meanwhile(refused.error()));
    expect_ok(changes.remove_deleted());
    EXPECT_EQ(catalog.packs()->size(), 1u);
}

TEST_F(CatalogCollect, ForgottenSnapshotsAreDroppedButThoseThatWereMarked) {
    Catalog catalog = create();
    expect_ok(catalog.commit(sample_commit("a", 1, {sample_pack(1, 2)})));
    expect_ok(catalog.commit(sample_commit("b", 2, {sample_pack(2, 2)})));
    const Digest a = catalog.find_snapshot("a")->id;
    expect_ok(catalog.forget(all()));
    CatalogCollector changes(catalog);
    expect_ok(changes.begin());
    const auto dropped = changes.drop_forgotten({a});
    ASSERT_TRUE(dropped);
    EXPECT_EQ(*dropped, 1u);
    expect_ok(changes.end());
    ASSERT_EQ(catalog.forgotten()->size(), 1u);
    EXPECT_EQ(catalog.forgotten()->front().record.name, "a");
    EXPECT_TRUE(catalog.undelete(all()));
}

TEST_F(CatalogCollect, ACommitThatDoesNotFindItsPacksIsGoneMeanwhile) {
    Catalog catalog = create();
    Catalog::Commit commit = sample_commit("a", 1, {sample_pack(1, 2)});
    commit.confirm = [] { return Status(store::gone_meanwhile("pack", "it was collected")); };
    const Status refused = catalog.commit(commit);
    ASSERT_FALSE(refused);
    EXPECT_TRUE(store::is_gone_meanwhile(refused.error()));
    EXPECT_TRUE(catalog.snapshots()->empty());
}

}  // namespace
}  // namespace holt::test
