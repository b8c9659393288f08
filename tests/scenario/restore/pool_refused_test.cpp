// Proves: where links cannot be made the files are copied and that is told once, or is an error
// when links were required; a pool that others use, or that is not ours to write to, stays as it
// is.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <set>

#include "fs/fault.h"
#include "scenario/faults/fault_world.h"
#include "scenario/restore/pool_world.h"
#include "support/child.h"

namespace holt::test {
namespace {

using Repeat = fs::Fault::Repeat;

TEST_F(PoolTest, WhereNoLinkCanBeMadeFilesAreCopiedAndItIsToldOnce) {
    for (const bool filled : {false, true}) {
        if (filled) restore("s", "filled", kLink);
        for (const int err : {EXDEV, EPERM}) {
            SCOPED_TRACE(std::string(filled ? "pool filled, errno " : "pool empty, errno ") +
                         std::to_string(err));
            notes_.notes.clear();
            const fs::ScopedFaultPlan plan(
                {{.call = fs::Call::link, .nth = 1, .repeat = Repeat::for_ever, .err = err}});
            const RestoreReport report = restore("s", "out", kLink);
            EXPECT_EQ(report.link, LinkMode::copy);
            EXPECT_EQ(report.files_linked, 0u);
            EXPECT_EQ(report.warnings, 0u);
            EXPECT_EQ(notes_.count(Severity::warning), 1u);
            expect_same_tree(source_, dir_ / "out");
            stdfs::remove_all(dir_ / "out");
            const auto required = store_.restore("s", (dir_ / "out").string(), kRequire, notes_);
            ASSERT_FALSE(required);
            EXPECT_EQ(required.error().sys_errno, err);
            EXPECT_FALSE(stdfs::exists(dir_ / "out"));
        }
    }
}

TEST_F(PoolTest, AnotherFileSystemIsToldOnceOrAnError) {
    const TempDir elsewhere(memory_folder());
    if (record_of(elsewhere.path()).st_dev == record_of(dir_.path()).st_dev)
        GTEST_SKIP() << "only one file system here";
    const std::string out = (elsewhere / "out").string();
    const auto required = store_.restore("s", out, kRequire, notes_);
    ASSERT_FALSE(required);
    EXPECT_EQ(required.error().sys_errno, EXDEV);
    const auto report = store_.restore("s", out, kLink, notes_);
    ASSERT_TRUE(report) << report.error().message();
    EXPECT_EQ(report->link, LinkMode::copy);
    EXPECT_EQ(notes_.count(Severity::warning), 1u);
    expect_same_tree(source_, out);
    EXPECT_FALSE(stdfs::exists(dir_ / "store" / "pool")) << "nothing could be linked from it";
}

TEST_F(PoolTest, AStoreOpenedForReadingIsNotWrittenTo) {
    const auto reader = [&] {
        return *Store::open((dir_ / "store").string(), {.access = Access::read_only});
    };
    const auto none = reader().restore("s", (dir_ / "one").string(), kLink, notes_);
    ASSERT_TRUE(none) << none.error().message();
    EXPECT_EQ(none->link, LinkMode::copy);
    EXPECT_FALSE(stdfs::exists(dir_ / "store" / "pool"));
    EXPECT_EQ(notes_.count(Severity::warning), 1u);
    expect_same_tree(source_, dir_ / "one");

    restore("s", "filled", kLink);
    write_file(source_ / "new", "not in the pool yet");
    snapshot({.name = "more"});
    const auto some = reader().restore("more", (dir_ / "two").string(), kLink, notes_);
    ASSERT_TRUE(some) << some.error().message();
    EXPECT_EQ(some->files_linked, 3u);
    EXPECT_EQ(pool_files().size(), 3u);
    EXPECT_EQ(mode(dir_ / "two" / "new"), mode(source_ / "new")) << "not shared: as it was";
}

TEST_F(PoolTest, APoolThatCannotBeWrittenIsUsedAsItIs) {
    restore("s", "filled", kLink);
    write_file(source_ / "new", "not in the pool yet");
    snapshot({.name = "more"});
    notes_.notes.clear();
    const fs::ScopedFaultPlan plan(
        {{.call = fs::Call::link, .at = "put", .repeat = Repeat::for_ever, .err = EROFS},
         {.call = fs::Call::mkdir,
          .at = "make_or_open_folder",
          .repeat = Repeat::for_ever,
          .err = EROFS}});
    const RestoreReport report = restore("more", "out", kLink);
    EXPECT_EQ(report.files_linked, 3u);
    EXPECT_EQ(notes_.count(Severity::warning), 1u);
    EXPECT_EQ(mode(dir_ / "out" / "new"), mode(source_ / "new"));
    EXPECT_EQ(pool_files().size(), 3u);
}

TEST_F(PoolTest, SomethingElseInThePoolsPlaceMeansCopies) {
    write_file(dir_ / "elsewhere" / "file", "nobody touches this");
    const stdfs::path pool = dir_ / "store" / "pool";
    for (const bool symlink : {false, true}) {
        if (symlink)
            stdfs::create_symlink(dir_ / "elsewhere", pool);
        else
            write_file(pool, "a file");
        notes_.notes.clear();
        EXPECT_EQ(restore("s", "out", kLink).link, LinkMode::copy);
        EXPECT_EQ(notes_.count(Severity::warning), 1u);
        expect_same_tree(source_, dir_ / "out");
        EXPECT_FALSE(store_.restore("s", (dir_ / "no").string(), kRequire, notes_));
        stdfs::remove_all(dir_ / "out");
        stdfs::remove(pool);
    }
    // A link in a place below: what it leads to is not written into.
    stdfs::create_directory(pool);
    for (unsigned i = 0; i < 256; ++i) {
        char name[3];
        std::snprintf(name, sizeof name, "%02x", i);
        stdfs::create_symlink(dir_ / "elsewhere", pool / name);
    }
    EXPECT_EQ(restore("s", "out", kLink).files_linked, 0u);
    expect_same_tree(source_, dir_ / "out");
    EXPECT_EQ(std::distance(stdfs::directory_iterator(dir_ / "elsewhere"), {}), 1);
}

TEST_F(PoolTest, TimesAsAskedAreSharedOrRefused) {
    restore("s", "epoch", {.mtime = Mtime::epoch, .link = LinkMode::hardlink});
    restore("s", "preserved", kLink);
    EXPECT_EQ(record_of(dir_ / "epoch" / "a").st_mtim.tv_sec, 0);
    EXPECT_NE(inode(dir_ / "epoch" / "a"), inode(dir_ / "preserved" / "a"));
    const auto now = store_.restore("s", (dir_ / "now").string(),
                                    {.mtime = Mtime::now, .link = LinkMode::hardlink}, notes_);
    ASSERT_FALSE(now);
    EXPECT_EQ(now.error().kind, ErrorKind::usage);
}

TEST_F(PoolProcesses, AnOrdinaryUserGetsFilesOfItsOwn) {
    if (!root()) GTEST_SKIP() << "needs root";
    if (ran_in_fresh_process()) return;
    ASSERT_EQ(in_child([&] {
                  store_ = *Store::open((dir_ / "store").string());
                  snapshot({.name = "s"});
                  restore("s", "roots", kLink);
              }),
              0);
    stdfs::permissions(dir_.path(), stdfs::perms::all);
    for (const auto& entry : stdfs::recursive_directory_iterator(dir_ / "store"))
        if (entry.is_directory()) stdfs::permissions(entry.path(), stdfs::perms::all);
    EXPECT_EQ(as_user([&] {
                  auto store = Store::open((dir_ / "store").string());
                  ASSERT_TRUE(store);
                  for (const char* name : {"one", "two"}) {
                      const auto report =
                          store->restore("s", (dir_ / name).string(), kLink, notes_);
                      ASSERT_TRUE(report) << report.error().message();
                      EXPECT_EQ(report->files_linked, 3u);
                      EXPECT_EQ(report->pool_replaced, 0u);
                  }
                  EXPECT_EQ(record_of(dir_ / "two" / "a").st_uid, ::geteuid());
                  EXPECT_EQ(record_of(dir_ / "two" / "a").st_nlink, 3u);
                  EXPECT_NE(inode(dir_ / "two" / "a"), inode(dir_ / "roots" / "a"));
              }),
              0);
}

// A snapshot whose files are the same in pairs, restored by several processes into an empty pool:
// every tree is right, and all share the same inodes in the end.
TEST_F(PoolProcesses, SeveralRestoresFillThePoolAtOnce) {
    if (ran_in_fresh_process()) return;
    for (unsigned i = 0; i < 60; ++i) {
        write_file(source_ / "many" / std::to_string(i), code_like(3000, i / 2));
        const timespec when[2] = {{1'000'000'000, 1}, {1'000'000'000, 1}};
        ::utimensat(AT_FDCWD, (source_ / "many" / std::to_string(i)).c_str(), when, 0);
    }
    ASSERT_EQ(in_child([&] {
                  store_ = *Store::open((dir_ / "store").string());
                  snapshot({.name = "many"});
              }),
              0);
    std::vector<pid_t> children;
    for (int n = 0; n < 3; ++n) {
        children.push_back(start_child([&] {
            auto store = Store::open((dir_ / "store").string());
            ASSERT_TRUE(store);
            const auto report = store->restore(
                "many", (dir_ / ("out" + std::to_string(n))).string(), kRequire, notes_);
            ASSERT_TRUE(report) << report.error().message();
            EXPECT_EQ(report->files_linked, 63u);
            EXPECT_EQ(report->pool_replaced, 0u);
        }));
    }
    for (const pid_t child : children) EXPECT_EQ(end_of(child), 0);
    EXPECT_EQ(pool_files().size(), 33u);
    for (const char* name : {"a", "sub/large", "many/0", "many/59"}) {
        EXPECT_EQ(inode(dir_ / "out0" / name), inode(dir_ / "out1" / name)) << name;
        EXPECT_EQ(inode(dir_ / "out0" / name), inode(dir_ / "out2" / name)) << name;
        EXPECT_EQ(read_file(dir_ / "out0" / name), read_file(source_ / name));
    }
}

}  // namespace
}  // namespace holt::test
