// Whose restored files become: --owner.
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include <holt/archive.hpp>

#include "support/child.h"
#include "support/store_fixture.h"

namespace holt::test {
namespace {

using Who = OwnerChoice::Who;

class Owner : public StoreTest {
  protected:
    // A tree of another user, with a setuid program.
    void SetUp() override {
        if (!root()) GTEST_SKIP() << "only root makes files of others";
        write_file(source_ / "sub" / "file", "file");
        write_file(source_ / "program", "program");
        std::filesystem::create_symlink("file", source_ / "sub" / "link");
        for (const char* name : {".", "sub", "sub/file", "sub/link", "program"})
            ASSERT_EQ(::lchown((source_ / name).c_str(), 1234, 4321), 0);
        ASSERT_EQ(::chmod((source_ / "program").c_str(), 04755), 0);
        snapshot({.name = "s"});
    }
    struct stat look(const std::filesystem::path& path) {
        struct stat st = {};
        EXPECT_EQ(::lstat(path.c_str(), &st), 0) << path;
        return st;
    }
    void expect_all(const std::filesystem::path& out, unsigned uid, unsigned gid) {
        for (const char* name : {".", "sub", "sub/file", "sub/link", "program"}) {
            EXPECT_EQ(look(out / name).st_uid, uid) << name;
            EXPECT_EQ(look(out / name).st_gid, gid) << name;
        }
    }
};

TEST_F(Owner, TheCallersInANewFolderAndInPlace) {
    const OwnerChoice caller{.who = Who::caller};
    const auto made = restore("s", "out", {.owner = caller});
    EXPECT_EQ(made.warnings, 0u);
    expect_all(dir_ / "out", ::geteuid(), ::getegid());
    // A program of somebody else's rights must not become one of the caller's; that is told.
    EXPECT_EQ(notes_.count(Severity::info), 1u);
    EXPECT_EQ(look(dir_ / "out" / "program").st_mode & 07777, 0755u);
    const auto again = restore("s", "out", {.owner = caller});
    EXPECT_EQ(again.files + again.mended, 0u);
    // And back to whom the snapshot names.
    const auto preserved = restore("s", "out");
    EXPECT_EQ(preserved.warnings, 0u);
    expect_same_tree(source_, dir_ / "out");
    restore("s", "out", {.owner = caller});
    expect_all(dir_ / "out", ::geteuid(), ::getegid());
    EXPECT_EQ(look(dir_ / "out" / "program").st_mode & 07777, 0755u);
}

TEST_F(Owner, AGivenOwnerForEachWayToRestore) {
    const OwnerChoice given{.who = Who::given, .uid = 77, .gid = 88};
    restore("s", "new", {.owner = given});
    expect_all(dir_ / "new", 77, 88);
    restore("s", "linked", {.link = LinkMode::hardlink, .owner = given});
    expect_all(dir_ / "linked", 77, 88);
    restore("s", "new", {.atomic = true, .owner = {.who = Who::given, .uid = 5, .gid = 6}});
    expect_all(dir_ / "new", 5, 6);
    std::filesystem::create_directory(dir_ / "over");
    write_file(dir_ / "over" / "mine", "mine");
    restore("s", "over", {.force = true, .owner = given});
    expect_all(dir_ / "over", 77, 88);
    EXPECT_EQ(look(dir_ / "over" / "mine").st_uid, ::geteuid());
    // Without a group, that of the caller.
    restore("s", "group", {.owner = {.who = Who::given, .uid = 77}});
    expect_all(dir_ / "group", 77, ::getegid());
}

TEST_F(Owner, WhatCanBeNobodysIsRefused) {
    const auto report =
        store_.restore("s", (dir_ / "out").string(),
                       {.owner = {.who = Who::given, .uid = 4294967295u, .gid = 0}}, notes_);
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().kind, ErrorKind::usage);
    EXPECT_FALSE(std::filesystem::exists(dir_ / "out"));
}

TEST_F(Owner, OfAnArchive) {
    const std::string tar = (dir_ / "s.tar").string();
    ASSERT_TRUE(store_.export_to({"s"}, {.path = tar}, {}, notes_));
    const auto imported =
        store_.import_from({.path = tar}, {.name = "i", .owner = {.who = Who::caller}}, notes_);
    ASSERT_TRUE(imported) << imported.error().message();
    restore("i", "imported");
    expect_all(dir_ / "imported", ::geteuid(), ::getegid());
    const auto direct =
        restore_archive({.path = tar}, (dir_ / "direct").string(),
                        {.owner = {.who = Who::given, .uid = 9, .gid = 9}}, {}, notes_);
    ASSERT_TRUE(direct) << direct.error().message();
    expect_all(dir_ / "direct", 9, 9);
    // A .holt file keeps its ids, and so its owners.
    const std::string holt = (dir_ / "s.holt").string();
    ASSERT_TRUE(store_.export_to({"s"}, {.path = holt}, {}, notes_));
    const auto refused =
        store_.import_from({.path = holt}, {.owner = {.who = Who::caller}}, notes_);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::usage);
}

}  // namespace
}  // namespace holt::test
