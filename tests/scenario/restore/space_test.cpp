// Proves: a folder that was restored is known again and mended in place: whatever was done to it,
// a restore makes it equal to the snapshot; what was not touched is not read; nothing that is
// remembered is believed of a folder that is another one; other folders are refused.
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <set>
#include <thread>

#include "fs/fault.h"
#include "scenario/restore/space_world.h"
#include "support/child.h"

namespace holt::test {
namespace {

namespace stdfs = std::filesystem;

class Space : public SpaceTest {
  protected:
    Space() {
        make_space_tree(source_, 1);
        let_the_clock_tick();
        snapshot({.name = "one"});
        restore("one", "space");
    }
    /// A second snapshot that has much in common with the first.
    void take_two() {
        Vandal vandal(source_, 77);
        for (int i = 0; i < 12; ++i) vandal.edit();
        let_the_clock_tick();
        snapshot({.name = "two"});
    }
    static ino_t inode(const stdfs::path& path) {
        struct stat st;
        EXPECT_EQ(::lstat(path.c_str(), &st), 0) << path;
        return st.st_ino;
    }
};

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

TEST_F(Space, AFolderThatIsNoneIsRefused) {
    write_file(dir_ / "mine" / "precious", "mine");
    const auto report = store_.restore("one", (dir_ / "mine").string(), {}, notes_);
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().kind, ErrorKind::failed);
    EXPECT_EQ(read_file(dir_ / "mine" / "precious"), "mine");
    const auto verified =
        store_.verify_folder((dir_ / "mine").string(), {}, [](const DiffEntry&) {}, notes_);
    ASSERT_FALSE(verified);
    EXPECT_EQ(verified.error().kind, ErrorKind::usage);
    EXPECT_TRUE(store_.verify_folder((dir_ / "mine").string(), {.against = "one"},
                                     [](const DiffEntry&) {}, notes_));
}

// Somebody else's folder has taken the space's place, and maybe its inode's number.
TEST_F(Space, AFolderThatTookItsPlaceIsRefused) {
    stdfs::rename(space(), dir_ / "was space");
    stdfs::remove_all(dir_ / "was space");
    write_file(space() / "precious", "mine");
    const auto report = store_.restore("one", space().string(), {}, notes_);
    ASSERT_FALSE(report);
    EXPECT_EQ(read_file(space() / "precious"), "mine");
    // With --force --delete it is made equal all the same, whatever its files are.
    restore("one", "space", {.force = true, .remove_extra = true});
    expect_is(source_);
}

TEST_F(Space, AMovedOneIsHashed) {
    repair();
    let_the_clock_tick();
    repair();
    stdfs::rename(space(), dir_ / "moved");
    write_file(dir_ / "moved" / "extra", "x");
    const auto report = store_.restore("one", (dir_ / "moved").string(), {}, notes_);
    if (!report) {  // where a file system keeps no birth times, it cannot be known
        EXPECT_EQ(report.error().kind, ErrorKind::failed);
        return;
    }
    EXPECT_EQ(report->removed, 1u);
    EXPECT_GT(report->hashed, 10u);
    expect_same_tree(source_, dir_ / "moved");
}

TEST_F(Space, IsKnownAfterARepair) {
    let_the_clock_tick();
    repair();  // now its files have records
    const std::string path = (dir_ / "store").string();
    ASSERT_TRUE(Store::repair(path, {}, notes_));
    store_ = *Store::open(path);
    write_file(space() / "extra", "x");
    const RestoreReport report = repair();
    EXPECT_TRUE(report.in_place);
    EXPECT_EQ(report.removed, 1u);
    EXPECT_EQ(report.hashed, 0u) << "what was known of its files was lost";
    expect_is(source_);
    let_the_clock_tick();
    snapshot();
    ASSERT_TRUE(Store::repair(path, {}, notes_));
    EXPECT_EQ(snapshot().files_read, 0u) << "what was known of the source was lost";
}

TEST_F(Space, IsKnownAfterTheCatalogWasLost) {
    const std::string path = (dir_ / "store").string();
    const auto lose_catalog = [&] {
        stdfs::remove(dir_ / "store" / "catalog.db");
        const auto repaired = Store::repair(path, {}, notes_);
        ASSERT_TRUE(repaired) << repaired.error().message();
        store_ = *Store::open(path);
    };
    lose_catalog();
    write_file(space() / "extra", "x");
    const RestoreReport report = repair();
    EXPECT_TRUE(report.in_place);
    EXPECT_EQ(report.removed, 1u);
    EXPECT_GT(report.hashed, 10u);
    expect_is(source_);

    // Another folder at its path is none, and whatever a folder says of itself is not asked.
    stdfs::rename(space(), dir_ / "kept");
    write_file(space() / "mine", "x");
    stdfs::create_directory(space() / ".space.holt-partial-01234567");
    lose_catalog();
    EXPECT_FALSE(store_.restore("one", space().string(), {}, notes_));
    EXPECT_EQ(read_file(space() / "mine"), "x");

    // What is torn or forged says nothing, and stops nobody.
    for (const auto& entry : stdfs::directory_iterator(dir_ / "store" / "spaces"))
        write_file(entry.path(), code_like(100, 1));
    lose_catalog();
    EXPECT_FALSE(store_.restore("one", (dir_ / "kept").string(), {}, notes_));
}

// Its file goes with what the catalog knows of it.
TEST_F(Space, OneThatIsGoneIsForgottenInItsFileToo) {
    stdfs::remove_all(space());
    for (int i = 0; i < 3; ++i) restore("one", "another" + std::to_string(i));
    std::size_t files = 0;
    for ([[maybe_unused]] const auto& entry : stdfs::directory_iterator(dir_ / "store" / "spaces"))
        ++files;
    EXPECT_EQ(files, 3u);
}

// A store that nobody may write restores and repairs all the same, and stays as it is.
TEST_F(Space, AReadOnlyHandleRemembersNothing) {
    Store reader = *Store::open((dir_ / "store").string(), {.access = Access::read_only});
    const std::string catalog = read_file(dir_ / "store" / "catalog.db");
    ASSERT_TRUE(reader.restore("one", (dir_ / "other").string(), {}, notes_));
    EXPECT_EQ(read_file(dir_ / "store" / "catalog.db"), catalog);
    EXPECT_FALSE(reader.restore("one", (dir_ / "other").string(), {}, notes_));
    // A known space is repaired.
    stdfs::remove(space() / "a");
    ASSERT_TRUE(reader.restore("one", space().string(), {}, notes_));
    expect_is(source_);
    EXPECT_EQ(read_file(dir_ / "store" / "catalog.db"), catalog);
}

TEST_F(Space, ADryRunChangesNothing) {
    stdfs::remove(space() / "a");
    write_file(space() / "extra", "x");
    const auto before = tree_differences(source_, space());
    const RestoreReport report = repair("one", {.dry_run = true});
    EXPECT_EQ(report.files, 1u);
    EXPECT_EQ(report.removed, 1u);
    EXPECT_EQ(tree_differences(source_, space()), before);
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

TEST_F(Space, IsReplacedWhole) {
    const ino_t before = inode(space());
    Vandal(space(), 3).edit();
    const RestoreReport report = repair("one", {.atomic = true});
    EXPECT_FALSE(report.in_place);
    EXPECT_NE(inode(space()), before);
    expect_is(source_);
    EXPECT_TRUE(repair().in_place) << "it is a space again";
    EXPECT_EQ(std::distance(stdfs::directory_iterator(dir_.path()), {}), 3) << "nothing is left";
    // Another folder needs to be told that all of it goes.
    write_file(dir_ / "mine" / "precious", "mine");
    EXPECT_FALSE(store_.restore("one", (dir_ / "mine").string(), {.atomic = true}, notes_));
    EXPECT_FALSE(
        store_.restore("one", (dir_ / "mine").string(), {.force = true, .atomic = true}, notes_));
    EXPECT_EQ(read_file(dir_ / "mine" / "precious"), "mine");
    restore("one", "mine", {.force = true, .remove_extra = true, .atomic = true});
    expect_same_tree(source_, dir_ / "mine");
}

// A file system that cannot exchange names, and a kill between the two renames that do instead.
TEST_F(Space, IsReplacedByTwoRenamesWhereNamesCannotBeExchanged) {
    using Fault = fs::Fault;
    const Fault no_exchange{.call = fs::Call::rename, .at = "rename_exchange", .err = EINVAL};
    {
        const fs::ScopedFaultPlan plan({no_exchange});
        write_file(space() / "extra", "x");
        repair("one", {.atomic = true});
        EXPECT_EQ(plan.struck(), 1u);
    }
    expect_is(source_);
    EXPECT_EQ(std::distance(stdfs::directory_iterator(dir_.path()), {}), 3);
    // As the kill would leave it: the old tree aside, the new one ready.
    stdfs::copy(source_ / "sub0", dir_ / ".space.holt-ready-0123abcd");
    stdfs::rename(space(), dir_ / ".space.holt-partial-0123abcd");
    const auto report = store_.restore("one", space().string(), {}, notes_);
    EXPECT_TRUE(stdfs::exists(space() / "f0")) << "what was ready is in place";
    EXPECT_FALSE(report) << "and was not restored by this store";
}

// New content is complete before anything is changed.
TEST_F(Space, ADamagedPackChangesNothing) {
    stdfs::remove(space() / "sub1" / "f5");
    write_file(space() / "extra", "x");
    stdfs::remove(space() / "big");
    const auto before = tree_differences(source_, space());
    for (const auto& pack : stdfs::recursive_directory_iterator(dir_ / "store" / "packs")) {
        if (!pack.is_regular_file()) continue;
        std::string bytes = read_file(pack);
        for (std::size_t at = 40; at < 5000 && at < bytes.size(); at += 7) bytes[at] ^= 1;
        stdfs::remove(pack);
        write_file(pack, bytes);
    }
    Store damaged = *Store::open((dir_ / "store").string());
    const auto report = damaged.restore("one", space().string(), {}, notes_);
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().kind, ErrorKind::corrupt);
    std::vector<std::string> after = tree_differences(source_, space());
    const auto is_time_of_root = [](const std::string& line) {
        return line.starts_with(".: mtime");
    };
    std::erase_if(after, is_time_of_root);
    auto expected = before;
    std::erase_if(expected, is_time_of_root);
    EXPECT_EQ(after, expected);
}

// I7: while a repair is at work, somebody swaps folders for symlinks that lead out.
TEST_F(Space, ASymlinkSwappedInIsNeverFollowed) {
    const stdfs::path outside = dir_ / "outside";
    make_space_tree(outside, 9);
    const stdfs::path kept = dir_ / "kept outside";
    ASSERT_EQ(std::system(("cp -a '" + outside.string() + "' '" + kept.string() + "'").c_str()), 0);
    for (unsigned round = 0; round < 25; ++round) {
        for (const char* folder : {"sub0", "sub1", "sub2", "sub3"}) {
            write_file(space() / folder / "extra", "x");
            stdfs::remove_all(space() / folder / "deep");
        }
        std::atomic<bool> stop{false};
        std::jthread swapper([&] {
            for (unsigned i = round; !stop; ++i) {
                const std::string name = "sub" + std::to_string(i % 4);
                std::error_code failed;
                stdfs::rename(space() / name, dir_ / "aside", failed);
                if (failed) continue;
                stdfs::create_directory_symlink(outside, space() / name, failed);
                std::this_thread::yield();
                stdfs::remove(space() / name, failed);
                stdfs::rename(dir_ / "aside", space() / name, failed);
                stdfs::remove_all(dir_ / "aside", failed);
            }
        });
        (void)store_.restore("one", space().string(), {}, notes_);  // may fail, and say why
        stop = true;
        swapper.join();
        EXPECT_EQ(tree_differences(kept, outside), std::vector<std::string>{});
        for (const char* folder : {"sub0", "sub1", "sub2", "sub3"})
            if (stdfs::is_symlink(space() / folder)) stdfs::remove(space() / folder);
        if (HasFailure()) return;
        stdfs::remove_all(dir_ / "aside");
        repair();
        expect_is(source_);
    }
}

// Two at once: each is done, or is told that the other is at work; never a mix.
TEST_F(Space, TwoProcessesRepairOneAfterTheOther) {
    restore("one", "one");
    take_two();
    const auto repair_in_child = [&](const std::string& snap, unsigned seed) {
        return start_child([&, snap, seed] {
            const std::string program = HOLT_PROGRAM;
            const std::string store = (dir_ / "store").string();
            ::usleep(seed * 300);
            ::execl(program.c_str(), "holt", "-q", "--store", store.c_str(), "restore",
                    snap.c_str(), space().c_str(), static_cast<char*>(nullptr));
            ::_exit(127);
        });
    };
    for (unsigned round = 0; round < 8; ++round) {
        const pid_t a = repair_in_child("one", 0), b = repair_in_child("two", round);
        EXPECT_EQ(end_of(a), 0);
        EXPECT_EQ(end_of(b), 0);
        const auto from_one = tree_differences(dir_ / "one", space());
        const auto from_two = tree_differences(source_, space());
        EXPECT_TRUE(from_one.empty() || from_two.empty())
            << ::testing::PrintToString(from_one) << ::testing::PrintToString(from_two);
    }
    // One that does not wait is told who it is.
    const int fd = ::open(space().c_str(), O_RDONLY | O_DIRECTORY);
    ASSERT_EQ(::flock(fd, LOCK_EX), 0);
    Store hasty = *Store::open((dir_ / "store").string(), {.lock_timeout = {}});
    const auto report = hasty.restore("one", space().string(), {}, notes_);
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().kind, ErrorKind::busy);
    ::close(fd);
}

