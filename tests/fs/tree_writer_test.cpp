// Proves: each part of a tree is made by the fewest calls, over nothing that exists, and a hard
// link gets the inode that was meant.
#include "fs/staging/tree_writer.h"

#include "fs/fault.h"
#include "fs/file.h"
#include "fs_test.h"

namespace holt::fs {
namespace {

namespace stdfs = std::filesystem;

class TreeWriterTest : public ::testing::Test {
  protected:
    TreeWriterTest() : dir_(open_dir(temp_.path())) {}
    test::TempDir temp_;
    UniqueFd dir_;
};

TEST_F(TreeWriterTest, OneCallForEachThing) {
    const mode_t old = ::umask(0);
    const ScopedFaultPlan plan;
    ASSERT_TRUE(make_folder(dir_.get(), "a", "a"));
    const auto b = make_and_open_folder(dir_.get(), "b", "b");
    ASSERT_TRUE(b);
    ASSERT_TRUE(make_file(b->get(), "f", "b/f"));
    ASSERT_TRUE(make_symlink(b->get(), "l", "../any/where", "b/l"));
    ASSERT_TRUE(make_fifo(b->get(), "p", "b/p"));
    ::umask(old);
    EXPECT_EQ(plan.calls(Call::mkdir), 2u);
    EXPECT_EQ(plan.calls(Call::open), 2u);
    EXPECT_EQ(plan.calls(), 6u) << "no stat";
    EXPECT_EQ(lstat_of(temp_ / "b").st_mode, S_IFDIR | 0700u);
    EXPECT_EQ(lstat_of(temp_ / "b" / "f").st_mode, S_IFREG | 0600u);
    EXPECT_EQ(lstat_of(temp_ / "b" / "p").st_mode, S_IFIFO | 0600u);
    EXPECT_EQ(stdfs::read_symlink(temp_ / "b" / "l"), "../any/where");
}

TEST_F(TreeWriterTest, NothingThatExistsIsTouchedOrFollowed) {
    write_text(temp_ / "target", "kept");
    stdfs::create_symlink("target", temp_ / "link");
    stdfs::create_symlink("nowhere", temp_ / "dangling");
    for (const char* name : {"target", "link", "dangling"}) {
        EXPECT_EQ(make_file(dir_.get(), name, name).error().sys_errno, EEXIST);
        EXPECT_EQ(make_folder(dir_.get(), name, name).error().sys_errno, EEXIST);
        EXPECT_EQ(make_symlink(dir_.get(), name, "x", name).error().sys_errno, EEXIST);
        EXPECT_EQ(make_fifo(dir_.get(), name, name).error().sys_errno, EEXIST);
    }
    EXPECT_EQ(read_text(temp_ / "target"), "kept");
    EXPECT_FALSE(stdfs::exists(temp_ / "nowhere"));
}

TEST_F(TreeWriterTest, OnlySingleNames) {
    for (const std::string& name :
         {std::string(), std::string("."), std::string(".."), std::string("a/b"), std::string("/a"),
          std::string("a\0b", 3), std::string(256, 'x')}) {
        EXPECT_EQ(make_file(dir_.get(), name, "x").error().kind, ErrorKind::unsafe_input);
        EXPECT_EQ(make_folder(dir_.get(), name, "x").error().kind, ErrorKind::unsafe_input);
        EXPECT_EQ(make_symlink(dir_.get(), name, "t", "x").error().kind, ErrorKind::unsafe_input);
        EXPECT_EQ(make_fifo(dir_.get(), name, "x").error().kind, ErrorKind::unsafe_input);
        EXPECT_EQ(link_open_file(dir_.get(), dir_.get(), name, "x").error().kind,
                  ErrorKind::unsafe_input);
    }
    EXPECT_EQ(make_symlink(dir_.get(), "l", "", "l").error().kind, ErrorKind::unsafe_input);
    EXPECT_EQ(make_symlink(dir_.get(), "l", std::string("a\0b", 3), "l").error().kind,
              ErrorKind::unsafe_input);
    EXPECT_TRUE(names_in(temp_.path()).empty());
}

TEST_F(TreeWriterTest, AHardLinkIsOfTheInodeThatWasMade) {
    const auto fd = make_file(dir_.get(), "f", "f");
    const auto stat = stat_fd(fd->get(), "f");
    const MadeFile made{.folder = dir_.get(), .name = "f", .dev = stat->dev, .ino = stat->ino};
    ASSERT_TRUE(link_made_file(made, dir_.get(), "g", "g"));
    EXPECT_EQ(lstat_of(temp_ / "g").st_ino, stat->ino);
    EXPECT_EQ(link_made_file(made, dir_.get(), "g", "g").error().sys_errno, EEXIST);

    stdfs::remove(temp_ / "f");
    write_text(temp_ / "f", "somebody else's");
    const auto swapped = link_made_file(made, dir_.get(), "h", "h");
    ASSERT_FALSE(swapped);
    EXPECT_EQ(swapped.error().kind, ErrorKind::unsafe_input);
    EXPECT_FALSE(stdfs::exists(temp_ / "h")) << "nothing is left behind";

    stdfs::remove(temp_ / "f");
    stdfs::create_symlink("g", temp_ / "f");
    EXPECT_EQ(link_made_file(made, dir_.get(), "h", "h").error().kind, ErrorKind::unsafe_input)
        << "a symlink in its place is not followed";
    EXPECT_TRUE(stdfs::is_symlink(temp_ / "f"));
}

TEST_F(TreeWriterTest, AnOpenFileIsLinkedWhateverBecomesOfItsName) {
    ASSERT_EQ(::chmod(temp_.path().c_str(), 0777), 0);
    const int end = as_user([&] {
        write_text(temp_ / "pool", "checked");
        const auto fd = open_read(dir_.get(), "pool", "pool");
        stdfs::rename(temp_ / "pool", temp_ / "elsewhere");
        write_text(temp_ / "pool", "swapped");
        const auto linked = link_open_file(fd->get(), dir_.get(), "g", "g");
        ASSERT_TRUE(linked) << linked.error().message();
        EXPECT_EQ(read_text(temp_ / "g"), "checked");
    });
    EXPECT_EQ(end, 0);
}

TEST_F(TreeWriterTest, LinkErrorsKeepTheirErrno) {
    const auto fd = make_file(dir_.get(), "f", "f");
    for (const int err : {EMLINK, EXDEV, EPERM}) {
        const ScopedFaultPlan plan({{.call = Call::link, .err = err}});
        EXPECT_EQ(link_open_file(fd->get(), dir_.get(), "g", "g").error().sys_errno, err);
    }
}

TEST_F(TreeWriterTest, TheOwnerOfNewThingsIsKnownBeforehand) {
    if (root()) {  // a setgid folder hands its group down
        ASSERT_EQ(::chown(temp_.path().c_str(), 0, 4242), 0);
        ASSERT_EQ(::chmod(temp_.path().c_str(), 02755), 0);
    }
    const auto top = make_and_open_folder(dir_.get(), "top", "top");
    const auto sub = make_and_open_folder(top->get(), "sub", "top/sub");
    ASSERT_TRUE(make_file(sub->get(), "f", "f"));
    const auto owner = new_owner(top->get(), "top");
    ASSERT_TRUE(owner);
    const auto st = lstat_of(temp_ / "top" / "sub" / "f");
    EXPECT_EQ(*owner, (Owner{st.st_uid, st.st_gid}));
}

}  // namespace
}  // namespace holt::fs
