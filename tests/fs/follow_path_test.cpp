// Proves: a path is followed as the kernel would, but not through links of other users; what was
// judged is what is used, whoever swaps it; paths and places are found without /proc; a folder that
// was removed has none.
#include "fs/follow_path.h"

#include <sched.h>

#include <atomic>
#include <thread>

#include "fs/ancestors.h"
#include "fs/file.h"
#include "fs/folder.h"
#include "fs/paths.h"
#include "fs/sys.h"
#include "fs_test.h"

namespace holt::fs {
namespace {

namespace stdfs = std::filesystem;

class FollowPathTest : public ::testing::Test {
  protected:
    FollowPathTest() { ::chmod(temp_.path().c_str(), 0755); }
    std::string path(const std::string& name) const { return (temp_ / name).string(); }
    static Result<PathEnd> follow(const std::string& path,
                                  FollowLinks links = FollowLinks::trusted) {
        return follow_path(path, links);
    }
    ino_t inode(const std::string& name) const { return lstat_of(temp_ / name).st_ino; }
    test::TempDir temp_;
};

TEST_F(FollowPathTest, EndsWhereTheKernelWould) {
    stdfs::create_directories(temp_ / "a" / "b");
    write_text(temp_ / "a" / "file", "x");
    stdfs::create_directory_symlink("a", temp_ / "to-a");
    stdfs::create_directory_symlink(temp_ / "a" / "b", temp_ / "a" / "absolute");
    stdfs::create_directory_symlink("../a/b/..", temp_ / "a" / "dots");
    stdfs::create_symlink("new", temp_ / "a" / "to-new");
    struct Case {
        const char *path, *folder, *name;
        bool there = true, linked = false;
    };
    for (const auto& [given, folder, name, there, linked] :
         {Case{"a/b", "a", "b"}, Case{"a/b//", "a", "b"}, Case{"a/./b/.", "a", "b"},
          Case{"a/b/..", ".", "a"}, Case{"a/new", "a", "new", false}, Case{"to-a/b", "a", "b"},
          Case{"to-a", ".", "a", true, true}, Case{"to-a/", ".", "a", true, true},
          Case{"to-a/absolute", "a", "b", true, true},
          Case{"to-a/absolute/new", "a/b", "new", false}, Case{"a/dots", ".", "a", true, true},
          Case{"a/dots/file", "a", "file"}, Case{"a/to-new", "a", "new", false, true}}) {
        SCOPED_TRACE(given);
        const auto end = follow(path(given));
        ASSERT_TRUE(end) << end.error().message();
        EXPECT_EQ(stat_fd(end->folder.get(), "")->ino, inode(folder));
        EXPECT_EQ(end->name, name);
        EXPECT_EQ(end->stat.has_value(), there);
        EXPECT_EQ(end->through_link, linked);
    }
    EXPECT_EQ(follow("/")->name, "");
    EXPECT_EQ(follow("/..")->name, "");
    EXPECT_EQ(follow_path(path("to-a"), FollowLinks::trusted, LastLink::keep)->stat->kind,
              Kind::symlink);
    EXPECT_EQ(follow(path("none/x")).error().kind, ErrorKind::failed);
    EXPECT_EQ(follow(path("a/file/x")).error().kind, ErrorKind::failed);
}

TEST_F(FollowPathTest, LoopsEnd) {
    stdfs::create_symlink("two", temp_ / "one");
    stdfs::create_symlink("one", temp_ / "two");
    EXPECT_EQ(follow(path("one")).error().sys_errno, ELOOP);
    EXPECT_EQ(follow(path("one/x")).error().sys_errno, ELOOP);
}

// The same without openat2 (an old kernel, a seccomp filter), and by descriptors' magic links.
TEST_F(FollowPathTest, WithoutOpenat2AndThroughProc) {
    stdfs::create_directories(temp_ / "a" / "b");
    {
        const ScopedFaultPlan plan({{.call = Call::open, .at = "follow_directly", .err = ENOSYS}});
        EXPECT_EQ(follow(path("a/b"))->name, "b");
        EXPECT_EQ(plan.struck(), 1u);
    }
    const UniqueFd fd = open_dir(temp_ / "a");
    const std::string link = "/proc/self/fd/" + std::to_string(fd.get());
    EXPECT_EQ(follow(link)->name, "a");
    EXPECT_EQ(follow(link + "/b")->name, "b");
    stdfs::rename(temp_ / "a", temp_ / "c");
    EXPECT_EQ(follow(link)->name, "c");
    const UniqueFd null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    const auto device = follow("/proc/self/fd/" + std::to_string(null.get()));
    ASSERT_TRUE(device) << device.error().message();
    EXPECT_TRUE(device->kernel_link);
    EXPECT_EQ(device->stat->kind, Kind::char_device);
}

TEST_F(FollowPathTest, LinksOfOthersAreForReadingOnly) {
    if (!root()) GTEST_SKIP() << "needs root to make them";
    stdfs::create_directories(temp_ / "a" / "b");
    stdfs::create_directory_symlink("a", temp_ / "theirs");
    ASSERT_EQ(::lchown(path("theirs").c_str(), 65534, 65534), 0);
    for (const char* given : {"theirs", "theirs/", "theirs/b", "theirs/new", "theirs/b/.."}) {
        const auto refused = follow(path(given));
        ASSERT_FALSE(refused) << given;
        EXPECT_EQ(refused.error().kind, ErrorKind::unsafe_input);
        EXPECT_TRUE(follow(path(given), FollowLinks::of_anyone)) << given;
    }
    // The owner itself may.
    EXPECT_EQ(as_user([&] { EXPECT_TRUE(follow(path("theirs/b"))); }), 0);
    const auto step = follow_step(open_dir(temp_.path()).get(), "theirs", FollowLinks::trusted, "");
    EXPECT_EQ(step.error().kind, ErrorKind::unsafe_input);
}

// Somebody swaps the link between one that may be followed and one that may not.
TEST_F(FollowPathTest, WhatWasJudgedIsWhatIsFollowed) {
    if (!root()) GTEST_SKIP() << "needs root to make them";
    stdfs::create_directories(temp_ / "good");
    stdfs::create_directories(temp_ / "secret");
    stdfs::create_directory_symlink("good", temp_ / "own");
    stdfs::create_directory_symlink("secret", temp_ / "theirs");
    ASSERT_EQ(::lchown(path("theirs").c_str(), 65534, 65534), 0);
    stdfs::create_hard_link(temp_ / "own", temp_ / "link");
    std::atomic<bool> stop{false};
    std::jthread swapper([&] {
        for (unsigned i = 0; !stop; ++i) {
            const std::string from = path(i % 2 == 0 ? "theirs" : "own"), next = path("next");
            ::link(from.c_str(), next.c_str());
            ::rename(next.c_str(), path("link").c_str());
            ::unlink(next.c_str());
        }
    });
    const ino_t good = inode("good");
    unsigned refused = 0, followed = 0;
    for (int i = 0; i < 20'000; ++i) {
        const auto end = follow(path("link/new"));
        if (end) {
            ASSERT_EQ(stat_fd(end->folder.get(), "")->ino, good);
            ++followed;
        } else {
            ASSERT_EQ(end.error().kind, ErrorKind::unsafe_input) << end.error().message();
            ++refused;
        }
    }
    stop = true;
    EXPECT_GT(refused, 0u);
    EXPECT_GT(followed, 0u);
}

TEST_F(FollowPathTest, ARemovedFolderHasNoPath) {
    stdfs::create_directories(temp_ / "gone");
    stdfs::create_directories(temp_ / "gone (deleted)");
    const UniqueFd fd = open_dir(temp_ / "gone");
    EXPECT_EQ(*path_of(fd.get(), ""), stdfs::canonical(temp_.path()).string() + "/gone");
    stdfs::remove(temp_ / "gone");
    for (const auto& result : {path_of(fd.get(), "gone"), climb(fd.get(), "gone")}) {
        ASSERT_FALSE(result) << *result;
        EXPECT_EQ(result.error().kind, ErrorKind::failed);
    }
    EXPECT_EQ(in_child([&] {
                  ASSERT_EQ(::fchdir(fd.get()), 0);
                  EXPECT_EQ(real_path(".").error().kind, ErrorKind::failed);
                  EXPECT_EQ(follow(".").error().kind, ErrorKind::failed);
              }),
              0);
}

TEST_F(FollowPathTest, PathsWithoutProc) {
    if (!root()) GTEST_SKIP() << "needs root for a chroot";
    stdfs::create_directories(temp_ / "r" / "a" / "b");
    write_text(temp_ / "r" / "a" / "file", "x");
    stdfs::create_symlink("a/file", temp_ / "r" / "link");
    const int end = in_child([&] {
        ASSERT_EQ(::chroot(path("r").c_str()), 0);
        ASSERT_EQ(::chdir("/a"), 0);
        EXPECT_FALSE(has_proc());
        EXPECT_EQ(*real_path("."), "/a");
        EXPECT_EQ(*real_path("/"), "/");
        EXPECT_EQ(*real_path("b/../../link"), "/a/file");
        EXPECT_EQ(*path_of(open_dir("b").get(), ""), "/a/b");
        EXPECT_EQ(follow(".")->name, "a");
        // Attributes of a name, which have no call of their own for a descriptor.
        const UniqueFd folder = open_dir("/");
        const std::string value = "y";
        ASSERT_EQ(sys::lsetxattr(folder.get(), "link", "trusted.x", value.data(), 1), 0);
        char read[8] = {};
        EXPECT_EQ(sys::lgetxattr(folder.get(), "link", "trusted.x", read, sizeof read), 1);
        EXPECT_EQ(read[0], 'y');
        EXPECT_GT(sys::llistxattr(folder.get(), "link", read, 0), 0);
        EXPECT_EQ(sys::llistxattr(folder.get(), "none", read, 0), -ENOENT);
        EXPECT_EQ(*real_path("."), "/a") << "the working folder is what it was";
    });
    EXPECT_EQ(end, 0);
}

TEST_F(FollowPathTest, PathsLongerThanPathMax) {
    UniqueFd at = open_dir(temp_.path());
    std::string expected = stdfs::canonical(temp_.path()).string();
    const std::string name(250, 'n');
    for (int i = 0; i < 20; ++i) {
        ASSERT_EQ(::mkdirat(at.get(), name.c_str(), 0755), 0);
        at = UniqueFd(::openat(at.get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        expected += "/" + name;
    }
    EXPECT_EQ(*path_of(at.get(), ""), expected);
}

}  // namespace
}  // namespace holt::fs
