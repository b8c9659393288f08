// Proves: the small steps do what they say, also where the file system knows less.
#include "fs/paths.h"

#include "fs/fault.h"
#include "fs/file.h"
#include "fs_test.h"

namespace holt::fs {
namespace {

namespace stdfs = std::filesystem;
using Repeat = Fault::Repeat;

class PathsTest : public ::testing::Test {
  protected:
    PathsTest() : dir_(open_dir(temp_.path())) {}
    test::TempDir temp_;
    UniqueFd dir_;
};

TEST_F(PathsTest, RenamesWithAndWithoutReplacing) {
    const int d = dir_.get();
    write_text(temp_ / "a", "A");
    write_text(temp_ / "b", "B");
    EXPECT_EQ(rename_no_replace(d, "a", d, "b", "b").error().sys_errno, EEXIST);
    EXPECT_TRUE(rename_no_replace(d, "a", d, "c", "c"));
    EXPECT_TRUE(rename_replace(d, "c", d, "b", "b"));
    EXPECT_EQ(read_text(temp_ / "b"), "A");
    stdfs::create_directory(temp_ / "folder");
    const auto swapped = rename_exchange(d, "b", d, "folder", "b");
    if (swapped) {
        EXPECT_TRUE(stdfs::is_directory(temp_ / "b"));
    } else {
        EXPECT_EQ(swapped.error().sys_errno, EINVAL);
    }
    EXPECT_TRUE(*unlink_file(d, swapped ? "folder" : "b", "x"));
    EXPECT_FALSE(*unlink_file(d, "none", "x"));
    EXPECT_TRUE(*remove_folder(d, swapped ? "b" : "folder", "x"));
    EXPECT_FALSE(*remove_folder(d, "none", "x"));
    EXPECT_FALSE(*exists(d, "b", "b"));
}

TEST_F(PathsTest, MakesFoldersAndForcesEachNewName) {
    const std::string path = (temp_ / "a").string() + "//b/./c/";
    const ScopedFaultPlan plan;
    const auto fd = make_folders(path, 0700, Durability::synced);
    ASSERT_TRUE(fd) << fd.error().message();
    EXPECT_EQ(plan.calls(Call::mkdir), 3u);
    EXPECT_EQ(plan.calls(Call::fsync), 3u);
    EXPECT_EQ(lstat_of(temp_ / "a" / "b" / "c").st_mode & 07777, 0700u);
    EXPECT_TRUE(make_folders(path, 0700, Durability::synced)) << "there already";
    EXPECT_EQ(plan.calls(Call::mkdir), 3u);
    stdfs::create_directory_symlink(temp_ / "a", temp_ / "link");
    EXPECT_TRUE(make_folders((temp_ / "link" / "d").string(), 0755, Durability::none));
    EXPECT_TRUE(stdfs::is_directory(temp_ / "a" / "d"));
    write_text(temp_ / "file", "");
    EXPECT_EQ(
        make_folders((temp_ / "file" / "d").string(), 0755, Durability::none).error().sys_errno,
        ENOTDIR);
    EXPECT_EQ(make_folders("", 0755, Durability::none).error().kind, ErrorKind::usage);
}

TEST_F(PathsTest, AFolderIsMadeOnce) {
    bool made = false;
    ASSERT_TRUE(make_or_open_folder(dir_.get(), "ab", 0755, "packs/ab", &made));
    EXPECT_TRUE(made);
    ASSERT_TRUE(make_or_open_folder(dir_.get(), "ab", 0755, "packs/ab", &made));
    EXPECT_FALSE(made);
}

TEST_F(PathsTest, RealPathsResolveSymlinks) {
    stdfs::create_directory(temp_ / "a\nb");
    stdfs::create_directory_symlink("a\nb", temp_ / "link");
    const auto real = stdfs::canonical(temp_ / "a\nb").string();
    EXPECT_EQ(*real_path((temp_ / "link").string() + "/."), real);
    EXPECT_EQ(*path_of(open_dir(temp_ / "link").get(), "x"), real);
    EXPECT_FALSE(real_path((temp_ / "none").string()));
}

TEST_F(PathsTest, FreeSpaceIsPlausible) {
    const auto space = free_space(dir_.get(), "x");
    ASSERT_TRUE(space);
    EXPECT_GT(space->total, 0u);
    EXPECT_LE(space->available, space->total);
}

TEST_F(PathsTest, ReservedSpaceIsTaken) {
    const auto fd = create_file(dir_.get(), "reserve", 0600, "reserve");
    const auto reserved = reserve_space(fd->get(), 1 << 20, "reserve");
    ASSERT_TRUE(reserved);
    if (*reserved) {
        EXPECT_GE(stat_fd(fd->get(), "reserve")->blocks * 512, 1u << 20);
    }
    {
        const ScopedFaultPlan plan({{.call = Call::allocate, .err = EOPNOTSUPP}});
        EXPECT_FALSE(*reserve_space(fd->get(), 1 << 20, "reserve"));
    }
    const ScopedFaultPlan plan({{.call = Call::allocate, .err = ENOSPC}});
    EXPECT_EQ(reserve_space(fd->get(), 1 << 20, "r").error().kind, ErrorKind::no_space);
}

}  // namespace
}  // namespace holt::fs
