// Proves: a space is found by what its folder is and not by its path alone; catalogs from before
// there were spaces get them; folders that are gone are forgotten in time.
#include <sys/stat.h>

#include "fs/file.h"
#include "fs/folder.h"
#include "fs/path/identity.h"
#include "store/catalog/catalog_schema.h"
#include "store/catalog/catalog_support.h"

namespace holt::test {
namespace {

using store::Holds;
using store::Space;
using store::SpaceRecords;

class CatalogSpaces : public CatalogTest {
  protected:
    fs::FolderIdentity make(const std::string& name) {
        std::filesystem::create_directories(path(name));
        const auto fd = fs::open_folder(path(name));
        return *fs::identity_of(fd->get(), name);
    }
    std::string path(const std::string& name) const { return temp_ / name; }
    Space space(const std::string& name, const fs::FolderIdentity& root) const {
        return {.path = path(name), .root = root, .snapshot = sample_digest(7), .sub = "a/b"};
    }
    static SpaceRecords records(std::uint64_t ino) {
        return SpaceRecords({{store::space_key("x"), ino, 12345}});
    }
};

// What was not synced may be lost in a power cut, whatever its inode looks like afterwards.
TEST_F(CatalogSpaces, RecordsOfWhatWasNotSyncedHoldForOneLifeOfTheMount) {
    Catalog catalog = create();
    const auto identity = make("one");
    const SpaceRecords mixed({{store::space_key("synced"), 1, 10, Holds::always},
                              {store::space_key("written"), 2, 20, Holds::this_life},
                              {store::space_key("more"), 3, 30, Holds::this_life}});
    ASSERT_TRUE(catalog.put_space(space("one", identity), mixed, "boot/1"));
    const auto found = *catalog.find_space(path("one"), identity);
    EXPECT_EQ(catalog.space_records(*found, "boot/1")->all(), mixed.all());
    for (const char* other : {"boot/2", "", "boot"}) {
        const auto known = catalog.space_records(*found, other);
        ASSERT_TRUE(known);
        ASSERT_EQ(known->size(), 1u) << other;
        EXPECT_EQ(known->all()[0].ino, 1u);
        EXPECT_EQ(known->all()[0].holds, Holds::always);
    }
    // Of a mount that cannot be told from others nothing holds that is not synced.
    ASSERT_TRUE(catalog.put_space(space("one", identity), mixed, ""));
    EXPECT_EQ(catalog.space_records(**catalog.find_space(path("one"), identity), "")->size(), 1u);
}

TEST_F(CatalogSpaces, AreFoundByWhatTheFolderIs) {
    Catalog catalog = create();
    const auto identity = make("one");
    ASSERT_TRUE(catalog.put_space(space("one", identity), records(1), "life"));
    const auto found = catalog.find_space(path("one"), identity);
    ASSERT_TRUE(found && *found);
    EXPECT_EQ((*found)->path, path("one"));
    EXPECT_EQ((*found)->snapshot, sample_digest(7));
    EXPECT_EQ((*found)->sub, "a/b");
    const auto known = catalog.space_records(**found, "life");
    ASSERT_TRUE(known);
    EXPECT_EQ(known->all(), records(1).all());

    auto other = identity;
    ++other.ino;
    EXPECT_FALSE(*catalog.find_space(path("one"), other)) << "another folder of its path";
    if (identity.born == 0) GTEST_SKIP() << "no birth times here";
    auto reborn = identity;
    ++reborn.born;
    EXPECT_FALSE(*catalog.find_space(path("one"), reborn)) << "its inode's number, used again";
    const auto moved = catalog.find_space(path("two"), identity);
    ASSERT_TRUE(moved && *moved);
    EXPECT_EQ((*moved)->path, path("one"));
    auto remounted = identity;
    ++remounted.dev;
    EXPECT_TRUE(*catalog.find_space(path("one"), remounted));
    EXPECT_FALSE(*catalog.find_space(path("two"), remounted));
}

TEST_F(CatalogSpaces, OneFolderIsOneSpace) {
    Catalog catalog = create();
    const auto identity = make("one");
    ASSERT_TRUE(catalog.put_space(space("one", identity), records(1), "life"));
    ASSERT_TRUE(catalog.put_space(space("one", identity), records(2), "life"));
    const auto found = catalog.find_space(path("one"), identity);
    EXPECT_EQ(catalog.space_records(**found, "life")->all(), records(2).all());
    // A staged tree that takes the path next leaves the one that stands there known until then.
    const auto next = make("next");
    ASSERT_TRUE(catalog.put_space(space("one", next), records(3), "life"));
    EXPECT_TRUE(*catalog.find_space(path("one"), identity));
    EXPECT_TRUE(*catalog.find_space(path("one"), next));
}

TEST_F(CatalogSpaces, ThoseThatAreGoneAreForgotten) {
    Catalog catalog = create();
    std::vector<fs::FolderIdentity> identities;
    for (int i = 0; i < 40; ++i) identities.push_back(make("many/" + std::to_string(i)));
    for (std::size_t i = 0; i < identities.size(); ++i)
        ASSERT_TRUE(catalog.put_space(space("many/" + std::to_string(i), identities[i]), records(i),
                                      "life"));
    std::filesystem::remove_all(path("many"));
    const auto kept = make("kept");
    for (int i = 0; i < 12; ++i)
        ASSERT_TRUE(catalog.put_space(space("kept", kept), records(1), "life"));
    EXPECT_FALSE(*catalog.find_space(path("many/0"), identities[0]));
    EXPECT_FALSE(*catalog.find_space(path("many/39"), identities[39]));
    EXPECT_TRUE(*catalog.find_space(path("kept"), kept));
}

TEST_F(CatalogSpaces, AReadOnlyCatalogTakesNone) {
    { Catalog catalog = create(); }
    auto catalog = open(Catalog::Mode::read_only);
    ASSERT_TRUE(catalog);
    EXPECT_FALSE(catalog->put_space(space("one", make("one")), records(1), "life"));
}

}  // namespace
}  // namespace holt::test
