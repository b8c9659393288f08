// SAFETY, "Writing a tree that someone else described": each line, as root and as an ordinary user.
// Everything is done in children, so that they may become somebody else.
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <holt/archive.hpp>

#include "fs/fault.h"
#include "support/child.h"
#include "support/store_fixture.h"
#include "support/tar_maker.h"

namespace holt::test {
namespace {

namespace fs = std::filesystem;

class ArchiveAsAnyone : public ::testing::TestWithParam<bool> {
  protected:
    void SetUp() override {
        if (GetParam() && !root()) GTEST_SKIP() << "needs root";
        fs::permissions(dir_.path(), fs::perms::all);
    }
    // Runs `body` as root or as an ordinary user.
    void in_role(const std::function<void()>& body) {
        EXPECT_EQ(GetParam() ? in_child(body) : as_user(body), 0);
    }
    Result<RestoreReport> restore(const std::string& tar, const ImportOptions& options = {}) {
        write_file(dir_ / "x.tar", tar);
        NoteKeeper notes;
        return restore_archive({.path = (dir_ / "x.tar").string()}, out(), {}, options, notes);
    }
    std::string out() const { return (dir_ / "out").string(); }
    static struct stat stat_of(const std::string& path) {
        struct stat st {};
        EXPECT_EQ(::lstat(path.c_str(), &st), 0) << path;
        return st;
    }

