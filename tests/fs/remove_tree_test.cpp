// Proves: all of a tree goes, however deep or closed it is, and nothing beside it, whatever
// symlinks point at and whoever moves folders meanwhile.
#include "fs/walk/remove_tree.h"

#include <sys/resource.h>

#include <atomic>

#include "fs/fault.h"
#include "fs_test.h"

namespace holt::fs {
namespace {

namespace stdfs = std::filesystem;

class RemoveTreeTest : public ::testing::Test {
  protected:
    RemoveTreeTest() : dir_(open_dir(temp_.path())) { ::chmod(temp_.path().c_str(), 0777); }
    Status remove(const std::string& name) { return remove_tree(dir_.get(), name, "x/" + name); }
    test::TempDir temp_{memory_folder()};
    UniqueFd dir_;
};

TEST_F(RemoveTreeTest, RemovesEveryKindAndFollowsNothing) {
    write_text(temp_ / "outside", "kept");
    stdfs::create_directories(temp_ / "kept" / "sub");
    stdfs::create_directories(temp_ / "t" / "a" / "b");
    write_text(temp_ / "t" / "a" / "f", "");
    stdfs::create_symlink("../outside", temp_ / "t" / "file link");
    stdfs::create_directory_symlink("../kept", temp_ / "t" / "folder link");
    ASSERT_EQ(::mkfifo((temp_ / "t" / "fifo").c_str(), 0600), 0);
    ASSERT_TRUE(remove("t"));
    EXPECT_EQ(names_in(temp_.path()), (std::vector<std::string>{"kept", "outside"}));
    EXPECT_EQ(names_in(temp_ / "kept"), (std::vector<std::string>{"sub"}));
    EXPECT_TRUE(remove("t")) << "nothing there: done";
    EXPECT_TRUE(remove("outside")) << "a file is a tree too";
    stdfs::create_directory_symlink("kept", temp_ / "link");
    EXPECT_TRUE(remove("link"));
    EXPECT_TRUE(stdfs::exists(temp_ / "kept" / "sub"));
    EXPECT_EQ(remove("..").error().kind, ErrorKind::unsafe_input);
}

TEST_F(RemoveTreeTest, FoldersWithoutPermissionsAsUser) {
    const int end = as_user([&] {
        for (const char* path : {"t/a/b", "t/c/d", "t/e/f"})
            stdfs::create_directories(temp_ / path);
        write_text(temp_ / "t" / "a" / "file", "");
        write_text(temp_ / "t" / "c" / "d" / "file", "");
        ::chmod((temp_ / "t" / "c" / "d").c_str(), 0500);
        ::chmod((temp_ / "t" / "a").c_str(), 0);
        ::chmod((temp_ / "t" / "c").c_str(), 0555);
        ::chmod((temp_ / "t" / "e").c_str(), 0300);
        ::chmod((temp_ / "t").c_str(), 0);
        const auto removed = remove("t");
        EXPECT_TRUE(removed) << removed.error().message();
        EXPECT_TRUE(names_in(temp_.path()).empty());
    });
    EXPECT_EQ(end, 0);
}

TEST_F(RemoveTreeTest, DeepTreesNeedFewDescriptors) {
    const std::string name(255, 'd');
    {
        UniqueFd at = open_dir(temp_.path());
        for (int i = 0; i < 1500; ++i) {
            ASSERT_EQ(::mkdirat(at.get(), name.c_str(), 0700), 0);
            const UniqueFd file(::openat(at.get(), "f", O_CREAT | O_WRONLY, 0600));
            at = UniqueFd(::openat(at.get(), name.c_str(), O_RDONLY | O_DIRECTORY));
        }
    }
    const int end = in_child([&] {
        const struct rlimit few = {.rlim_cur = 64, .rlim_max = 64};
        ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
        EXPECT_TRUE(remove_contents(dir_.get(), "x"));
    });
    EXPECT_EQ(end, 0);
    EXPECT_TRUE(names_in(temp_.path()).empty());
}

TEST_F(RemoveTreeTest, GoesOnAfterAnErrorAndTellsTheFirst) {
    for (const char* path : {"t/a", "t/b", "t/c"}) stdfs::create_directories(temp_ / path);
    for (const char* path : {"t/a/1", "t/b/1", "t/c/1"}) write_text(temp_ / path, "");
    {
        const ScopedFaultPlan plan({{.call = Call::unlink, .nth = 4, .err = EIO}});
        const auto status = remove("t");  // t, a, a/1, then b
        ASSERT_FALSE(status);
        EXPECT_EQ(status.error().sys_errno, EIO);
        EXPECT_EQ(status.error().object, "x/t/b");
    }
    EXPECT_EQ(names_in(temp_ / "t"), (std::vector<std::string>{"b"}));
    EXPECT_TRUE(remove("t"));
}

TEST_F(RemoveTreeTest, EveryErrorOfEveryCallLeavesLessAndARerunFinishes) {
    const auto build = [&] {
        stdfs::create_directories(temp_ / "t" / "a" / "b");
        stdfs::create_directories(temp_ / "t" / "c");
        write_text(temp_ / "t" / "a" / "b" / "f", "");
        write_text(temp_ / "beside", "kept");
    };
    build();
    std::uint64_t calls = 0;
    {
        const ScopedFaultPlan plan;
        ASSERT_TRUE(remove("t"));
        calls = plan.calls();
    }
    for (std::uint64_t k = 1; k <= calls; ++k) {
        build();
        {
            const ScopedFaultPlan plan({{.nth = k, .err = EIO}});
            const auto status = remove("t");
            if (stdfs::exists(temp_ / "t")) {
                EXPECT_FALSE(status) << k;
            }
        }
        EXPECT_TRUE(remove("t")) << k;
        EXPECT_EQ(names_in(temp_.path()), (std::vector<std::string>{"beside"}));
    }
}

// A subtree is moved out while the remover is deep in it, where the folders above are closed: the
// way back up leads elsewhere then, and nothing there may go, though it has names that were to go.
TEST_F(RemoveTreeTest, AFolderMovedAwayLeadsNowhere) {
    constexpr int kDeep = 40, kFiles = 3000;
    stdfs::create_directories(temp_ / "safe");
    write_text(temp_ / "safe" / "precious", "");
    int moved = 0;
    for (int round = 0; round < 5; ++round) {
        stdfs::path deep = temp_ / "t";
        for (int i = 0; i < kDeep; ++i) deep /= "d";
        stdfs::create_directories(deep);
        write_text(temp_ / "t" / "d" / "precious", "");
        for (int i = 0; i < kFiles; ++i) write_text(deep / std::to_string(10'000 + i), "");
        std::atomic<bool> stop{false};
        std::thread mover([&] {
            while (!stop && stdfs::exists(deep / "10000")) {
            }
            if (::rename((temp_ / "t" / "d" / "d").c_str(), (temp_ / "safe" / "moved").c_str()) ==
                0)
                ++moved;
        });
        (void)remove("t");
        stop = true;
        mover.join();
        ASSERT_TRUE(stdfs::exists(temp_ / "safe" / "precious"));
        ASSERT_TRUE(remove("t"));
        ASSERT_TRUE(remove_tree(open_dir(temp_ / "safe").get(), "moved", "safe/moved"));
    }
    if (moved == 0) GTEST_SKIP() << "the removal was always faster";
}

}  // namespace
}  // namespace holt::fs
