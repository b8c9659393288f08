// Proves: no step of a walk that changes or deletes crosses a mount, with openat2 and without it,
// also of the same file system, also when it was mounted after the last look.
#include "fs/boundary.h"

#include <sched.h>
#include <sys/mount.h>

#include <cerrno>

#include "fs/fault.h"
#include "fs/folder.h"
#include "fs/mount/mounts.h"
#include "fs/path/open_up.h"
#include "fs/walk/merge.h"
#include "fs/walk/remove_tree.h"
#include "fs_test.h"

namespace holt::fs {
namespace {

namespace stdfs = std::filesystem;

class BoundaryTest : public ::testing::Test {
  protected:
    static constexpr int kNoMounts = 77;

    BoundaryTest() {
        stdfs::create_directories(temp_ / "precious" / "sub");
        write_text(temp_ / "precious" / "kept", "kept");
        make_tree();
    }
    void make_tree() {
        stdfs::create_directories(temp_ / "t" / "a" / "vol");
        stdfs::create_directories(temp_ / "t" / "b");
        write_text(temp_ / "t" / "b" / "file", "");
    }
    // A child with mounts of its own, in which the precious folder shows at t/a/vol.
    void in_own_mounts(const std::function<void()>& body) {
        if (!root()) GTEST_SKIP() << "mounting needs root";
        const int end = in_child([&] {
            if (::unshare(CLONE_NEWNS) != 0 ||
                ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
                ::_exit(kNoMounts);
            bind("precious", "t/a/vol");
            body();
        });
        if (end == kNoMounts) GTEST_SKIP() << "mounting is not allowed here";
        EXPECT_EQ(end, 0);
        EXPECT_EQ(read_text(temp_ / "precious" / "kept"), "kept");
        EXPECT_TRUE(stdfs::exists(temp_ / "precious" / "sub"));
    }
    void bind(const std::string& from, const std::string& to) {
        ASSERT_EQ(::mount((temp_ / from).c_str(), (temp_ / to).c_str(), nullptr, MS_BIND, nullptr),
                  0);
    }
    // From here on this process finds no openat2, as on an old kernel or in a sandbox.
    static void forget_openat2() {
        const ScopedFaultPlan plan(
            {{.call = Call::open, .at = "open_resolved.cpp", .err = ENOSYS}});
        const UniqueFd dir = open_dir("/");
        EXPECT_TRUE(open_beneath(dir.get(), "proc", "/proc"));
        EXPECT_EQ(plan.struck(), 1u);
    }
    test::TempDir temp_{memory_folder()};
};

TEST_F(BoundaryTest, NoStepCrossesAMount) {
    for (const bool has_openat2 : {true, false}) {
        in_own_mounts([&] {
            if (!has_openat2) forget_openat2();
            const UniqueFd top = open_dir(temp_ / "t"), above = open_dir(temp_ / "t" / "a");
            const auto boundary = *Boundary::around(top.get(), "t");
            EXPECT_TRUE(boundary.open_subfolder(top.get(), "b", "t/b"));
            EXPECT_TRUE(boundary.open_beneath(top.get(), "a", "t/a"));
            EXPECT_TRUE(boundary.open_file(top.get(), "b/file", "x").error().kind ==
                        ErrorKind::unsafe_input)
                << "one name only";
            for (const auto& error :
                 {boundary.open_subfolder(above.get(), "vol", "t/a/vol").error(),
                  boundary.open_handle(above.get(), "vol", "t/a/vol").error(),
                  boundary.open_beneath(top.get(), "a/vol", "t/a/vol").error(),
                  boundary.open_beneath(top.get(), "a/vol/sub", "t/a/vol").error()}) {
                EXPECT_TRUE(is_crossing(error)) << error.message();
                EXPECT_EQ(error.object, "t/a/vol");
            }
            bind("precious/kept", "t/b/file");
            const UniqueFd beside = open_dir(temp_ / "t" / "b");
            EXPECT_TRUE(is_crossing(boundary.open_file(beside.get(), "file", "f").error()));
        });
    }
}

TEST_F(BoundaryTest, RemovingLeavesMountsAndTheFoldersAboveThem) {
    for (const bool has_openat2 : {true, false}) {
        in_own_mounts([&] {
            if (!has_openat2) forget_openat2();
            write_text(temp_ / "t" / "mounted", "");
            bind("precious/kept", "t/mounted");
            const UniqueFd dir = open_dir(temp_.path()), top = open_dir(temp_ / "t");
            EXPECT_TRUE(is_crossing(remove_contents(top.get(), "t").error()));
            EXPECT_EQ(names_in(temp_ / "t"), (std::vector<std::string>{"a", "mounted"}));
            std::vector<Error> left;
            EXPECT_TRUE(remove_tree(dir.get(), "t", "t", &left));
            ASSERT_EQ(left.size(), 2u);
            EXPECT_EQ(left[0].object, "t/a/vol");
            EXPECT_EQ(left[1].object, "t/mounted");
            EXPECT_EQ(read_text(temp_ / "t" / "a" / "vol" / "kept"), "kept");
        });
        make_tree();
    }
}

TEST_F(BoundaryTest, ATopThatIsAMountIsNotEmptied) {
    in_own_mounts([&] {
        const UniqueFd above = open_dir(temp_ / "t" / "a");
        EXPECT_TRUE(is_crossing(remove_tree(above.get(), "vol", "vol").error()));
        std::vector<Error> left;
        EXPECT_TRUE(remove_tree(above.get(), "vol", "vol", &left));
        EXPECT_EQ(left.size(), 1u);
        ASSERT_EQ(::mount("none", (temp_ / "t" / "b").c_str(), "tmpfs", 0, "size=1m"), 0);
        write_text(temp_ / "t" / "b" / "in memory", "kept");
        const UniqueFd top = open_dir(temp_ / "t");
        EXPECT_TRUE(is_crossing(remove_tree(top.get(), "b", "b").error()));
        EXPECT_EQ(read_text(temp_ / "t" / "b" / "in memory"), "kept");
    });
}

// The mode of what is mounted there is not the destination's either.
TEST_F(BoundaryTest, AMountedFolderIsNotOpenedUp) {
    ASSERT_EQ(::chmod((temp_ / "precious").c_str(), 0), 0);
    in_own_mounts([&] {
        const UniqueFd above = open_dir(temp_ / "t" / "a");
        const auto boundary = *Boundary::around(above.get(), "a");
        EXPECT_TRUE(is_crossing(open_up(above.get(), "vol", boundary, "vol").error()));
        EXPECT_EQ(lstat_of(temp_ / "precious").st_mode & 07777, 0u);
    });
}

TEST_F(BoundaryTest, MergingStopsAtAMount) {
    stdfs::create_directories(temp_ / "new" / "a" / "vol" / "sub");
    write_text(temp_ / "new" / "a" / "vol" / "kept", "overwritten");
    in_own_mounts([&] {
        const UniqueFd from = open_dir(temp_ / "new"), to = open_dir(temp_ / "t");
        for (const Extras extras : {Extras::keep, Extras::remove}) {
            const auto merged = merge_tree(from.get(), to.get(), extras, "", "t");
            ASSERT_FALSE(merged);
            EXPECT_TRUE(is_crossing(merged.error())) << merged.error().message();
            EXPECT_EQ(merged.error().object, "t/a/vol");
        }
    });
}

TEST_F(BoundaryTest, MountsAreFoundBeforehand) {
    in_own_mounts([&] {
        write_text(temp_ / "t" / "mounted", "");
        bind("precious/kept", "t/mounted");
        const UniqueFd top = open_dir(temp_ / "t");
        const auto mounts = *MountsBelow::find(top.get(), "t");
        EXPECT_EQ(mounts.paths(), (std::vector<std::string>{"a/vol", "mounted"}));
        EXPECT_TRUE(refuse_mounts_below(open_dir(temp_ / "t" / "b").get(), "b"));
        const auto refused = refuse_mounts_below(top.get(), "t");
        EXPECT_EQ(refused.error().kind, ErrorKind::unsafe_input);
        EXPECT_NE(refused.error().message().find("t/a/vol"), std::string::npos);
        EXPECT_NE(refused.error().message().find("t/mounted"), std::string::npos);
    });
}

TEST(MountsBelowTest, PathsAreComparedByTheirNames) {
    const MountsBelow mounts({"a-b", "a/b/c", "a0", "z"});
    EXPECT_TRUE(mounts.at("z"));
    EXPECT_FALSE(mounts.at("a"));
    EXPECT_TRUE(mounts.below("a"));
    EXPECT_TRUE(mounts.below("a/b"));
    EXPECT_FALSE(mounts.below("a/b/c"));
    EXPECT_FALSE(mounts.below("a-"));
    EXPECT_FALSE(mounts.below("a-b"));
    EXPECT_FALSE(mounts.below("z"));
    EXPECT_FALSE(mounts.below("zz"));
    EXPECT_FALSE(MountsBelow().below("a"));
}

// Kernels before 5.8 tell the mount in /proc/self/fdinfo alone.
TEST(PlaceTest, AgreesWithMountInfo) {
    const UniqueFd fd = open_dir("/proc");
    const auto place = *place_of(fd.get(), "/proc");
    const std::string info = read_text("/proc/self/fdinfo/" + std::to_string(fd.get()));
    EXPECT_NE(info.find("mnt_id:\t" + std::to_string(place.mount) + "\n"), std::string::npos);
}

}  // namespace
}  // namespace holt::fs
