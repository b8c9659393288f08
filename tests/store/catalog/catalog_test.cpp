#include "store/catalog/catalog.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "store/catalog/catalog_support.h"

namespace holt::store {
namespace {

using test::CatalogTest;
using test::expect_ok;
using test::expect_sound;
using test::places_of;
using test::sample_commit;
using test::sample_digest;
using test::sample_pack;

TEST_F(CatalogTest, NewOneIsEmptyAndSound) {
    Catalog catalog = create();
    EXPECT_TRUE(catalog.packs()->empty());
    EXPECT_TRUE(catalog.snapshots()->empty());
    EXPECT_EQ(catalog.totals()->packs, 0u);
    EXPECT_EQ(catalog.find_snapshot("latest").error().kind, ErrorKind::not_found);
    expect_sound(catalog);
    EXPECT_FALSE(has_journal());
}

TEST_F(CatalogTest, CreatingTwiceIsRefused) {
    { create(); }
    const Result<Catalog> again = open(Catalog::Mode::create);
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().kind, ErrorKind::failed);
    reopen();
}

TEST_F(CatalogTest, MissingOneIsCorruption) {
    for (const auto mode : {Catalog::Mode::read_write, Catalog::Mode::read_only}) {
        const Result<Catalog> catalog = open(mode);
        ASSERT_FALSE(catalog);
        EXPECT_EQ(catalog.error().kind, ErrorKind::corrupt) << catalog.error().message();
        EXPECT_NE(catalog.error().advice.find("repair"), std::string::npos);
    }
    EXPECT_FALSE(std::filesystem::exists(folder_.catalog_path()));
}

TEST_F(CatalogTest, CommitMakesPacksChunksAndSnapshotKnown) {
    const NewPack pack = sample_pack(1, 100), other = sample_pack(2, 50);
    Catalog::Commit commit = sample_commit("first", 5, {pack, other});
    {
        Catalog catalog = create();
        expect_ok(catalog.commit(commit));
    }
    Catalog catalog = reopen(Catalog::Mode::read_only);
    const std::vector<PackRow> packs = catalog.packs().value();
    ASSERT_EQ(packs.size(), 2u);
    EXPECT_EQ(packs[0].id, pack.id);
    EXPECT_EQ(packs[0].bytes, pack.bytes);
    EXPECT_EQ(packs[0].blocks, 1u);
    EXPECT_EQ(packs[0].chunks, 100u);
    EXPECT_EQ(packs[0].raw_bytes, 100u * 1024);
    EXPECT_EQ(catalog.pack(packs[1].row)->id, other.id);
    EXPECT_EQ(catalog.pack(99).error().kind, ErrorKind::corrupt);

    const std::vector<SnapshotRow> snapshots = catalog.snapshots().value();
    ASSERT_EQ(snapshots.size(), 1u);
    EXPECT_EQ(snapshots[0].id, commit.id);
    EXPECT_EQ(snapshots[0].record, commit.record);
    EXPECT_TRUE(*catalog.name_taken("first"));
    EXPECT_FALSE(*catalog.name_taken("second"));
    EXPECT_EQ(catalog.snapshots_of_pack(pack.id).value(), std::vector<std::string>{"first"});

    const Catalog::Totals totals = catalog.totals().value();
    EXPECT_EQ(totals.snapshots, 1u);
    EXPECT_EQ(totals.chunks, 150u);
    EXPECT_EQ(totals.pack_bytes, pack.bytes + other.bytes);
    EXPECT_EQ(totals.source_bytes, 1000u);
    EXPECT_EQ(totals.catalog_bytes, std::filesystem::file_size(folder_.catalog_path()));
    expect_sound(catalog);
}

// In any order, with unknown ones among them and some asked for twice.
TEST_F(CatalogTest, FindsChunksByBatch) {
    Catalog catalog = create();
    const NewPack pack = sample_pack(1, 1000);
    expect_ok(catalog.commit(sample_commit("a", 1, {pack})));
    std::vector<Digest> digests;
    for (std::uint32_t i = 0; i < 1000; ++i) {
        digests.push_back(pack.footer.chunks[(i * 7) % 1000].digest);
        digests.push_back(sample_digest(900'000'000 + i));
    }
    digests.push_back(digests[0]);
    std::vector<std::optional<ChunkPlace>> places(digests.size(), ChunkPlace{9, 9});
    expect_ok(catalog.find_chunks(digests, places));
    for (std::uint32_t i = 0; i < 1000; ++i) {
        ASSERT_TRUE(places[2 * i]);
        EXPECT_EQ(places[2 * i]->ordinal, (i * 7) % 1000);
        EXPECT_EQ(places[2 * i]->pack, 1u);
        EXPECT_FALSE(places[2 * i + 1]);
    }
    EXPECT_EQ(places.back()->ordinal, 0u);
}

TEST_F(CatalogTest, NameCanBeTakenOnce) {
    Catalog catalog = create();
    const Catalog::Commit first = sample_commit("n", 1);
    expect_ok(catalog.commit(first));
    const Status second = catalog.commit(sample_commit("n", 2));
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().kind, ErrorKind::usage);
    EXPECT_NE(second.error().cause.find(first.id.hex().substr(0, 12)), std::string::npos);
    EXPECT_EQ(catalog.snapshots()->size(), 1u);
    // Snapshots without a name do not get into each other's way.
    expect_ok(catalog.commit(sample_commit("", 3)));
    expect_ok(catalog.commit(sample_commit("", 4)));
    EXPECT_FALSE(catalog.commit(first));
}