    TempDir dir_;
};

INSTANTIATE_TEST_SUITE_P(, ArchiveAsAnyone, ::testing::Bool(),
                         [](const auto& param) { return param.param ? "Root" : "User"; });

// Nothing outside the destination is created, changed or followed, whatever the archive says.
TEST_P(ArchiveAsAnyone, NothingOutsideIsTouched) {
    in_role([&] {
        const fs::path outside = dir_ / "outside";
        fs::create_directory(outside);
        write_file(outside / "file", "mine");
        ::chmod((outside / "file").c_str(), 0600);
        const auto before = stat_of(outside / "file");
        const std::string target = outside.string();
        for (const std::string& tar :
             {symlink("d", target) + tar_entry({.name = "d/file"}, "x"),
              folder("d") + symlink("d", target) + tar_entry({.name = "d/file"}, "x"),
              tar_entry({.name = "../outside/file"}, "x"),
              tar_entry({.name = target + "/file"}, "x"),
              symlink("s", target + "/file") + hard_link("h", target + "/file"),
              tar_entry({.name = "a"}) + hard_link("h", "../outside/file")}) {
            const auto result = restore(tar + tar_end());
            ASSERT_FALSE(result);
            EXPECT_EQ(result.error().kind, ErrorKind::unsafe_input);
            EXPECT_FALSE(fs::exists(out()));
        }
        // A lone symlink is restored as it is, and neither mode nor time reach through it.
        const auto result = restore(tar_entry({.name = "s",
                                               .type = '2',
                                               .link = target + "/file",
                                               .mode = "0000777",
                                               .mtime = "00000001000"}) +
                                    hard_link("h", "s") + tar_end());
        ASSERT_TRUE(result) << result.error().message();
        const auto after = stat_of(outside / "file");
        EXPECT_EQ(after.st_mode, before.st_mode);
        EXPECT_EQ(after.st_mtim.tv_sec, before.st_mtim.tv_sec);
        EXPECT_EQ(after.st_nlink, 1u);
        EXPECT_EQ(read_file(outside / "file"), "mine");
        EXPECT_EQ(stat_of(out() + "/s").st_mtim.tv_sec, 512);
    });
}

// A folder that stands at the destination is not written through when it is a symlink; what was
// refused leaves nothing beside it.
TEST_P(ArchiveAsAnyone, RefusedMeansNothingIsLeft) {
    in_role([&] {
        fs::create_directory(dir_ / "place");
        write_file(dir_ / "bad.tar", tar_entry({.name = "good"}, std::string(100'000, 'x')) +
                                         tar_entry({.name = "../bad"}, "x") + tar_end());
        NoteKeeper notes;
        const auto result = restore_archive({.path = (dir_ / "bad.tar").string()},
                                            (dir_ / "place/out").string(), {}, {}, notes);
        ASSERT_FALSE(result);
        EXPECT_TRUE(fs::is_empty(dir_ / "place"));
    });
}

// setuid, setgid, sticky: stripped; with the flag they are kept. Attributes: user.* only.
TEST_P(ArchiveAsAnyone, SpecialModesNeedAFlag) {
    in_role([&] {
        const std::string tar = pax(pax_record("SCHILY.xattr.user.a", "1") +
                                    pax_record("SCHILY.xattr.security.capability", "x")) +
                                tar_entry({.name = "f", .mode = "0006755"}, "x") +
                                tar_entry({.name = "d", .type = '5', .mode = "0003777"}) +
                                tar_end();
        auto result = restore(tar);
        ASSERT_TRUE(result) << result.error().message();
        EXPECT_EQ(stat_of(out() + "/f").st_mode & 07777, 0755u);
        EXPECT_EQ(stat_of(out() + "/d").st_mode & 07777, 0777u);
        char value[8];
        EXPECT_LT(::lgetxattr((out() + "/f").c_str(), "security.capability", value, 8), 0);
        fs::remove_all(out());
        result = restore(tar, {.special_modes = true});
        ASSERT_TRUE(result) << result.error().message();
        EXPECT_EQ(stat_of(out() + "/d").st_mode & 01777, 01777u);
        if (root()) {
            EXPECT_EQ(stat_of(out() + "/f").st_mode & 07777, 06755u);
        }
    });
}

// FIFOs and devices only with a flag.
TEST_P(ArchiveAsAnyone, SpecialFilesNeedAFlag) {
    in_role([&] {
        const std::string tar = tar_entry({.name = "p", .type = '6'}) +
                                tar_entry({.name = "null", .type = '3'}) + tar_end();
        ASSERT_FALSE(restore(tar));
        EXPECT_FALSE(fs::exists(out()));
        const auto result = restore(tar, {.special_files = true});
        ASSERT_TRUE(result) << result.error().message();
        EXPECT_TRUE(S_ISFIFO(stat_of(out() + "/p").st_mode));
        EXPECT_FALSE(fs::exists(out() + "/null"));
    });
}

// An ordinary user's files are his own, whatever owner the archive names; root's are as it says.
// Folders that may not be written, and their times, are set last.
TEST_P(ArchiveAsAnyone, OwnersModesAndTimes) {
    in_role([&] {
        const auto result =
            restore(tar_entry({.name = "d",
                               .type = '5',
                               .mode = "0000555",
                               .uid = "0001750",
                               .gid = "0001750",
                               .mtime = "00000001000"}) +
                    tar_entry({.name = "d/f", .mode = "0000400", .uid = "0001750"}, "x") +
                    hard_link("d/g", "d/f") + tar_end());
        ASSERT_TRUE(result) << result.error().message();
        const auto d = stat_of(out() + "/d"), f = stat_of(out() + "/d/f");
        EXPECT_EQ(d.st_uid, root() ? 1000u : ::geteuid());
        EXPECT_EQ(f.st_uid, root() ? 1000u : ::geteuid());
        EXPECT_EQ(d.st_mode & 07777, 0555u);
        EXPECT_EQ(f.st_mode & 07777, 0400u);
        EXPECT_EQ(d.st_mtim.tv_sec, 512);
        EXPECT_EQ(f.st_nlink, 2u);
        ::chmod((out() + "/d").c_str(), 0700);  // so that it can be removed
    });
}

// Names that are one to a file system that folds case: as if it had answered so.
TEST_P(ArchiveAsAnyone, NamesThatCollideOnACaseFoldingTarget) {
    in_role([&] {
        const std::string tar = folder("d") + folder("D") + tar_entry({.name = "f"}, "x") +
                                tar_entry({.name = "F"}, "y") + symlink("l", "f") +
                                symlink("L", "F") + hard_link("h", "f") + hard_link("H", "F") +
                                tar_entry({.name = "p", .type = '6'}) +
                                tar_entry({.name = "P", .type = '6'}) + tar_end();
        using holt::fs::Call;
        for (const auto& [call, function] :
             {std::pair{Call::mkdir, "make_folder"}, std::pair{Call::open, "make_file"},
              std::pair{Call::symlink, "make_symlink"}, std::pair{Call::link, "link_made_file"},
              std::pair{Call::mknod, "make_fifo"}}) {
            SCOPED_TRACE(function);
            // The staging folders come first, the second of the tree's names is the one that meets.
            const std::uint64_t nth = call == Call::mkdir ? 4 : 2;
            const holt::fs::ScopedFaultPlan plan(
                {{.call = call, .at = function, .nth = nth, .err = EEXIST}});
            const auto refused = restore(tar, {.special_files = true});
            EXPECT_EQ(plan.struck(), 1u);
            ASSERT_FALSE(refused);
            EXPECT_EQ(refused.error().kind, ErrorKind::unsafe_input) << refused.error().message();
            EXPECT_EQ(refused.error().sys_errno, EEXIST);
        }
        EXPECT_FALSE(fs::exists(out()));
        ASSERT_TRUE(restore(tar, {.special_files = true}));
    });
}

// A folder tree that is deeper than PATH_MAX, as deep as the limit allows.
TEST_P(ArchiveAsAnyone, DepthUpToTheLimit) {
    in_role([&] {
        std::string deep, deeper;
        for (int i = 0; i < 1024; ++i) deep += "dddd/";
        ASSERT_TRUE(restore(pax(pax_record("path", deep)) + folder("d") + tar_end()));
        deeper = deep + "e/";
        fs::rename(out(), dir_ / "deep");
        ASSERT_FALSE(restore(pax(pax_record("path", deeper)) + folder("d") + tar_end()));
        EXPECT_FALSE(fs::exists(out()));
    });
}

}  // namespace
}  // namespace holt::test
