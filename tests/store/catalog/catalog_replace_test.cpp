#include <gtest/gtest.h>

#include <cerrno>
#include <filesystem>

#include "fs/fault.h"
#include "store/catalog/catalog_support.h"

namespace holt::store {
namespace {

namespace stdfs = std::filesystem;
using namespace std::chrono_literals;
using test::CatalogTest;
using test::expect_ok;
using test::expect_sound;
using test::sample_commit;
using test::sample_pack;

class CatalogReplace : public CatalogTest {
  protected:
    // What repair does: a new catalog with one pack and one snapshot takes the old one's place.
    Status rebuild() {
        const NewPack pack = sample_pack(7, 100);
        HOLT_TRY_LET(catalog, Catalog::create_beside(folder_, 60'000ms));
        HOLT_TRY(catalog.begin_rebuild());
        HOLT_TRY(catalog.add_pack(pack));
        HOLT_TRY(catalog.add_snapshot(rebuilt_.id, rebuilt_.record, rebuilt_.encoded_record,
                                      std::vector{pack.id}));
        HOLT_TRY(catalog.end_rebuild());
        return Catalog::replace_with(std::move(catalog), folder_);
    }
    const Catalog::Commit rebuilt_ = sample_commit("rebuilt", 1);
};

// A rebuilt catalog is one like any other: it has checksums, and takes commits.
TEST_F(CatalogReplace, RebuiltOneIsSound) {
    { create(); }
    expect_ok(rebuild());
    Catalog catalog = reopen();
    expect_sound(catalog);
    EXPECT_EQ(catalog.find_snapshot("latest")->id, rebuilt_.id);
    expect_ok(catalog.commit(sample_commit("next", 2, {sample_pack(8, 10)})));
    expect_sound(catalog);
    EXPECT_TRUE(stdfs::is_empty(folder_.shown("tmp")));
}

// Whoever had the old one open is told at its commit, which would otherwise go to a file that
// nobody can see.
TEST_F(CatalogReplace, CommitToTheOldOneIsRefused) {
    Catalog old = create();
    expect_ok(old.commit(sample_commit("one", 1)));
    expect_ok(rebuild());
    const Status status = old.commit(sample_commit("two", 2));
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().kind, ErrorKind::busy);
    EXPECT_NE(status.error().advice.find("again"), std::string::npos) << status.error().message();
    EXPECT_EQ(reopen().snapshots()->size(), 1u);
}

// Whatever fails: the old catalog or the new one, and it can be done again.
TEST_F(CatalogReplace, FaultAtEveryCall) {
    { create(); }
    std::uint64_t calls = 0;
    for (std::uint64_t nth = 1; calls == 0 || nth <= calls; ++nth) {
        {
            const fs::ScopedFaultPlan plan({{.nth = nth, .err = ENOSPC}});
            const Status status = rebuild();
            if (plan.struck() == 0) calls = plan.calls();
            if (!status) {
                EXPECT_EQ(status.error().kind, ErrorKind::no_space)
                    << nth << status.error().message();
            }
        }
        Catalog catalog = reopen();
        expect_sound(catalog);
        EXPECT_LE(catalog.snapshots()->size(), 1u);
        expect_ok(rebuild());
        stdfs::remove(folder_.catalog_path());
        create();
    }
    EXPECT_GT(calls, 20u);
}

}  // namespace
}  // namespace holt::store