// The calls of a repair that finds nothing to do: a stat for each entry, an open for each folder.
// After a power cut files that nobody synced may be empty or full of zeros, with the same inode and
// the same times.
TEST_F(Space, WhatWasNotSyncedIsReadAgainAfterARestartOfTheMachine) {
    const fs::Fault other_life{.call = fs::Call::stat,
                               .at = "mount_life",
                               .repeat = fs::Fault::Repeat::for_ever,
                               .err = ENOSYS};
    repair();
    let_the_clock_tick();
    EXPECT_EQ(repair().hashed, 0u);
    std::uint64_t files = 0;
    {
        const fs::ScopedFaultPlan restarted({other_life});
        const RestoreReport report = repair();
        files = report.kept;
        std::set<ino_t> inodes;
        for (const auto& entry : stdfs::recursive_directory_iterator(space()))
            if (stdfs::is_regular_file(entry.symlink_status())) inodes.insert(inode(entry.path()));
        EXPECT_EQ(report.hashed, inodes.size());
        EXPECT_EQ(report.files, 0u);
    }
    // Put in place durably, it is believed after any restart.
    restore("one", "durable", {.durable = true});
    repair("one", {.atomic = true});
    const fs::ScopedFaultPlan restarted({other_life});
    EXPECT_LT(restore("one", "durable").hashed, files / 2);
    EXPECT_LT(repair().hashed, files / 2);
}

