// Proves: a folder is opened without being led astray, listed completely in byte order, and one bad
// name does not hide the others.
#include "fs/folder.h"

#include <set>

#include "fs/fault.h"
#include "fs_test.h"

namespace holt::fs {
namespace {

namespace stdfs = std::filesystem;
using Repeat = Fault::Repeat;

class FolderTest : public ::testing::Test {
  protected:
    FolderTest() : dir_(open_dir(temp_.path())) {}
    test::TempDir temp_{memory_folder()};
    UniqueFd dir_;
};

TEST_F(FolderTest, ListsEveryKindInByteOrder) {
    write_text(temp_ / "b", "12");
    stdfs::create_directory(temp_ / "a");
    stdfs::create_symlink("no/where", temp_ / "\xff");
    stdfs::create_symlink(std::string(4000, 't'), temp_ / "long link");
    ASSERT_EQ(::mkfifo((temp_ / "B").c_str(), 0600), 0);
    write_text(temp_ / "new\nline", "");
    const auto listing = list_folder(dir_.get(), "x");
    ASSERT_TRUE(listing);
    EXPECT_TRUE(listing->errors.empty());
    std::vector<std::string> names;
    for (const auto& entry : listing->entries) names.push_back(entry.name);
    EXPECT_EQ(names, (std::vector<std::string>{"B", "a", "b", "long link", "new\nline", "\xff"}));
    EXPECT_EQ(listing->entries[0].stat.kind, Kind::fifo);
    EXPECT_EQ(listing->entries[1].stat.kind, Kind::folder);
    EXPECT_EQ(listing->entries[2].stat.size, 2u);
    EXPECT_EQ(listing->entries[3].symlink_target, std::string(4000, 't'));
    EXPECT_EQ(listing->entries[5].symlink_target, "no/where");
    EXPECT_EQ(list_folder(dir_.get(), "x")->entries.size(), 6u) << "a second time too";
}

TEST_F(FolderTest, AHundredThousandNamesOf255Bytes) {
    // As hard links of few files: quick to make. 255-byte names with the number at the end.
    constexpr int kCount = 100'000, kLinks = 30'000;
    std::string source;
    for (int i = 0; i < kCount; ++i) {
        std::string name(248, 'n');
        name += std::to_string(1'000'000 + i);
        if (i % kLinks == 0) {
            source = name;
            const UniqueFd file(::openat(dir_.get(), name.c_str(), O_CREAT | O_WRONLY, 0600));
            ASSERT_TRUE(file);
        } else {
            ASSERT_EQ(::linkat(dir_.get(), source.c_str(), dir_.get(), name.c_str(), 0), 0);
        }
    }
    const auto listing = list_folder(dir_.get(), "x");
    ASSERT_TRUE(listing);
    ASSERT_EQ(listing->entries.size(), static_cast<std::size_t>(kCount));
    EXPECT_EQ(listing->entries[0].name.size(), 255u);
    EXPECT_TRUE(std::ranges::is_sorted(listing->entries, {}, &DirEntry::name));
    EXPECT_FALSE(*is_empty_folder(dir_.get(), "x"));
}

TEST_F(FolderTest, OneBadNameDoesNotHideTheOthers) {
    for (const char* name : {"a", "b", "c"}) write_text(temp_ / name, "");
    stdfs::create_symlink("t", temp_ / "d");
    {
        const ScopedFaultPlan plan({{.call = Call::stat, .nth = 2, .err = EIO}});
        const auto listing = list_folder(dir_.get(), "x");
        ASSERT_TRUE(listing);
        EXPECT_EQ(listing->entries.size(), 3u);
        ASSERT_EQ(listing->errors.size(), 1u);
        EXPECT_EQ(listing->errors[0].name, "b");
        EXPECT_NE(listing->errors[0].error.message().find("'x/b'"), std::string::npos);
    }
    {
        const ScopedFaultPlan plan({{.call = Call::readlink, .err = EACCES}});
        EXPECT_EQ(list_folder(dir_.get(), "x")->errors[0].name, "d");
    }
    const ScopedFaultPlan plan({{.call = Call::stat, .nth = 1, .err = ENOENT}});
    const auto listing = list_folder(dir_.get(), "x");
    EXPECT_EQ(listing->entries.size(), 3u) << "what vanished is left out";
    EXPECT_TRUE(listing->errors.empty());
}

TEST_F(FolderTest, AFolderThatCannotBeReadIsAnError) {
    write_text(temp_ / "a", "");
    const ScopedFaultPlan plan({{.call = Call::getdents, .nth = 2, .err = EIO}});
    const auto listing = list_folder(dir_.get(), "a/b");
    ASSERT_FALSE(listing) << "half a listing is none";
    EXPECT_NE(listing.error().message().find("read folder 'a/b'"), std::string::npos);
}

TEST(Component, OnlyNamesOfOneFile) {
    for (const char* good : {"a", "...", ".a", "a b", "-", "\xff", "\\", "a\nb"})
        EXPECT_TRUE(is_component(good)) << good;
    for (const char* bad : {"", ".", "..", "/", "a/", "/a", "a/b"})
        EXPECT_FALSE(is_component(bad)) << bad;
    EXPECT_FALSE(is_component(std::string_view("a\0b", 3)));
    EXPECT_TRUE(is_component(std::string(255, 'x')));
    EXPECT_FALSE(is_component(std::string(256, 'x')));
    EXPECT_EQ(check_component("..", "x").error().kind, ErrorKind::unsafe_input);
}

// Both ways of opening a path: by openat2, and where it is missing or refused.
class OpenBeneath : public FolderTest, public ::testing::WithParamInterface<int> {
  protected:
    ScopedFaultPlan plan_{
        GetParam() == 0 ? std::vector<Fault>{}
                        : std::vector<Fault>{
                              {.at = "open_part", .repeat = Repeat::for_ever, .err = GetParam()}}};
};

TEST_P(OpenBeneath, FollowsNothingAndStaysBeneath) {
    stdfs::create_directories(temp_ / "a" / "b" / "c");
    stdfs::create_symlink("a", temp_ / "link");
    stdfs::create_symlink("/", temp_ / "a" / "root");
    write_text(temp_ / "a" / "file", "");
    const auto c = open_beneath(dir_.get(), "a/b/c", "x");
    ASSERT_TRUE(c) << c.error().message();
    struct stat st;
    ASSERT_EQ(::fstat(c->get(), &st), 0);
    EXPECT_EQ(st.st_ino, lstat_of(temp_ / "a" / "b" / "c").st_ino);
    for (const char* bad : {"link/b", "link", "a/root", "a/root/etc", "a/file", "a/none"})
        EXPECT_FALSE(open_beneath(dir_.get(), bad, "x")) << bad;
    for (const char* unsafe : {"..", "a/..", "a/../a", "/", "/a", "a//b", "a/", "a/./b"})
        EXPECT_EQ(open_beneath(dir_.get(), unsafe, "x").error().kind, ErrorKind::unsafe_input)
            << unsafe;
    EXPECT_TRUE(open_beneath(dir_.get(), "", "x"));
}

TEST_P(OpenBeneath, PathsBeyondPathMax) {
    const std::string name(255, 'd');
    UniqueFd at = open_dir(temp_.path());
    std::string path;
    for (int i = 0; i < 40; ++i) {
        ASSERT_EQ(::mkdirat(at.get(), name.c_str(), 0700), 0);
        at = UniqueFd(::openat(at.get(), name.c_str(), O_RDONLY | O_DIRECTORY));
        path = join_path(path, name);
    }
    const auto fd = open_beneath(dir_.get(), path, "x");
    ASSERT_TRUE(fd) << fd.error().message().substr(0, 200);
    struct stat a, b;
    ASSERT_EQ(::fstat(at.get(), &a), 0);
    ASSERT_EQ(::fstat(fd->get(), &b), 0);
    EXPECT_EQ(a.st_ino, b.st_ino);
}

INSTANTIATE_TEST_SUITE_P(Ways, OpenBeneath, ::testing::Values(0, EPERM, EAGAIN),
                         [](const auto& way) {
                             return way.param == 0       ? "openat2"
                                    : way.param == EPERM ? "refused"
                                                         : "raced";
                         });

TEST_F(FolderTest, WhatTheUserNamedIsExplained) {
    write_text(temp_ / "file", "");
    EXPECT_EQ(open_folder(temp_ / "none").error().kind, ErrorKind::failed);
    EXPECT_NE(open_folder(temp_ / "file").error().message().find("not a folder"),
              std::string::npos);
    EXPECT_EQ(open_subfolder(dir_.get(), "file", "x").error().sys_errno, ENOTDIR);
}

}  // namespace
}  // namespace holt::fs