// A pack that was referred to and is not known: the commit leaves nothing.
TEST_F(CatalogTest, RefusesToReferToUnknownPacks) {
    Catalog catalog = create();
    Catalog::Commit commit = sample_commit("n", 1, {sample_pack(1, 10)});
    commit.packs_used.push_back(sample_digest(77));
    const Status status = catalog.commit(commit);
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().kind, ErrorKind::failed);
    EXPECT_NE(status.error().advice.find("again"), std::string::npos);
    EXPECT_TRUE(catalog.packs()->empty());
    EXPECT_TRUE(catalog.snapshots()->empty());
    Catalog::Commit on_base = sample_commit("n", 1);
    on_base.base = sample_digest(78);
    EXPECT_FALSE(catalog.commit(on_base));
}

TEST_F(CatalogTest, BaseBringsItsPacks) {
    Catalog catalog = create();
    const NewPack old_pack = sample_pack(1, 10), new_pack = sample_pack(2, 10);
    const Catalog::Commit first = sample_commit("one", 1, {old_pack});
    expect_ok(catalog.commit(first));
    Catalog::Commit second = sample_commit("two", 2, {new_pack});
    second.base = first.id;
    expect_ok(catalog.commit(second));
    EXPECT_EQ(catalog.snapshots_of_pack(old_pack.id).value(),
              (std::vector<std::string>{"one", "two"}));
    EXPECT_EQ(catalog.snapshots_of_pack(new_pack.id).value(), std::vector<std::string>{"two"});
}

// Two writers stored the same chunk: its place stays the first one, and the second snapshot then
// needs that pack, too.
TEST_F(CatalogTest, ChunkThatIsThereAlreadyCountsItsPackAsUsed) {
    Catalog catalog = create();
    const NewPack first = sample_pack(1, 10);
    NewPack second = sample_pack(2, 10);
    second.footer.chunks[3].digest = first.footer.chunks[5].digest;
    expect_ok(catalog.commit(sample_commit("one", 1, {first})));
    expect_ok(catalog.commit(sample_commit("two", 2, {second})));
    const ChunkPlace place = places_of(catalog, {second.footer.chunks[3].digest})[0];
    EXPECT_EQ(catalog.pack(place.pack)->id, first.id);
    EXPECT_EQ(place.ordinal, 5u);
    EXPECT_EQ(catalog.snapshots_of_pack(first.id).value(),
              (std::vector<std::string>{"one", "two"}));
    EXPECT_EQ(catalog.snapshots_of_pack(second.id).value(), std::vector<std::string>{"two"});
}

TEST_F(CatalogTest, SamePackTwiceIsOnePack) {
    Catalog catalog = create();
    const NewPack pack = sample_pack(1, 10);
    expect_ok(catalog.commit(sample_commit("one", 1, {pack})));
    expect_ok(catalog.commit(sample_commit("two", 2, {pack})));
    EXPECT_EQ(catalog.packs()->size(), 1u);
    EXPECT_EQ(catalog.snapshots_of_pack(pack.id)->size(), 2u);
}

