// --include and --exclude: what is not selected is never touched, reported or counted.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <holt/archive.hpp>
#include <set>
#include <string>
#include <vector>

#include "scenario/restore/space_world.h"
#include "support/store_fixture.h"

namespace holt::test {
namespace {

namespace stdfs = std::filesystem;
using Names = std::vector<std::string>;

class SelectionTest : public SpaceTest {
  protected:
    SelectionTest() {
        for (const char* path : {"top.txt", "top.o", "a/one.txt", "a/two.o", "a/gen/keep.txt",
                                 "a/gen/drop.o", "b/c/three.txt", "b/c/four.o"})
            write_file(source_ / path, std::string("content of ") + path);
        stdfs::create_directories(source_ / "empty");
        stdfs::create_symlink("one.txt", source_ / "a" / "link.txt");
        EXPECT_EQ(::chmod((source_ / "b").c_str(), 0750), 0);
        snapshot({.name = "one"});
    }
    // All paths below a folder, sorted.
    static Names paths(const stdfs::path& root) {
        std::set<std::string> found;
        for (const auto& entry : stdfs::recursive_directory_iterator(root))
            found.insert(entry.path().lexically_relative(root).string());  // follows no symlink
        return {found.begin(), found.end()};
    }
    static struct stat stat_of(const stdfs::path& path) {
        struct stat st {};
        EXPECT_EQ(::lstat(path.c_str(), &st), 0) << path;
        return st;
    }
    // That nothing was done to it: any change gives an inode another ctime.
    static void expect_untouched(const stdfs::path& path, const struct stat& before) {
        const struct stat now = stat_of(path);
        EXPECT_EQ(now.st_ino, before.st_ino) << path;
        EXPECT_EQ(now.st_ctim.tv_sec, before.st_ctim.tv_sec) << path;
        EXPECT_EQ(now.st_ctim.tv_nsec, before.st_ctim.tv_nsec) << path;
    }
};

// What each pair of lists brings back into a new folder; the same list of a dry run, an export and
// a comparison with what was restored.
TEST_F(SelectionTest, ANewFolderGetsWhatIsSelectedAndTheWayToIt) {
    struct Case {
        Names include, exclude, expected;
    };
    const std::vector<Case> cases = {
        {{"*.txt"},
         {},
         {"a", "a/gen", "a/gen/keep.txt", "a/link.txt", "a/one.txt", "b", "b/c", "b/c/three.txt",
          "top.txt"}},
        {{"/*.txt"}, {}, {"top.txt"}},
        {{"a/"},
         {},
         {"a", "a/gen", "a/gen/drop.o", "a/gen/keep.txt", "a/link.txt", "a/one.txt", "a/two.o"}},
        {{"a"}, {"*.o"}, {"a", "a/gen", "a/gen/keep.txt", "a/link.txt", "a/one.txt"}},
        {{"b/c/four.o"}, {}, {"b", "b/c", "b/c/four.o"}},
        {{"a/**/keep.txt"}, {}, {"a", "a/gen", "a/gen/keep.txt"}},
        {{"a/", "!gen/"}, {}, {"a", "a/link.txt", "a/one.txt", "a/two.o"}},
        {{"a/", "!gen/", "keep.txt"},
         {},
         {"a", "a/gen", "a/gen/keep.txt", "a/link.txt", "a/one.txt", "a/two.o"}},
        {{"empty"}, {}, {"empty"}},
        {{},
         {"*.o", "/b"},
         {"a", "a/gen", "a/gen/keep.txt", "a/link.txt", "a/one.txt", "empty", "top.txt"}},
        {{},
         {"*.o", "!top.o", "gen/", "b", "empty"},
         {"a", "a/link.txt", "a/one.txt", "top.o", "top.txt"}},
    };
    for (const Case& one : cases) {
        SCOPED_TRACE(testing::PrintToString(one.include) + testing::PrintToString(one.exclude));
        stdfs::remove_all(space());
        const RestoreOptions dry{.dry_run = true, .include = one.include, .exclude = one.exclude};
        const RestoreReport told = restore("one", "space", dry);
        const RestoreReport report =
            restore("one", "space", {.include = one.include, .exclude = one.exclude});
        EXPECT_EQ(paths(space()), one.expected);
        EXPECT_EQ(report.files + report.folders + report.symlinks, one.expected.size() + 1);
        EXPECT_EQ(told.files, report.files);
        EXPECT_EQ(told.folders, report.folders);
        EXPECT_EQ(told.symlinks, report.symlinks);
        EXPECT_EQ(told.bytes, report.bytes);
        // Folders on the way have their metadata too.
        if (stdfs::exists(space() / "b")) {
            EXPECT_EQ(stat_of(space() / "b").st_mode & 07777, 0750u);
        }

        EXPECT_EQ(verify({.include = one.include, .exclude = one.exclude}), Names{});
        const auto diff = store_.diff(
            "one", space().string(), {.include = one.include, .exclude = one.exclude},
            [](const DiffEntry& entry) { ADD_FAILURE() << entry.path; }, notes_);
        ASSERT_TRUE(diff) << diff.error().message();
        EXPECT_FALSE(diff->differs());

        const auto exported = store_.export_to(
            {"one"}, {.path = dir_ / "x.tar"},
            {.overwrite = true, .include = one.include, .exclude = one.exclude}, notes_);
        ASSERT_TRUE(exported) << exported.error().message();
        EXPECT_EQ(exported->files, report.files);
        EXPECT_EQ(exported->folders, report.folders);
        const auto imported = store_.import_from({.path = dir_ / "x.tar"}, {}, notes_);
        ASSERT_TRUE(imported) << imported.error().message();
        stdfs::remove_all(dir_ / "again");
        restore(imported->snapshots.at(0).id.hex(), "again");
        EXPECT_EQ(paths(dir_ / "again"), one.expected);
    }
}

// In a folder that was restored: selected entries are mended and selected extras go; everything
// else keeps inode and ctime, and folders on the way keep their times and modes.
TEST_F(SelectionTest, InPlaceNothingElseIsTouched) {
    restore("one", "space");
    write_file(space() / "a" / "one.txt", "changed");
    write_file(space() / "a" / "two.o", "changed");
    stdfs::remove(space() / "b" / "c" / "three.txt");
    stdfs::remove(space() / "b" / "c" / "four.o");
    write_file(space() / "a" / "extra.txt", "");
    write_file(space() / "a" / "extra.o", "");
    write_file(space() / "more" / "deep" / "extra.txt", "");
    write_file(space() / "more" / "deep" / "extra.o", "");
    EXPECT_EQ(::chmod((space() / "a").c_str(), 0711), 0);
    let_the_clock_tick();
    const auto folder = stat_of(space() / "a"), root = stat_of(space());
    const auto two = stat_of(space() / "a" / "two.o"), top = stat_of(space() / "top.txt");
    const auto extra = stat_of(space() / "a" / "extra.o");
    const auto deep = stat_of(space() / "more" / "deep" / "extra.o");
    const auto deep_folder = stat_of(space() / "more" / "deep");

    const Names differences = verify({.include = {"*.txt"}});
    EXPECT_EQ(differences.size(), 4u) << testing::PrintToString(differences);
    const RestoreReport report = repair("one", {.include = {"*.txt"}});
    EXPECT_TRUE(report.in_place);
    EXPECT_EQ(report.files, 2u);
    EXPECT_EQ(report.removed, 2u);
    EXPECT_EQ(read_file(space() / "a" / "one.txt"), "content of a/one.txt");
    EXPECT_EQ(read_file(space() / "b" / "c" / "three.txt"), "content of b/c/three.txt");
    EXPECT_FALSE(stdfs::exists(space() / "a" / "extra.txt"));
    EXPECT_FALSE(stdfs::exists(space() / "more" / "deep" / "extra.txt"));
    EXPECT_FALSE(stdfs::exists(space() / "b" / "c" / "four.o"));
    expect_untouched(space() / "a" / "two.o", two);
    expect_untouched(space() / "a" / "extra.o", extra);
    expect_untouched(space() / "more" / "deep" / "extra.o", deep);
    expect_untouched(space() / "top.txt", top);
    for (const auto& [path, before] : {std::pair{space() / "a", folder}, std::pair{space(), root},
                                       std::pair{space() / "more" / "deep", deep_folder}}) {
        const auto now = stat_of(path);
        EXPECT_EQ(now.st_mode, before.st_mode) << path;
        EXPECT_EQ(now.st_mtim.tv_sec, before.st_mtim.tv_sec) << path;
        EXPECT_EQ(now.st_mtim.tv_nsec, before.st_mtim.tv_nsec) << path;
    }
    EXPECT_EQ(verify({.include = {"*.txt"}}), Names{});

    // What was not selected was not called right: the whole is mended by the next restore.
    EXPECT_NE(verify(), Names{});
    repair();
    expect_is(source_);
}

// An excluded path is neither removed as an extra nor rewritten, nor lost with the folder it is in.
TEST_F(SelectionTest, WhatIsExcludedStaysWhateverStandsAroundIt) {
    restore("one", "space");
    write_file(space() / "log" / "x.log", "mine");
    write_file(space() / "log" / "x.tmp", "extra");
    write_file(space() / "all" / "deep" / "y", "extra");
    stdfs::remove_all(space() / "a");
    let_the_clock_tick();
    const auto mine = stat_of(space() / "log" / "x.log");
    Names told = verify({.exclude = {"*.log", "/a"}});
    EXPECT_EQ(told.size(), 5u) << testing::PrintToString(told);  // ., x.tmp, all, all/deep, y
    const RestoreReport report = repair("one", {.exclude = {"*.log", "/a"}});
    EXPECT_EQ(report.removed, 2u);
    expect_untouched(space() / "log" / "x.log", mine);
    EXPECT_FALSE(stdfs::exists(space() / "log" / "x.tmp"));
    EXPECT_FALSE(stdfs::exists(space() / "all"));
    EXPECT_FALSE(stdfs::exists(space() / "a"));
    EXPECT_EQ(verify({.exclude = {"*.log", "/a"}}), Names{});
}

// Something that is not selected stands where a selected entry shall be: nothing is changed.
TEST_F(SelectionTest, WhatStandsInTheWayUnselectedIsRefused) {
    restore("one", "space");
    stdfs::remove_all(space() / "b");
    write_file(space() / "b", "mine");
    stdfs::remove(space() / "top.txt");
    write_file(space() / "top.txt" / "keep.log", "mine");
    write_file(space() / "a" / "one.txt", "changed");
    for (const RestoreOptions& options :
         {RestoreOptions{.include = {"*.txt"}}, RestoreOptions{.exclude = {"*.log", "/b"}}}) {
        const auto refused = store_.restore("one", space().string(), options, notes_);
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().kind, ErrorKind::failed) << refused.error().message();
        EXPECT_EQ(read_file(space() / "b"), "mine");
        EXPECT_EQ(read_file(space() / "top.txt" / "keep.log"), "mine");
        EXPECT_EQ(read_file(space() / "a" / "one.txt"), "changed");
    }
}

// A folder that was not restored: --force with a selection keeps extras, and never makes it a
// folder that a later restore may empty without being asked.
TEST_F(SelectionTest, AFolderOfTheUsersDoesNotBecomeOneOfTheStores) {
    write_file(space() / "mine", "mine");
    write_file(space() / "a" / "mine.txt", "mine");
    EXPECT_FALSE(store_.restore("one", space().string(), {.include = {"a/"}}, notes_));
    repair("one", {.force = true, .include = {"a/"}});
    EXPECT_EQ(read_file(space() / "a" / "mine.txt"), "mine");
    EXPECT_EQ(read_file(space() / "a" / "one.txt"), "content of a/one.txt");
    repair("one", {.force = true, .remove_extra = true, .include = {"a/"}});
    EXPECT_FALSE(stdfs::exists(space() / "a" / "mine.txt"));
    EXPECT_EQ(read_file(space() / "mine"), "mine");
    const auto whole = store_.restore("one", space().string(), {}, notes_);
    ASSERT_FALSE(whole) << "it would have removed the user's file without --force";
    EXPECT_EQ(read_file(space() / "mine"), "mine");
}

// A part of another snapshot: the folder stays one of the first, and its records say nothing wrong.
TEST_F(SelectionTest, APartOfAnotherSnapshotIsNotTakenForTheWhole) {
    write_file(source_ / "a" / "one.txt", "second");
    write_file(source_ / "top.txt", "second");
    snapshot({.name = "two"});
    restore("one", "space");
    let_the_clock_tick();
    repair("two", {.include = {"a/"}});
    EXPECT_EQ(read_file(space() / "a" / "one.txt"), "second");
    EXPECT_EQ(read_file(space() / "top.txt"), "content of top.txt");
    EXPECT_NE(verify(), Names{});
    EXPECT_EQ(verify({.against = "two", .include = {"a/"}}), Names{});
    repair("two");
    expect_is(source_);
}

// Of a hard link's names the first one that is selected is the file.
TEST_F(SelectionTest, TheFirstSelectedNameOfAHardLinkCarriesItsContent) {
    write_file(source_ / "h" / "first", "shared");
    stdfs::create_hard_link(source_ / "h" / "first", source_ / "h" / "second");
    stdfs::create_hard_link(source_ / "h" / "first", source_ / "h" / "third");
    snapshot({.name = "links"});
    const Names exclude{"first"};
    restore("links", "space", {.exclude = exclude});
    EXPECT_EQ(read_file(space() / "h" / "second"), "shared");
    EXPECT_EQ(stat_of(space() / "h" / "second").st_ino, stat_of(space() / "h" / "third").st_ino);
    EXPECT_EQ(verify({.exclude = exclude}), Names{});
    const auto diff = store_.diff(
        "links", space().string(), {.exclude = exclude},
        [](const DiffEntry& entry) { ADD_FAILURE() << entry.path << " " << entry.detail; }, notes_);
    ASSERT_TRUE(diff);
    EXPECT_FALSE(diff->differs());
    // The same for a part of a snapshot, whose first name may lie outside.
    write_file(source_ / "0", "x");
    stdfs::create_hard_link(source_ / "0", source_ / "h" / "0");
    snapshot({.name = "outside"});
    restore("outside:h", "part");
    const auto part = store_.diff(
        "outside:h", (dir_ / "part").string(), {},
        [](const DiffEntry& entry) { ADD_FAILURE() << entry.path << " " << entry.detail; }, notes_);
    ASSERT_TRUE(part);
    EXPECT_FALSE(part->differs());
    ASSERT_TRUE(
        store_.export_to({"links"}, {.path = dir_ / "h.tar"}, {.exclude = exclude}, notes_));
    const auto imported = store_.import_from({.path = dir_ / "h.tar"}, {.name = "tar"}, notes_);
    ASSERT_TRUE(imported) << imported.error().message();
    restore("tar:h", "out");
    EXPECT_EQ(read_file(dir_ / "out" / "third"), "shared");
}

// Two snapshots and two selections; a part that cannot be read is no reason not to compare the
// rest.
TEST_F(SelectionTest, DiffTellsOnlyWhatIsSelected) {
    write_file(source_ / "a" / "one.txt", "second");
    write_file(source_ / "a" / "two.o", "second");
    write_file(source_ / "n" / "new.txt", "");
    stdfs::remove_all(source_ / "b");
    snapshot({.name = "two"});
    const auto told = [&](const DiffOptions& options) {
        Names found;
        const auto report = store_.diff(
            "one", "two", options, [&](const DiffEntry& entry) { found.push_back(entry.path); },
            notes_);
        EXPECT_TRUE(report) << report.error().message();
        return found;
    };
    EXPECT_EQ(told({.include = {"*.txt"}}), (Names{"a/one.txt", "b/c/three.txt", "n/new.txt"}));
    EXPECT_EQ(told({.include = {"a/"}, .exclude = {"*.o"}}), (Names{"a/one.txt"}));
    EXPECT_EQ(told({.include = {"/top.txt"}}), Names{});
}

// A glob that selects nothing is most likely wrong, and so is a selection where there is none.
TEST_F(SelectionTest, NothingSelectedIsNotFound) {
    restore("one", "space");
    const auto kind = [](const auto& result) {
        return result ? ErrorKind::failed : result.error().kind;
    };
    const Names none{"*.rs"};
    const auto ignore = [](const DiffEntry&) {};
    EXPECT_EQ(kind(store_.restore("one", (dir_ / "new").string(), {.include = none}, notes_)),
              ErrorKind::usage);
    EXPECT_FALSE(stdfs::exists(dir_ / "new"));
    EXPECT_EQ(kind(store_.restore("one", space().string(), {.include = none}, notes_)),
              ErrorKind::usage);
    EXPECT_EQ(kind(store_.verify_folder(space().string(), {.include = none}, ignore, notes_)),
              ErrorKind::usage);
    EXPECT_EQ(kind(store_.diff("one", space().string(), {.include = none}, ignore, notes_)),
              ErrorKind::usage);
    EXPECT_EQ(kind(store_.export_to({"one"}, {.path = dir_ / "x.tar"}, {.include = none}, notes_)),
              ErrorKind::usage);
    EXPECT_FALSE(stdfs::exists(dir_ / "x.tar"));
    EXPECT_EQ(
        kind(store_.export_to({"one"}, {.path = dir_ / "x.holt"}, {.include = {"a"}}, notes_)),
        ErrorKind::usage);
    EXPECT_EQ(
        kind(store_.restore("one", space().string(), {.atomic = true, .exclude = {"a"}}, notes_)),
        ErrorKind::usage);
    EXPECT_EQ(kind(store_.restore("one", space().string(), {.include = {"["}}, notes_)),
              ErrorKind::usage);
    // What only the folder has is told.
    write_file(space() / "x.rs", "");
    EXPECT_EQ(verify({.include = none}).size(), 1u);
}

}  // namespace
}  // namespace holt::test
