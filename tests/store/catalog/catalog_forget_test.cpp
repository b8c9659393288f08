// Proves: a forgotten snapshot is invisible and comes back as it was; its marks say so to a repair;
// names, tags and holds change without the id; a commit may build on what was just forgotten.
#include <gmock/gmock.h>

#include "store/catalog/catalog_support.h"
#include "store/format/marks_file.h"

namespace holt::test {
namespace {

using Catalog = store::Catalog;
using store::Mark;

class CatalogForget : public CatalogTest {
  protected:
    static Catalog::Choice these(std::vector<std::string> names) {
        return [names](const std::vector<store::SnapshotRow>& all) -> Result<std::vector<Digest>> {
            std::vector<Digest> ids;
            for (const store::SnapshotRow& row : all)
                if (std::ranges::count(names, row.record.name) > 0) ids.push_back(row.id);
            return ids;
        };
    }
    std::vector<std::string> names(Catalog& catalog) const {
        std::vector<std::string> names;
        const auto rows = catalog.snapshots();
        for (const store::SnapshotRow& row : *rows) names.push_back(row.record.name);
        return names;
    }
    std::vector<std::string> acknowledged() const {
        std::vector<std::string> names;
        const auto marks = store::read_marks(folder_.fd(), folder_.path());
        for (const Mark& mark : marks->acknowledged()) names.push_back(mark.name);
        return names;
    }
    // "a", "b" and "c", each in a pack of its own.
    Catalog create_three() const {
        Catalog catalog = create();
        for (int i = 0; i < 3; ++i)
            expect_ok(catalog.commit(sample_commit(std::string(1, static_cast<char>('a' + i)), i,
                                                   {sample_pack(static_cast<unsigned>(i), 3)})));
        return catalog;
    }
    using Names = std::vector<std::string>;
};

TEST_F(CatalogForget, WhatIsForgottenIsInvisibleAndComesBackInItsPlace) {
    Catalog catalog = create_three();
    expect_ok(catalog.forget(these({"a", "b"})));
    EXPECT_EQ(names(catalog), Names{"c"});
    EXPECT_EQ(acknowledged(), Names{"c"});
    EXPECT_FALSE(*catalog.look_up("a"));
    EXPECT_EQ(catalog.totals()->snapshots, 1u);
    EXPECT_EQ(catalog.totals()->forgotten, 2u);
    EXPECT_EQ(catalog.totals()->unused_packs, 2u);
    ASSERT_EQ(catalog.forgotten()->size(), 2u);

    const auto back = catalog.undelete(these({"b"}));
    ASSERT_TRUE(back) << back.error().message();
    EXPECT_EQ(names(catalog), (Names{"b", "c"}));
    EXPECT_EQ(acknowledged(), (Names{"b", "c"}));
    EXPECT_EQ(catalog.totals()->unused_packs, 1u);
    const auto check = catalog.compare_marks();
    ASSERT_TRUE(check);
    EXPECT_TRUE(check->lost.empty() && check->forgotten.empty() && check->unmarked.empty());
    expect_sound(catalog);
}

// A row of a forgotten snapshot that a later one got would give that one its packs.
TEST_F(CatalogForget, RowsAreNeverUsedTwice) {
    Catalog catalog = create_three();
    expect_ok(catalog.forget(these({"c"})));
    expect_ok(catalog.commit(sample_commit("d", 9, {sample_pack(9, 1)})));
    ASSERT_TRUE(catalog.undelete(these({"c"})));
    EXPECT_EQ(names(catalog), (Names{"a", "b", "c", "d"}));
    EXPECT_EQ(catalog.totals()->unused_packs, 0u);
}

TEST_F(CatalogForget, ANameThatWasTakenMeanwhileStaysWithItsNewOwner) {
    Catalog catalog = create_three();
    expect_ok(catalog.forget(these({"a"})));
    expect_ok(catalog.commit(sample_commit("a", 77)));
    const auto back = catalog.undelete(these({"a"}));
    ASSERT_TRUE(back) << back.error().message();
    ASSERT_EQ(back->size(), 1u);
    EXPECT_EQ(back->front().record.name, "");
    EXPECT_EQ(names(catalog), (Names{"", "b", "c", "a"}));
    EXPECT_EQ(acknowledged(), (Names{"", "b", "c", "a"}));
}

TEST_F(CatalogForget, TheSameSnapshotCanBeCommittedAgain) {
    Catalog catalog = create_three();
    expect_ok(catalog.forget(these({"b"})));
    expect_ok(catalog.commit(sample_commit("b", 1, {sample_pack(1, 3)})));
    EXPECT_EQ(names(catalog), (Names{"a", "c", "b"}));
    EXPECT_TRUE(catalog.forgotten()->empty());
}

TEST_F(CatalogForget, ACommitMayBuildOnWhatWasForgottenMeanwhile) {
    Catalog catalog = create_three();
    const Digest base = catalog.find_snapshot("b")->id;
    expect_ok(catalog.forget(these({"b"})));
    Catalog::Commit next = sample_commit("next", 5);
    next.base = base;
    expect_ok(catalog.commit(next));
    EXPECT_EQ(catalog.totals()->unused_packs, 0u) << "its packs count as used again";
    next = sample_commit("other", 6);
    next.base = sample_digest(4711);
    const Status refused = catalog.commit(next);
    ASSERT_FALSE(refused);
    EXPECT_TRUE(store::is_gone_meanwhile(refused.error()));
}

TEST_F(CatalogForget, LabelsChangeWithoutTheId) {
    Catalog catalog = create_three();
    const Digest id = catalog.find_snapshot("b")->id;
    const auto now = catalog.relabel(id, [](store::SnapshotRow& row) -> Status {
        row.record.name = "best";
        row.record.tags = {{"k", "v"}, {"k2", ""}};
        row.hold = true;
        return {};
    });
    ASSERT_TRUE(now) << now.error().message();
    Catalog other = reopen(Catalog::Mode::read_only);
    const auto found = other.find_snapshot("best");
    ASSERT_TRUE(found) << found.error().message();
    EXPECT_EQ(found->id, id);
    EXPECT_TRUE(found->hold);
    EXPECT_EQ(found->record.tags.size(), 2u);
    EXPECT_EQ(acknowledged(), (Names{"a", "best", "c"})) << "in its place";
    const auto taken = catalog.relabel(id, [](store::SnapshotRow& row) -> Status {
        row.record.name = "a";
        return {};
    });
    ASSERT_FALSE(taken);
    EXPECT_EQ(names(catalog), (Names{"a", "best", "c"}));
}

// The name in a mark that was not committed is no name of the snapshot.
TEST_F(CatalogForget, ARenameThatWasKilledBeforeItsCommitLeavesTheOldName) {
    Catalog catalog = create_three();
    const Digest id = catalog.find_snapshot("b")->id;
    {
        auto writer = store::MarksWriter::open(folder_.fd(), folder_.path(),
                                               [](const Mark&) -> Result<bool> { return true; });
        ASSERT_TRUE(writer);
        expect_ok(writer->append({{.id = id, .name = "new"}}));
    }
    expect_ok(catalog.commit(sample_commit("d", 8)));
    EXPECT_EQ(acknowledged(), (Names{"a", "b", "c", "d"}));
}

TEST_F(CatalogForget, TheLastUseIsKept) {
    Catalog catalog = create_three();
    const Digest id = catalog.find_snapshot("b")->id;
    EXPECT_FALSE(catalog.find_snapshot("b")->used);
    expect_ok(catalog.record_use(id, {.seconds = 5000}));
    EXPECT_EQ(catalog.find_snapshot("b")->used, (Time{.seconds = 5000}));
    EXPECT_FALSE(catalog.find_snapshot("b")->hold);
    EXPECT_TRUE(catalog.find_snapshot("b")->record.tags == sample_commit("b", 1).record.tags);
}

}  // namespace
}  // namespace holt::test
