// Proves: a restore by hard link gives the snapshot's tree, read-only, sharing inodes with the
// pool; only files that are equal in everything that a link shares share one.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <set>

#include "fs/fault.h"
#include "scenario/faults/fault_world.h"
#include "scenario/restore/pool_world.h"

namespace holt::test {
namespace {

TEST_F(PoolTest, SharesInodesWithThePoolAndItsFilesAreReadOnly) {
    const RestoreReport first = restore("s", "one", kLink);
    const RestoreReport second = restore("s", "two", kRequire);
    EXPECT_EQ(first.link, LinkMode::hardlink);
    EXPECT_EQ(first.files_linked, 3u);
    EXPECT_EQ(second.files_linked, 3u);
    expect_linked_tree("one");
    expect_linked_tree("two");
    EXPECT_EQ(pool_files().size(), 3u);
    for (const char* name : {"a", "sub/b", "sub/large"}) {
        EXPECT_EQ(inode(dir_ / "one" / name), inode(dir_ / "two" / name)) << name;
        EXPECT_EQ(record_of(dir_ / "one" / name).st_nlink, 3u) << name;
        const stdfs::path file = pool_file_of(dir_ / "one" / name);
        ASSERT_FALSE(file.empty());
        EXPECT_EQ(mode(file) & 0222, 0u);
        EXPECT_EQ(file.filename().string().size(), 64u);
        EXPECT_EQ(file.parent_path().filename().string(), file.filename().string().substr(0, 2));
    }
    EXPECT_EQ(notes_.notes.size(), 0u);
    restore("s", "copy", {.link = LinkMode::copy});
    expect_same_tree(source_, dir_ / "copy");
}

TEST_F(PoolTest, OnlyFilesEqualInAllThatALinkSharesShareOne) {
    stdfs::remove_all(source_);
    for (const char* name : {"plain", "same", "mode", "time", "attribute", "setuid"})
        write_file(source_ / name, "the same in all");
    write_file(source_ / "empty", "");
    write_file(source_ / "empty too", "");
    const timespec when[2] = {{1'000'000'000, 1}, {1'000'000'000, 1}};
    for (const auto& entry : stdfs::directory_iterator(source_))
        ::utimensat(AT_FDCWD, entry.path().c_str(), when, 0);
    const timespec later[2] = {{1'000'000'000, 2}, {1'000'000'000, 2}};
    ::utimensat(AT_FDCWD, (source_ / "time").c_str(), later, 0);
    ::chmod((source_ / "mode").c_str(), 0600);
    ::chmod((source_ / "setuid").c_str(), 04755);
    const bool attributes =
        ::setxattr((source_ / "attribute").c_str(), "user.holt", "x", 1, 0) == 0;
    snapshot({.name = "t"});
    const RestoreReport report = restore("t", "out", kLink);
    std::set<ino_t> inodes;
    for (const char* name : {"plain", "mode", "time", "setuid", "empty", "empty too"})
        inodes.insert(inode(dir_ / "out" / name));
    EXPECT_EQ(inodes.size(), 6u);
    EXPECT_EQ(inode(dir_ / "out" / "same"), inode(dir_ / "out" / "plain"));
    if (attributes) {
        EXPECT_EQ(inodes.count(inode(dir_ / "out" / "attribute")), 0u);
    }
    // What gives rights, and what has no content, is a file of its own with the mode that it had.
    EXPECT_EQ(record_of(dir_ / "out" / "setuid").st_nlink, 1u);
    EXPECT_EQ(mode(dir_ / "out" / "setuid"), 04755u);
    EXPECT_EQ(record_of(dir_ / "out" / "empty").st_nlink, 1u);
    EXPECT_EQ(report.files_linked, 5u);
}

TEST_F(PoolTest, StatsCountThePool) {
    EXPECT_EQ(store_.stats()->pool_files, 0u);
    restore("s", "one", kLink);
    const std::uint64_t bytes = 12 + 5000 + (3 << 20);
    EXPECT_EQ(store_.stats()->pool_files, 3u);
    EXPECT_EQ(store_.stats()->pool_bytes, bytes);
    EXPECT_EQ(store_.stats()->pool_unused_bytes, 0u);
    stdfs::remove_all(dir_ / "one");
    EXPECT_EQ(store_.stats()->pool_unused_bytes, bytes);
}

TEST_F(PoolTest, OverATreeThatWasLinkedBefore) {
    restore("s", "out", kLink);
    restore("s", "out", {.force = true, .remove_extra = true, .link = LinkMode::hardlink});
    expect_linked_tree("out");
    restore("s", "out", {.force = true, .remove_extra = true, .link = LinkMode::copy});
    expect_same_tree(source_, dir_ / "out");
    for (const stdfs::path& file : pool_files()) EXPECT_EQ(mode(file) & 0222, 0u);
}

// Proves: given another snapshot, a linked tree has only those files read that may stay as they
// are. Whatever is in the others, they are replaced; but what a program wrote is still told.
TEST_F(PoolTest, SwitchingALinkedTreeReadsOnlyWhatMayStay) {
    restore("s", "out", kLink);
    ::usleep(50'000);  // past the clock's tick: what is read now is remembered
    const auto set_time = [](const stdfs::path& path, time_t seconds) {
        const timespec times[2] = {{seconds, 0}, {seconds, 0}};
        ASSERT_EQ(::utimensat(AT_FDCWD, path.c_str(), times, 0), 0);
    };
    set_time(source_ / "sub" / "b", 1'000'000'000);
    set_time(source_ / "sub" / "large", 1'000'000'001);
    snapshot({.name = "t"});
    const RestoreReport there = restore("t", "out", kLink);
    EXPECT_LE(there.hashed, 1u) << "a alone is wanted by both, and may be known from its link";
    EXPECT_EQ(there.files, 2u);
    expect_linked_tree("out");

    // The same time and size, and other content: found by nothing but reading, and not needed.
    const stdfs::path large = dir_ / "out" / "sub" / "large";
    ::chmod(large.c_str(), 0644);
    write_file(large, random_bytes(3 << 20, 3));
    set_time(large, 1'000'000'001);
    ::chmod(large.c_str(), 0444);
    const stdfs::path b = dir_ / "out" / "sub" / "b";
    ::chmod(b.c_str(), 0755);
    write_file(b, "a program wrote this");
    ::chmod(b.c_str(), 0555);
    notes_.notes.clear();
    const RestoreReport back = restore("s", "out", kLink);
    EXPECT_EQ(back.hashed, 1u) << "b, which was written to";
    EXPECT_EQ(back.files, 2u);
    const auto tells = [](const auto& note) {
        return note.second.cause.find("a program has written into") != std::string::npos;
    };
    EXPECT_EQ(std::ranges::count_if(notes_.notes, tells), 1);
    EXPECT_EQ(read_file(dir_ / "out" / "sub" / "b"), code_like(5000, 1));
    EXPECT_EQ(read_file(large), random_bytes(3 << 20, 2));
    EXPECT_EQ(mode(large), 0444u);
}

TEST_F(PoolTest, HardLinksOfTheSnapshotAreNamesOfThePoolsInode) {
    stdfs::create_hard_link(source_ / "a", source_ / "sub" / "a too");
    snapshot({.name = "h"});
    restore("h", "one", kLink);
    restore("h", "two", kLink);
    expect_linked_tree("one");
    expect_linked_tree("two");
    EXPECT_EQ(record_of(dir_ / "two" / "a").st_nlink, 5u);
}

// A file with two names is without write bits in one snapshot and with them in the next: it shares
// its inode and looks like a link into the pool, which it is not.
TEST_F(PoolTest, AHardLinkOfTheSnapshotIsNotTakenForOneIntoThePool) {
    stdfs::create_hard_link(source_ / "a", source_ / "a too");
    stdfs::create_hard_link(source_ / "a", source_ / "sub" / "a third");
    ::chmod((source_ / "a").c_str(), 0444);
    snapshot({.name = "closed"});
    ::chmod((source_ / "a").c_str(), 0644);
    snapshot({.name = "open"});
    for (const LinkMode link : {LinkMode::automatic, LinkMode::copy, LinkMode::reflink}) {
        for (const bool paranoid : {false, true}) {
            restore("closed", "out", {.link = link});
            EXPECT_EQ(mode(dir_ / "out" / "a"), 0444u);
            const RestoreReport report =
                restore("open", "out", {.paranoid = paranoid, .link = link});
            EXPECT_TRUE(report.in_place);
            EXPECT_EQ(mode(dir_ / "out" / "a"), 0644u);
            expect_same_tree(source_, dir_ / "out");
            stdfs::remove_all(dir_ / "out");
        }
    }
    // By links it is the pool's inode, as it should be; and back.
    restore("closed", "out");
    restore("open", "out", {.link = LinkMode::hardlink});
    EXPECT_EQ(mode(dir_ / "out" / "a"), 0444u);
    EXPECT_FALSE(pool_file_of(dir_ / "out" / "a").empty());
    EXPECT_EQ(restore("open", "out", {.link = LinkMode::hardlink}).files, 0u);
    restore("open", "out", {.link = LinkMode::copy});
    expect_same_tree(source_, dir_ / "out");
}

// What is by design is no difference; who asks for something else gets it.
TEST_F(PoolTest, ALinkedTreeIsAsItWasRestoredAndCopiesCanBeWritten) {
    restore("s", "out", kLink);
    expect_linked_tree("out");
    std::vector<std::string> told;
    const auto visit = [&](const DiffEntry& entry) { told.push_back(entry.path); };
    const auto report = store_.verify_folder((dir_ / "out").string(), {}, visit, notes_);
    ASSERT_TRUE(report) << report.error().message();
    EXPECT_EQ(told, std::vector<std::string>{});
    const auto paranoid =
        store_.verify_folder((dir_ / "out").string(), {.paranoid = true}, visit, notes_);
    ASSERT_TRUE(paranoid) << paranoid.error().message();
    EXPECT_EQ(told, std::vector<std::string>{});
    restore("s", "out", {.link = LinkMode::copy});
    expect_same_tree(source_, dir_ / "out");
}

// Somebody gave a restored file a second name elsewhere and took its write bits away.
TEST_F(PoolTest, AFileLinkedByOthersIsNotTakenForOneIntoThePool) {
    restore("s", "out");
    stdfs::create_hard_link(dir_ / "out" / "a", dir_ / "elsewhere");
    ::chmod((dir_ / "out" / "a").c_str(), 0444);
    EXPECT_EQ(restore("s", "out").files, 1u);
    EXPECT_EQ(mode(dir_ / "out" / "a"), 0644u);
    EXPECT_EQ(mode(dir_ / "elsewhere"), 0444u) << "another's file is not written to";
    expect_same_tree(source_, dir_ / "out");
}

// Files of their own in the snapshot that were made names of one inode: equal content is not
// enough.
TEST_F(PoolTest, FilesOfTheirOwnThatShareAnInodeAreParted) {
    write_file(source_ / "one", "the same");
    stdfs::create_hard_link(source_ / "one", source_ / "two");
    ::chmod((source_ / "one").c_str(), 0444);
    snapshot({.name = "linked"});
    struct stat st = record_of(source_ / "one");
    stdfs::remove(source_ / "two");
    write_file(source_ / "two", "the same");
    ::chmod((source_ / "two").c_str(), 0444);
    const timespec times[2] = {st.st_mtim, st.st_mtim};
    ASSERT_EQ(::utimensat(AT_FDCWD, (source_ / "two").c_str(), times, 0), 0);
    snapshot({.name = "parted"});
    restore("linked", "out");
    restore("linked", "out");  // learns the records of what the first has linked
    restore("parted", "out");
    EXPECT_NE(inode(dir_ / "out" / "one"), inode(dir_ / "out" / "two"));
    expect_same_tree(source_, dir_ / "out");
    // By links from the pool they are one inode again, and right.
    restore("parted", "out", {.paranoid = true, .link = LinkMode::hardlink});
    stdfs::remove(dir_ / "out" / "one");
    stdfs::remove(dir_ / "out" / "two");
    restore("parted", "out", {.link = LinkMode::hardlink});
    EXPECT_EQ(inode(dir_ / "out" / "one"), inode(dir_ / "out" / "two"));
    EXPECT_EQ(restore("parted", "out", {.paranoid = true, .link = LinkMode::hardlink}).files, 0u);
}

// The pool was removed by somebody: its links are ordinary files without write bits now, and are
// made anew.
TEST_F(PoolTest, LinksIntoAPoolThatIsGoneAreMadeAnew) {
    restore("s", "out", kLink);
    restore("s", "also", kLink);
    stdfs::remove_all(dir_ / "store" / "pool");
    EXPECT_EQ(restore("s", "out", kLink).files, 3u);
    expect_linked_tree("out");
    restore("s", "also", {.link = LinkMode::copy});
    expect_same_tree(source_, dir_ / "also");
}

TEST_F(PoolTest, FilesWithHolesAreWrittenWithTheirHoles) {
    write_file(source_ / "sparse", "x");
    ASSERT_EQ(::truncate((source_ / "sparse").c_str(), 8 << 20), 0);
    if (record_of(source_ / "sparse").st_blocks > 1024) GTEST_SKIP() << "no holes here";
    snapshot({.name = "h"});
    restore("h", "out", kLink);
    EXPECT_LT(record_of(dir_ / "out" / "sparse").st_blocks, 1024);
    EXPECT_EQ(record_of(dir_ / "out" / "sparse").st_nlink, 1u);
}

TEST_F(PoolTest, TooManyLinksMakeAnotherInode) {
    restore("s", "one", kLink);
    {
        const fs::ScopedFaultPlan plan({{.call = fs::Call::link, .nth = 1, .err = EMLINK}});
        const RestoreReport report = restore("s", "two", kRequire);
        EXPECT_EQ(plan.struck(), 1u);
        EXPECT_EQ(report.files_linked, 3u);
        EXPECT_EQ(report.pool_replaced, 0u);
    }
    expect_linked_tree("two");
    EXPECT_EQ(notes_.notes.size(), 0u);
    std::size_t shared = 0;
    for (const char* name : {"a", "sub/b", "sub/large"}) {
        shared += inode(dir_ / "one" / name) == inode(dir_ / "two" / name);
        EXPECT_EQ(inode(pool_file_of(dir_ / "two" / name)), inode(dir_ / "two" / name));
    }
    EXPECT_EQ(shared, 2u);
}

}  // namespace
}  // namespace holt::test