TEST_F(CatalogTest, FindsSnapshotsAsUsersNameThem) {
    Catalog catalog = create();
    std::vector<Catalog::Commit> commits;
    for (int i = 0; i < 4; ++i) {
        // The times run backwards: "latest" is the last one committed, whatever the clock said.
        Catalog::Commit commit = sample_commit(i < 2 ? "name" + std::to_string(i) : "", 100 - i);
        commit.record.key = i % 2 ? "odd" : "even";
        commit.encoded_record = encode_record(commit.record);
        commit.id = blake3::hash(commit.encoded_record);
        expect_ok(catalog.commit(commit));
        commits.push_back(commit);
    }
    const auto found = [&](const std::string& snap) {
        const Result<SnapshotRow> row = catalog.find_snapshot(snap);
        return row ? row->id : Digest{};
    };
    EXPECT_EQ(found("latest"), commits[3].id);
    EXPECT_EQ(found("name0"), commits[0].id);
    EXPECT_EQ(found("even"), commits[2].id);
    EXPECT_EQ(found("odd"), commits[3].id);
    for (const std::size_t digits : {8, 9, 63, 64})
        EXPECT_EQ(found(commits[1].id.hex().substr(0, digits)), commits[1].id);
    for (const std::string& unknown :
         {std::string(), std::string("nam"), commits[1].id.hex().substr(0, 7),
          commits[1].id.hex() + "0", std::string("name0\0", 6)}) {
        const Result<SnapshotRow> row = catalog.find_snapshot(unknown);
        ASSERT_FALSE(row) << unknown;
        EXPECT_EQ(row.error().kind, ErrorKind::not_found);
        EXPECT_NE(row.error().cause.find("name1"), std::string::npos) << row.error().message();
    }
    const std::vector<SnapshotRow> all = catalog.snapshots().value();
    for (std::size_t i = 0; i < all.size(); ++i) EXPECT_EQ(all[i].id, commits[i].id);
}

// Each folder's records say how long they hold; a life that no record refers to is forgotten.
TEST_F(CatalogTest, StatRecordsSayHowLongTheyHold) {
    Catalog catalog = create();
    const auto commit_with = [&](std::int64_t created, std::vector<FolderStats> stats) {
        Catalog::Commit commit = sample_commit("", created);
        commit.record.source = "/the/source";
        commit.encoded_record = encode_record(commit.record);
        commit.id = blake3::hash(commit.encoded_record);
        commit.next_stats = [stats, next = std::size_t{0}]() mutable {
            return next < stats.size() ? std::optional(stats[next++]) : std::nullopt;
        };
        expect_ok(catalog.commit(commit));
        return catalog.folder_stats(*catalog.find_base("/the/source").value(), "", 10).value();
    };
    const std::vector<StatRecord> same = {{.ino = 5, .dev = 1, .ctime = 9}};
    auto found = commit_with(1, {{"", same}, {"a", same, "boot/1"}, {"b", same, ""}});
    ASSERT_EQ(found.size(), 3u);
    EXPECT_EQ(found[0].life, std::nullopt);
    EXPECT_EQ(found[1].life, "boot/1");
    EXPECT_EQ(found[2].life, "");
    // The same entries, now synced, or seen in another life.
    found = commit_with(2, {{"", same, "boot/2"}, {"a", same}, {"b", same, "boot/2"}});
    ASSERT_EQ(found.size(), 3u);
    EXPECT_EQ(found[0].life, "boot/2");
    EXPECT_EQ(found[1].life, std::nullopt);
    EXPECT_EQ(found[2].life, "boot/2");
}

