// Proves: a folder that was restored is mended in place: whatever was done to it, a restore makes
// it equal to the snapshot; what was not touched is not read.
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <future>
#include <thread>

#include "scenario/restore/space_world.h"
#include "store/catalog/catalog_collect.h"

namespace holt::test {
namespace {

namespace stdfs = std::filesystem;

TEST_F(Space, AnUntouchedOneIsLeftAlone) {
    repair();  // learns what was too fresh to be remembered by the restore
    let_the_clock_tick();
    repair();
    const ino_t before = inode(space() / "sub1" / "f1");
    const RestoreReport report = repair();
    EXPECT_TRUE(report.in_place);
    EXPECT_EQ(report.files + report.folders + report.symlinks + report.others, 0u);
    EXPECT_EQ(report.hashed, 0u);
    EXPECT_EQ(report.mended + report.removed + report.hard_links, 0u);
    EXPECT_GT(report.kept, 20u);
    EXPECT_EQ(inode(space() / "sub1" / "f1"), before);
    EXPECT_EQ(notes_.count(Severity::warning), 0u);
    expect_is(source_);
    EXPECT_EQ(verify(), std::vector<std::string>{});
}

// Build, save, restore: what a script that caches an environment does.
TEST_F(Space, AFolderThatWasJustSavedIsKnown) {
    const stdfs::path built = dir_ / "built";
    make_space_tree(built, 5);
    let_the_clock_tick();
    ASSERT_TRUE(store_.snapshot(built.string(), {.name = "built", .key = "k"}, notes_));
    const auto same = store_.restore("key:k", built.string(), {}, notes_);
    ASSERT_TRUE(same) << same.error().message();
    EXPECT_TRUE(same->in_place);
    EXPECT_EQ(same->mended + same->removed + same->files, 0u);

    Vandal vandal(built, 3);
    for (int i = 0; i < 5; ++i) vandal.edit();
    const auto mended = store_.restore("built", built.string(), {}, notes_);
    ASSERT_TRUE(mended) << mended.error().message();
    restore("built", "fresh");
    EXPECT_EQ(tree_differences(dir_ / "fresh", built), std::vector<std::string>{});
}

// A commit of others that takes seconds, as on a loaded machine: what was restored is remembered
// behind it, or the next restore would refuse the folder.
TEST_F(Space, ANewOneIsRememberedBehindALongCommit) {
    const auto folder = store::StoreFolder::open((dir_ / "store").string());
    ASSERT_TRUE(folder);
    auto catalog = store::Catalog::open(*folder, store::Catalog::Mode::read_write, {});
    ASSERT_TRUE(catalog);
    std::promise<void> begun;
    std::thread other([&] {
        store::CatalogCollector commit(*catalog);
        EXPECT_TRUE(commit.begin());
        begun.set_value();
        std::this_thread::sleep_for(std::chrono::seconds(3));
        commit.abandon();
    });
    begun.get_future().wait();
    const auto first = store_.restore("one", (dir_ / "new").string(), {}, notes_);
    other.join();
    ASSERT_TRUE(first) << first.error().message();
    EXPECT_FALSE(first->in_place);
    const auto again = store_.restore("one", (dir_ / "new").string(), {}, notes_);
    ASSERT_TRUE(again) << again.error().message();
    EXPECT_TRUE(again->in_place);
}

// Of another snapshot, or when something was left out on purpose, it is a folder like any other.
TEST_F(Space, AFolderThatWasSavedIsKnownForThatSnapshotOnly) {
    const stdfs::path built = dir_ / "built";
    make_space_tree(built, 5);
    ASSERT_TRUE(store_.snapshot(built.string(), {.name = "built"}, notes_));
    const auto other = store_.restore("one", built.string(), {}, notes_);
    ASSERT_FALSE(other);
    EXPECT_EQ(other.error().advice_code, Advice::allow_overwrite) << other.error().message();

    const stdfs::path part = dir_ / "part";
    make_space_tree(part, 6);
    ASSERT_TRUE(store_.snapshot(part.string(), {.name = "part", .exclude = {"sub1"}}, notes_));
    EXPECT_FALSE(store_.restore("part", part.string(), {}, notes_));
    EXPECT_TRUE(stdfs::exists(part / "sub1"));

    // Another folder took its place.
    stdfs::remove_all(built);
    stdfs::create_directory(dir_ / "between");
    stdfs::create_directory(built);
    write_file(built / "mine", "mine");
    EXPECT_FALSE(store_.restore("built", built.string(), {}, notes_));
    EXPECT_EQ(read_file(built / "mine"), "mine");
}

// The main proof: any edits, in any number, before any repair.
TEST_F(Space, WhateverWasDoneARepairMakesItEqual) {
    for (unsigned seed = 1; seed <= 40; ++seed) {
        std::string done;
        Vandal vandal(space(), seed);
        for (unsigned i = 0; i <= seed % 7; ++i) done += vandal.edit() + "\n";
        SCOPED_TRACE("seed " + std::to_string(seed) + "\n" + done);
        const auto told = verify();
        EXPECT_EQ(told.empty(), tree_differences(source_, space()).empty())
            << ::testing::PrintToString(told);
        const RestoreOptions options{.paranoid = seed % 5 == 0};
        const RestoreReport report = repair("one", options);
        EXPECT_TRUE(report.in_place);
        expect_is(source_);
        EXPECT_EQ(verify(), std::vector<std::string>{});
        EXPECT_EQ(verify({.paranoid = true}), std::vector<std::string>{});
        if (HasFailure()) return;
        if (seed % 3 == 0) let_the_clock_tick();
    }
}

TEST_F(Space, IsConvertedToAnotherSnapshotAndBack) {
    restore("one", "one");
    take_two();
    for (int round = 0; round < 3; ++round) {
        const ino_t kept = inode(space() / "big");
        const RestoreReport to_two = repair("two");
        EXPECT_TRUE(to_two.in_place);
        expect_is(source_);
        const RestoreReport to_one = repair("one");
        expect_is(dir_ / "one");
        if (read_file(source_ / "big") == read_file(dir_ / "one" / "big")) {
            EXPECT_EQ(inode(space() / "big"), kept);
        }
        let_the_clock_tick();
        repair("one");
    }
    Vandal vandal(space(), 5);
    for (int i = 0; i < 10; ++i) vandal.edit();
    repair("two");
    expect_is(source_);
}

TEST_F(Space, OnlyWhatDiffersIsWritten) {
    repair();
    let_the_clock_tick();
    repair();
    const ino_t other = inode(space() / "sub1" / "f1"), edited = inode(space() / "sub1" / "f5");
    std::ofstream(space() / "sub1" / "f5", std::ios::app) << "x";
    write_file(space() / "sub1" / "extra", "x");
    ASSERT_EQ(::chmod((space() / "sub2" / "f2").c_str(), 0700), 0);
    const ino_t mended = inode(space() / "sub2" / "f2");
    const RestoreReport report = repair();
    EXPECT_EQ(report.files, 1u);
    EXPECT_EQ(report.removed, 1u);
    EXPECT_EQ(report.mended, 2u) << "a file's mode, and the time of the folder with the edits";
    EXPECT_LE(report.hashed, 2u);
    EXPECT_EQ(inode(space() / "sub1" / "f1"), other);
    EXPECT_NE(inode(space() / "sub1" / "f5"), edited) << "a file was written over in place";
    EXPECT_EQ(inode(space() / "sub2" / "f2"), mended);
    expect_is(source_);
}

// Parts of it are listed and checked by several tasks.
TEST_F(Space, AFolderOfVeryManyNamesIsMended) {
    const auto name = [](int i) { return std::to_string(i * 7919); };
    for (int i = 0; i < 3000; ++i) write_file(source_ / "many" / name(i), std::to_string(i));
    let_the_clock_tick();
    snapshot({.name = "many"});
    repair("many");
    expect_is(source_);
    let_the_clock_tick();
    repair("many");  // learns what was too fresh to be remembered
    EXPECT_EQ(repair("many").hashed, 0u);

    const stdfs::path many = space() / "many";
    for (const int i : {0, 1023, 1024, 2048, 2999}) stdfs::remove(many / name(i));
    write_file(many / name(7), "x");
    ASSERT_EQ(::chmod((many / name(2500)).c_str(), 0700), 0);
    write_file(many / "extra", "x");
    stdfs::remove(many / name(11));
    stdfs::create_directory(many / name(11));
    const std::vector<std::string> told = verify();
    EXPECT_EQ(told.size(), 10u) << "eight names, the one that is too many, and the folder's time";
    const RestoreReport report = repair("many");
    EXPECT_EQ(report.files, 7u);
    EXPECT_EQ(report.removed, 1u);
    EXPECT_EQ(report.hashed, 2u) << "only the one with an edit and the one with another mode";
    expect_is(source_);
    EXPECT_EQ(verify(), std::vector<std::string>{});
}

TEST_F(Space, VerifyTellsWhatDiffers) {
    std::ofstream(space() / "sub1" / "f5", std::ios::app) << "x";
    write_file(space() / "more" / "in it", "x");
    stdfs::remove_all(space() / "nothing");
    ASSERT_EQ(::chmod((space() / "sub2" / "f2").c_str(), 0700), 0);
    stdfs::remove(space() / "dangling");
    write_file(space() / "dangling", "x");
    std::vector<std::string> told = verify();
    std::erase(told, "metadata .");
    const std::vector<std::string> expected = {"kind dangling",      "added more",
                                               "added more/in it",   "removed nothing",
                                               "removed nothing/in", "removed nothing/in/it",
                                               "content sub1/f5",    "metadata sub2/f2"};
    EXPECT_EQ(told, expected);
    // Nothing was changed by looking.
    EXPECT_EQ(read_file(space() / "more" / "in it"), "x");
}

TEST_F(Space, APartOfASnapshotIsASpaceToo) {
    restore("one:sub1", "part");
    write_file(dir_ / "part" / "extra", "x");
    EXPECT_TRUE(restore("one:sub1", "part").in_place);
    EXPECT_FALSE(stdfs::exists(dir_ / "part" / "extra"));
    EXPECT_TRUE(restore("one", "part").in_place);
    expect_same_tree(source_, dir_ / "part");
}

TEST_F(Space, TheStoreInItIsNeverRemoved) {
    const auto report =
        store_.restore("one", dir_.path().string(), {.force = true, .remove_extra = true}, notes_);
    ASSERT_FALSE(report);
    EXPECT_TRUE(stdfs::exists(dir_ / "store" / "catalog.db"));
}

// A space that shares its files with the pool is right as it is, and is never written through.
TEST_F(Space, OneOfHardLinksStaysOne) {
    const RestoreOptions by_link{.link = LinkMode::hardlink};
    restore("one", "linked", by_link);
    const ino_t before = inode(dir_ / "linked" / "sub1" / "f5");
    for (const RestoreOptions& options :
         {by_link, RestoreOptions{}, RestoreOptions{.paranoid = true}}) {
        const RestoreReport report = restore("one", "linked", options);
        EXPECT_TRUE(report.in_place);
        EXPECT_EQ(report.files, 0u);
        EXPECT_EQ(inode(dir_ / "linked" / "sub1" / "f5"), before);
    }
    ASSERT_EQ(::chmod((dir_ / "linked" / "sub1" / "f5").c_str(), 0644), 0);
    std::ofstream(dir_ / "linked" / "sub1" / "f5", std::ios::app) << "written through to the pool";
    stdfs::remove(dir_ / "linked" / "sub1" / "f9");
    const RestoreReport report = restore("one", "linked", by_link);
    EXPECT_EQ(report.files, 2u);
    EXPECT_NE(inode(dir_ / "linked" / "sub1" / "f5"), before);
    EXPECT_EQ(read_file(dir_ / "linked" / "sub1" / "f5"), read_file(source_ / "sub1" / "f5"));
    // Files of its own again, with the modes of the snapshot.
    restore("one", "linked", {.link = LinkMode::copy});
    expect_same_tree(source_, dir_ / "linked");
}

// A snapshot of a restored folder reads what no record proves to be as it was restored.
TEST_F(Space, ASnapshotOfOneSkipsWhatWasNotTouched) {
    repair();
    let_the_clock_tick();
    repair();
    write_file(space() / "sub1" / "f5", "changed");
    let_the_clock_tick();
    auto taken = store_.snapshot(space().string(), {.name = "of space"}, notes_);
    ASSERT_TRUE(taken) << taken.error().message();
    EXPECT_LE(taken->files_read, 4u);
    EXPECT_GT(taken->files_unchanged, 15u);
    restore("of space", "again");
    expect_same_tree(space(), dir_ / "again");
    // From then on its own records serve.
    taken = store_.snapshot(space().string(), {}, notes_);
    ASSERT_TRUE(taken);
    EXPECT_EQ(taken->files_read, 0u);
    repair("of space");
    expect_same_tree(space(), dir_ / "again");
}

}  // namespace
}  // namespace holt::test
