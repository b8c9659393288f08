// Proves: what `tag` has set lives through the loss of the catalog; snapshots.log and the catalog
// become small again after a collection, and say the same as before.
#include <holt/gc.hpp>

#include "support/store_fixture.h"

namespace holt::test {
namespace {

namespace stdfs = std::filesystem;

class KeptLabels : public StoreTest {
  protected:
    stdfs::path file(const char* name) const { return dir_ / "store" / name; }
    void lose_catalog() {
        ASSERT_TRUE(stdfs::remove(file("catalog.db")));
        const auto repaired = Store::repair((dir_ / "store").string(), {}, notes_);
        ASSERT_TRUE(repaired) << repaired.error().message();
        EXPECT_TRUE(repaired->damage.empty());
    }
    SnapshotInfo find(const std::string& snap) {
        const auto found = store_.find(snap);
        EXPECT_TRUE(found) << found.error().message();
        return found ? *found : SnapshotInfo{};
    }
};

TEST_F(KeptLabels, TagsAndHoldsLiveThroughTheLossOfTheCatalog) {
    write_file(source_ / "file", "x");
    snapshot({.name = "s", .tags = {{"at", "first"}}});
    snapshot({.name = "plain", .tags = {{"kept", "as taken"}}});
    ASSERT_TRUE(store_.tag(
        "s",
        {.set = {{"by", "tag"}, {"long", std::string(900, 'v')}}, .remove = {"at"}, .hold = true}));
    ASSERT_TRUE(store_.tag("s", {.name = "renamed", .set = {{"by", "again"}}}));
    const Tags tags = find("renamed").tags;
    // Twice: the second is from the marks that the first repair wrote.
    for (int round = 0; round < 2; ++round) {
        lose_catalog();
        EXPECT_EQ(find("renamed").tags, tags);
        EXPECT_TRUE(find("renamed").hold);
        EXPECT_EQ(find("plain").tags, (Tags{{"kept", "as taken"}}));
        EXPECT_FALSE(find("plain").hold);
    }
    // With the catalog nothing changes either.
    ASSERT_TRUE(Store::repair((dir_ / "store").string(), {}, notes_));
    EXPECT_EQ(find("renamed").tags, tags);
}

TEST_F(KeptLabels, TooMuchToBeSaidIsRefusedAndNothingChanges) {
    write_file(source_ / "file", "x");
    snapshot({.name = "s"});
    const auto refused = store_.tag("s", {.set = {{"k", std::string(40'000, 'v')}}});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::usage);
    EXPECT_TRUE(find("s").tags.empty());
}

TEST_F(KeptLabels, TheMarksBecomeShortAgainAndSayTheSame) {
    write_file(source_ / "file", "x");
    snapshot({.name = "s"});
    ASSERT_TRUE(store_.tag("s", {.set = {{"a", "b"}}}));
    for (int i = 0; i < 600; ++i) {
        ASSERT_TRUE(store_.tag("s", {.set = {{"n", std::to_string(i)}}}));
        ASSERT_TRUE(store_.tag("s", {.hold = i % 2 == 0}));
    }
    const auto before = stdfs::file_size(file("snapshots.log"));
    EXPECT_GT(before, 70'000u);
    ASSERT_TRUE(store_.gc({}, notes_));
    EXPECT_LT(stdfs::file_size(file("snapshots.log")), 1000u);
    EXPECT_TRUE(store_.verify({}, {}, notes_)->damage.empty());
    const Tags tags = find("s").tags;
    lose_catalog();
    EXPECT_EQ(find("s").tags, tags);
}

// An older copy of the catalog is found out by the marks: what it does not know is no garbage, and
// they are not made to agree with it.
TEST_F(KeptLabels, NothingIsCollectedWhereTheCatalogIsAnOlderOne) {
    write_file(source_ / "file", "x");
    snapshot({.name = "s"});
    for (int i = 0; i < 1100; ++i) ASSERT_TRUE(store_.tag("s", {.hold = i % 2 == 0}));
    stdfs::copy_file(file("catalog.db"), dir_ / "older");
    write_file(source_ / "file", "y");
    snapshot({.name = "t"});
    stdfs::copy_file(dir_ / "older", file("catalog.db"), stdfs::copy_options::overwrite_existing);
    const auto before = stdfs::file_size(file("snapshots.log"));
    const auto refused = store_.gc({}, notes_);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::corrupt);
    EXPECT_EQ(stdfs::file_size(file("snapshots.log")), before);
    EXPECT_FALSE(store_.verify({}, {}, notes_)->damage.empty());
    ASSERT_TRUE(Store::repair((dir_ / "store").string(), {}, notes_));
    restore("t", "out");
    EXPECT_EQ(read_file(dir_ / "out" / "file"), "y");
}

TEST_F(KeptLabels, TheCatalogBecomesSmallAgain) {
    for (unsigned i = 0; i < 6000; ++i)
        write_file(source_ / std::to_string(i / 100) / std::to_string(i),
                   "content " + std::to_string(i));
    snapshot({.name = "many"});
    const auto large = stdfs::file_size(file("catalog.db"));
    stdfs::remove_all(source_);
    write_file(source_ / "one", "x");
    snapshot({.name = "few"});
    ASSERT_TRUE(store_.forget({.snaps = {"many"}}));
    ASSERT_TRUE(store_.gc({}, notes_));
    ASSERT_TRUE(store_.gc({}, notes_));
    EXPECT_LT(stdfs::file_size(file("catalog.db")), large / 2);
    EXPECT_TRUE(store_.verify({}, {}, notes_)->damage.empty());
    restore("few", "out");
}

}  // namespace
}  // namespace holt::test