TEST_F(CatalogTest, KeepsStatRecordsOfTheLastSnapshotOfASource) {
    Catalog catalog = create();
    const auto commit_with = [&](Catalog::Commit commit, std::vector<FolderStats> stats) {
        commit.record.source = "/the/source";
        commit.encoded_record = encode_record(commit.record);
        commit.id = blake3::hash(commit.encoded_record);
        commit.next_stats = [stats, next = std::size_t{0}]() mutable {
            return next < stats.size() ? std::optional(stats[next++]) : std::nullopt;
        };
        expect_ok(catalog.commit(commit));
        return commit.id;
    };
    EXPECT_FALSE(catalog.find_base("/the/source").value());
    const std::vector<StatRecord> root = {{.ino = 5, .dev = 1, .ctime = ~std::uint64_t{8}},
                                          {.ino = ~std::uint64_t{0}, .dev = 0, .ctime = 1}};
    commit_with(sample_commit("", 1), {{"", root}, {"gone\n\xff", {{.ino = 1}}}});
    const Digest last = commit_with(sample_commit("", 2), {{"sub", {{.ino = 7}}}, {"", root}});

    const std::optional<Catalog::Base> base = catalog.find_base("/the/source").value();
    ASSERT_TRUE(base);
    EXPECT_EQ(base->snapshot.id, last);
    const auto stats_of = [&](const Catalog::Base& of, const std::string& folder) {
        std::vector<FolderStats> found = catalog.folder_stats(of, folder, 1).value();
        return !found.empty() && found[0].folder == folder ? std::move(found[0].entries)
                                                           : std::vector<StatRecord>{};
    };
    const std::vector<StatRecord> back = stats_of(*base, "");
    ASSERT_EQ(back.size(), 2u);
    EXPECT_EQ(back[0].ino, 5u);
    EXPECT_EQ(back[0].ctime, ~std::uint64_t{8});
    EXPECT_EQ(back[1].ino, ~std::uint64_t{0});
    EXPECT_EQ(stats_of(*base, "sub").size(), 1u);
    EXPECT_TRUE(stats_of(*base, "gone\n\xff").empty());
    // Several at once, in byte order from any place on, and no more than asked for.
    EXPECT_EQ(catalog.folder_stats(*base, "", 10)->size(), 2u);
    EXPECT_EQ(catalog.folder_stats(*base, "", 1)->size(), 1u);
    ASSERT_EQ(catalog.folder_stats(*base, "a", 10)->size(), 1u);
    EXPECT_EQ(catalog.folder_stats(*base, "a", 10)->at(0).folder, "sub");
    EXPECT_TRUE(catalog.folder_stats(*base, "sub/x", 10)->empty());
    EXPECT_FALSE(catalog.find_base("/another").value());

    // One folder less, one changed, one new; and another source's are left alone.
    Catalog::Commit other = sample_commit("", 3);
    other.record.source = "/other";
    other.encoded_record = encode_record(other.record);
    other.id = blake3::hash(other.encoded_record);
    other.next_stats = [once = true]() mutable {
        return std::exchange(once, false) ? std::optional(FolderStats{"sub", {{.ino = 1}}})
                                          : std::nullopt;
    };
    expect_ok(catalog.commit(other));
    commit_with(sample_commit("", 4), {{"", {{.ino = 8}}}, {"new", {{.ino = 9}}}});
    // What was found before the last commit is no base any more: new records would vouch for old
    // content.
    EXPECT_TRUE(catalog.folder_stats(*base, "", 10)->empty());
    const Catalog::Base now = catalog.find_base("/the/source").value().value();
    EXPECT_EQ(stats_of(now, "").at(0).ino, 8u);
    EXPECT_EQ(stats_of(now, "new").size(), 1u);
    EXPECT_TRUE(stats_of(now, "sub").empty());
    EXPECT_EQ(stats_of(catalog.find_base("/other").value().value(), "sub").size(), 1u);
}

TEST_F(CatalogTest, RebuildKeepsTheOrderThatItIsGiven) {
    const NewPack pack = sample_pack(1, 10);
    const Catalog::Commit old_one = sample_commit("n", 10), new_one = sample_commit("n", 20),
                          other = sample_commit("other", 15);
    Catalog catalog = create();
    expect_ok(catalog.begin_rebuild());
    expect_ok(catalog.add_pack(pack));
    EXPECT_EQ(places_of(catalog, {pack.footer.chunks[3].digest})[0].ordinal, 3u);
    for (const Catalog::Commit* commit : {&old_one, &other, &new_one, &old_one})
        expect_ok(catalog.add_snapshot(commit->id, commit->record, commit->encoded_record,
                                       std::vector{pack.id}));
    expect_ok(catalog.end_rebuild());

    const std::vector<SnapshotRow> rows = catalog.snapshots().value();
    ASSERT_EQ(rows.size(), 3u);
    EXPECT_EQ(rows[0].id, old_one.id);
    EXPECT_EQ(rows[0].record.name, "");  // the name is the later one's
    EXPECT_EQ(rows[1].id, other.id);
    EXPECT_EQ(rows[2].id, new_one.id);
    EXPECT_EQ(catalog.find_snapshot("n")->id, new_one.id);
    EXPECT_EQ(catalog.snapshots_of_pack(pack.id)->size(), 3u);
    expect_sound(catalog);
}

// A rebuild that is given up leaves the catalog as it was.
TEST_F(CatalogTest, RebuildThatDoesNotEndLeavesNothing) {
    {
        Catalog catalog = create();
        expect_ok(catalog.begin_rebuild());
        expect_ok(catalog.add_pack(sample_pack(1, 10)));
    }
    EXPECT_TRUE(reopen().packs()->empty());
}

}  // namespace
}  // namespace holt::store