// The second restore finds nothing to do, and must sync what the first left in memory all the same.
TEST_F(Space, ADurableRestoreSyncsWhatAnEarlierOneWrote) {
    const fs::ScopedFaultPlan plan;
    EXPECT_EQ(repair("one", {.durable = true}).files, 0u);
    EXPECT_GE(plan.calls(fs::Call::syncfs), 1u);
    const fs::ScopedFaultPlan restarted({{.call = fs::Call::stat,
                                          .at = "mount_life",
                                          .repeat = fs::Fault::Repeat::for_ever,
                                          .err = ENOSYS}});
    EXPECT_EQ(repair().hashed, 0u);
}

// A record that holds always must not be on disk before its file is.
TEST_F(Space, ADurableRestoreSyncsBeforeItRemembers) {
    const fs::ScopedFaultPlan plan;
    restore("one", "durable", {.durable = true});
    std::size_t synced = 0, remembered = 0, at = 0;
    for (const fs::SeenCall& call : plan.sequence()) {
        ++at;
        if (call.call == fs::Call::syncfs && synced == 0) synced = at;
        if (call.file == "sqlite_vfs.cpp" && call.call != fs::Call::pread) remembered = at;
    }
    ASSERT_GT(synced, 0u);
    if (remembered > 0) {
        EXPECT_LT(synced, remembered);
    }
    const fs::ScopedFaultPlan failing({{.call = fs::Call::syncfs, .err = EIO}});
    EXPECT_FALSE(store_.restore("one", (dir_ / "failed").string(), {.durable = true}, notes_));
    EXPECT_FALSE(stdfs::exists(dir_ / "failed"));
}

TEST_F(Space, AnUntouchedOneCostsOneStatAnEntry) {
    repair();
    let_the_clock_tick();
    repair();
    std::uint64_t entries = 1, folders = 1;
    for (const auto& entry : stdfs::recursive_directory_iterator(space())) {
        ++entries;
        folders += stdfs::is_directory(entry.symlink_status());
    }
    const fs::ScopedFaultPlan plan;
    repair();
    std::uint64_t stats = 0, opens = 0, lists = 0;
    for (const fs::SeenSite& site : plan.sites()) {
        const bool in_walk =
            site.site.starts_with("file.cpp") || site.site.starts_with("folder.cpp");
        if (!in_walk) continue;
        stats += site.call == fs::Call::stat ? site.calls : 0;
        opens += site.call == fs::Call::open ? site.calls : 0;
        lists += site.call == fs::Call::getdents ? site.calls : 0;
    }
    EXPECT_LE(stats, entries + 48);
    EXPECT_LE(opens, folders + 40);
    EXPECT_LE(lists, 12u) << "only the destination is listed, and the store's folders";
    EXPECT_EQ(plan.calls(fs::Call::rename) + plan.calls(fs::Call::mkdir), 0u);
}

}  // namespace
}  // namespace holt::test
